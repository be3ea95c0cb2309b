/**
 * `new Worker`: gives the thread its number, has the preload run in it, and puts the start envelope in the
 * place of workerData. A Proxy, so that subclasses, `instanceof`, statics and errors stay as they are.
 */

import { fileURLToPath } from 'node:url';
import wt from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import {
  type AnyConstructor,
  disguised,
  type Handler,
  intercept,
  replaceValue,
  throwingAsOriginal,
} from './disguise.ts';
import { environmentToInherit } from './environment.ts';
import { sealAndSend } from './post.ts';
import { injectPreload, isOfFlags } from './preload.ts';
import { speaksFor } from './receive.ts';
import { sealStart } from './start-envelope.ts';
import { workerIds } from './thread-ids.ts';
import { portsOf } from './transfer-list.ts';
import { withoutOwnFrames } from './user-error.ts';
import { keepPorts } from './user-ports.ts';
import { watchWorkers } from './worker-end.ts';

const { apply, construct } = Reflect;

export interface WorkerOptions {
  /** absolute path of the file that `--require` runs in every thread */
  preload: string;
  /** it is part of this thread's command line, which workers inherit; the default */
  inherited?: boolean | undefined;
  /** instruments the code of an `eval: true` worker */
  instrumentEval?: ((code: string) => string) | undefined;
  /** called before a thread is made */
  starting?: (() => void) | undefined;
}

export function interceptWorker(runtime: ThreadRuntime, options: WorkerOptions): void {
  const Original = wt.Worker as AnyConstructor;
  const watch = watchWorkers(runtime);
  const ids = workerIds(runtime.ids, Original);
  const Worker: AnyConstructor = new Proxy(Original, {
    construct(target, args, newTarget) {
      const given = args.length < 2 || args[1] === undefined ? {} : args[1];
      // an argument of Node's own, or options that Node refuses
      if (args.length > 2 || given === null) return constructPlainly(target, args, newTarget);
      const file = describe(args[0], given);
      const seq = runtime.fork({ file, name: typeof given.name === 'string' ? given.name.trim() : '' });
      // it runs unchecked, and says so
      if (seq < 0) return constructPlainly(target, args, newTarget);
      options.starting?.();
      try {
        const code =
          given.eval && typeof args[0] === 'string'
            ? (options.instrumentEval?.(args[0]) ?? args[0])
            : args[0];
        const threadId = ids.of(seq);
        const start = startOptions(runtime, given, { seq, threadId }, options);
        const made = newTarget === Worker ? target : newTarget;
        const worker = constructWithFlags(target, code, start, made, () =>
          injectPreload(given, options.preload, options.inherited),
        );
        runtime.ordering(() => {
          ids.note(worker, seq, threadId);
          watch(worker, seq);
          speaksForWorker(worker);
        }, undefined);
        return worker;
      } catch (error) {
        runtime.unfork(seq);
        if (Array.isArray(given.transferList)) keepPorts(runtime, given.transferList);
        throw withoutOwnFrames(error);
      }
    },
  });
  disguised(Worker, Original);
  replaceValue(Original.prototype, 'constructor', Worker);
  replaceValue(wt, 'Worker', Worker);
  const post: Handler = (original, worker, args) =>
    // not ours: a thread of Node's own, whose class extends Worker. Ended: Node ignores the message
    args.length === 0 || watch.seqOf(worker) === undefined || worker.threadId === -1
      ? apply(original, worker, args)
      : sealAndSend(runtime, original, worker, args);
  intercept(Original.prototype, 'postMessage', throwingAsOriginal(post));
}

function constructPlainly(target: AnyConstructor, args: unknown[], newTarget: unknown): object {
  try {
    return construct(target, args, newTarget as AnyConstructor);
  } catch (error) {
    throw withoutOwnFrames(error);
  }
}

/** Node names the flags of ours that it refuses. */
function constructWithFlags(
  target: AnyConstructor,
  code: unknown,
  start: { execArgv?: unknown },
  newTarget: unknown,
  inject: () => { execArgv?: unknown },
): wt.Worker {
  try {
    return construct(target, [code, start], newTarget as AnyConstructor);
  } catch (error) {
    if (!Object.hasOwn(start, 'execArgv') || !isOfFlags(error)) throw error;
    const { execArgv } = inject();
    return construct(target, [code, Object.assign(start, { execArgv })], newTarget as AnyConstructor);
  }
}

/** The user's options, and before them in the prototype chain ours. */
function startOptions(
  runtime: ThreadRuntime,
  given: wt.WorkerOptions,
  numbers: { seq: number; threadId: number },
  { preload, inherited }: WorkerOptions,
): object {
  const { workerData, transferList } = given;
  const { nodeOptions, ...injected } = injectPreload(given, preload, inherited);
  const ports = transferList && portsOf(transferList);
  const environment = environmentToInherit();
  const envelope = sealStart(runtime, { workerData, environment, ports, nodeOptions, ...numbers });
  return { __proto__: given, ...injected, transferList, workerData: envelope };
}

function describe(file: unknown, options: { eval?: unknown }): string {
  if (options.eval) return '[worker eval]';
  if (typeof file === 'string') return file;
  if (!(file instanceof URL)) return String(file);
  if (file.protocol === 'data:') return 'data:';
  try {
    return fileURLToPath(file);
  } catch {
    return file.href;
  }
}

/** Messages on the Worker's inner port are heard by the listeners of the Worker. */
function speaksForWorker(worker: wt.Worker): void {
  const key = Object.getOwnPropertySymbols(worker).find((symbol) => symbol.description === 'kPublicPort');
  const port = key && (worker as unknown as Record<symbol, unknown>)[key];
  if (typeof port === 'object' && port !== null) speaksFor(port, worker);
}

/**
 * `new Worker` of a page or of a worker. The thread gets its number here; its runtime finds the mark in its name,
 * takes it off and says hello, and what it needs goes out as the answer (links.ts).
 *
 * A browser never says that a worker has ended. The runtime of a worker holds a lock of a name of its own, which the
 * browser lets go when the thread is gone, however it went: whoever is granted it knows. That orders nothing for the
 * program, which learns of no end either; only the thread's number can be used again.
 */
import type { ThreadRuntime } from '../contract.ts';
import {
  type AnyConstructor,
  type AnyFunction,
  intercept,
  replaceValue,
  standInClass,
  throwingAsOriginal,
} from '../intercept/disguise.ts';
import type { Bell } from './bell.ts';
import { inlineWorkers } from './inline-workers.ts';
import { postLater } from './later.ts';
import { ALIVE, BYE, HELLO, Link, startMessage } from './links.ts';
import { watch } from './listen.ts';
import { apply, construct, listenFirst } from './natives.ts';
import type { Thread } from './thread.ts';

/** A browser ends a thread that does not stop by itself within two seconds. */
const ASKED_BY_THEN_MS = 10_000;

const { setTimeout: setTimer } = globalThis;

/** At the end of a worker's name: its creator has the runtime. */
const MARK = '\u0000tsrace';

export interface Workers {
  thread: Thread;
  bell: () => Bell;
  /** the text of the function that starts the runtime */
  text: () => string;
}

/** The name that the creator meant; undefined if the creator has no runtime. */
export function unmarked(name: string): string | undefined {
  return name.endsWith(MARK) ? name.slice(0, -MARK.length) : undefined;
}

export const lifeLock = (seq: number, analysis: number): string => `tsrace ${analysis} ${seq}`;
export const errorPlace = (seq: number): string => `\u0000tsrace error ${seq}`;

export function interceptWorkers({ thread, bell, text }: Workers): void {
  const Original = (globalThis as { Worker?: AnyConstructor }).Worker;
  if (Original === undefined) return;
  const inline = inlineWorkers(text);
  const links: WeakMap<object, Link> = new WeakMap();
  const nativePost = Original.prototype.postMessage as AnyFunction;
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  const request = locks?.request as AnyFunction | undefined;

  const Patched = standInClass(Original, (args, newTarget) => {
    const options = (args.length < 2 || args[1] === undefined ? {} : args[1]) as WorkerOptions;
    // options that the browser refuses
    if (typeof options !== 'object' || options === null) return construct(Original, args, newTarget);
    const name = options.name === undefined ? '' : String(options.name);
    const marked = { __proto__: options, name: name + MARK };
    const url = inline.urlFor(args[0], options.type === 'module') ?? args[0];
    const worker = construct(Original, [url, marked, ...args.slice(2)], newTarget) as Worker;
    const link = new Link();
    link.foreign = String(args[0]).startsWith('data:');
    links.set(worker, link);
    thread.attached((runtime) => {
      link.seq = runtime.fork({ file: fileOf(args[0]), name });
      link.cause = runtime.causes.current();
    });
    watch(thread, worker, { control: (message) => answer(worker, link, message) });
    listenFirst(worker, 'error', () => {
      if (link.speaks) thread.runtime?.hooks.annotations.acquire(errorPlace(link.seq), undefined);
    });
    return worker;
  });
  replaceValue(globalThis, 'Worker', Patched);
  replaceValue(Original.prototype, 'constructor', Patched);

  function answer(worker: Worker, link: Link, message: unknown): boolean {
    if (message === BYE) {
      thread.attached((runtime) => whenGone(runtime, link));
      return true;
    }
    if (message === ALIVE) {
      link.lives = true;
      return true;
    }
    if (message !== HELLO) {
      if (!link.speaks) link.giveUp();
      return false;
    }
    thread.attached(({ segments }) => {
      if (link.seq < 0) return;
      link.speaks = true;
      apply(nativePost, worker, [startMessage(segments, bell().words, link)]);
    });
    return true;
  }

  function whenGone(runtime: ThreadRuntime, { seq, foreign, speaks, lives }: Link): void {
    if (seq < 0 || foreign || request === undefined) return;
    const ask = (): void => {
      apply(request, locks, [lifeLock(seq, bell().analysis), () => runtime.ended(seq)]).catch(() => {});
    };
    // its own request may be on its way still, and would come second
    if (speaks && !lives) setTimer(ask, ASKED_BY_THEN_MS);
    else ask();
  }

  intercept(
    Original.prototype,
    'postMessage',
    throwingAsOriginal((original, worker, args) => {
      const link = links.get(worker);
      if (link === undefined) return apply(original, worker, args);
      const { runtime } = thread;
      if (runtime === undefined)
        return postLater(thread, args, (later, held) => link.send(later, original, worker, held));
      return link.send(runtime, original, worker, args);
    }),
  );
  intercept(Original.prototype, 'terminate', (original, worker, args) => {
    const link = links.get(worker);
    const result = apply(original, worker, args);
    if (link !== undefined) {
      thread.attached((runtime) => {
        runtime.terminating(link.seq);
        whenGone(runtime, link);
      });
    }
    return result;
  });
}

function fileOf(url: unknown): string {
  const text = String(url);
  if (text.startsWith('data:')) return 'data:';
  try {
    return new URL(text, globalThis.location?.href).href;
  } catch {
    return text;
  }
}

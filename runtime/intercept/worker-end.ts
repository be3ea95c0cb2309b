/**
 * The end of a worker, as its creator sees it: acquired right before Node emits `error` or `exit`, and hence
 * before `terminate()` resolves, but after the worker's last messages were delivered, which know nothing of
 * its end yet.
 *
 * The place is found by the methods that Node itself calls then. They stand on `Worker.prototype` under
 * private symbols, told by their descriptions; nothing is added to a worker, and a user's own
 * `worker.emit('exit')` acquires nothing.
 * https://github.com/nodejs/node/blob/main/lib/internal/worker.js ([kOnExit], [kDispose], [kOnErrorMessage])
 */
import { EventEmitter } from 'node:events';
import wt from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import { intercept } from './disguise.ts';

const { apply } = Reflect;

export interface Watch {
  (worker: wt.Worker, seq: number): void;
  seqOf(worker: wt.Worker): number | undefined;
}

/** An end that nobody waits for orders nothing, but the thread's number can be used again. */
interface EndAware {
  ended?(seq: number): void;
}

/** `terminate()` listens too, so its promise counts. */
function isHeard(worker: wt.Worker): boolean {
  return worker.listenerCount('exit') > 0 || worker.emit !== EventEmitter.prototype.emit;
}

export function watchWorkers(runtime: ThreadRuntime & EndAware): Watch {
  const seqs: WeakMap<wt.Worker, number> = new WeakMap();
  const ended: WeakSet<wt.Worker> = new WeakSet();
  const prototype = wt.Worker.prototype;

  function before(key: PropertyKey | undefined, step: (worker: wt.Worker, seq: number) => void): void {
    if (key === undefined) return;
    intercept(prototype, key, (original, worker, args) => {
      const seq = seqs.get(worker);
      if (seq !== undefined) runtime.ordering(() => step(worker, seq), undefined);
      return apply(original, worker, args);
    });
  }
  const inner = (description: string): symbol | undefined =>
    Object.getOwnPropertySymbols(prototype).find((symbol) => symbol.description === description);
  const join = (worker: wt.Worker, seq: number): void => {
    ended.add(worker);
    runtime.join(seq);
  };
  const end = (worker: wt.Worker, seq: number): void => {
    if (isHeard(worker) || runtime.ended === undefined) join(worker, seq);
    else if (!ended.has(worker)) runtime.ended(seq);
    ended.add(worker);
  };

  before(inner('kOnExit'), () => runtime.fromEventLoop());
  before(inner('kDispose'), end);
  before(inner('kOnErrorMessage'), join);
  before(inner('kOnCouldNotSerializeErr'), join);
  before('terminate', (worker, seq) => {
    if (!ended.has(worker)) runtime.terminating(seq);
  });

  const watch = (worker: wt.Worker, seq: number): void => {
    seqs.set(worker, seq);
  };
  return Object.assign(watch, { seqOf: (worker: wt.Worker) => seqs.get(worker) });
}

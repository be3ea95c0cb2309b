/**
 * The numbers of threads, where Node makes a thread of its own for our hooks of ES modules (before 22.15): it takes
 * a number too, in every thread that has such hooks. A program gets the numbers that it would have without: those of
 * its own threads in the order of their making. Some programs count their slots by them.
 */
import Module from 'node:module';
import wt from 'node:worker_threads';
import type { ThreadIds } from '../core/thread/ids.ts';
import { type AnyConstructor, disguise, intercept } from './disguise.ts';

const { apply, getOwnPropertyDescriptor } = Reflect;
const { defineProperty, getOwnPropertySymbols } = Object;

/** as Node knows this thread */
export const nativeThreadId: number = wt.threadId;

/** This thread is `shown` to the program; 0 leaves it as it is. */
export function showThreadId(shown: number): void {
  if (shown !== 0) (wt as { threadId: number }).threadId = shown;
}

interface WorkerIds {
  /** The number to be shown of the worker that is made next, as thread `seq`; 0 where Node's own is right. */
  of(seq: number): number;
  note(worker: wt.Worker, seq: number, shown: number): void;
}

const NATIVE: WorkerIds = { of: () => 0, note: () => {} };

export function workerIds(ids: ThreadIds, { prototype }: AnyConstructor): WorkerIds {
  const descriptor = getOwnPropertyDescriptor(prototype, 'threadId');
  const native = descriptor?.get;
  if (native === undefined || 'registerHooks' in Module) return NATIVE;
  const shownOf = new WeakMap<object, number>();
  // Node closes the way to postMessageToThread by the number that it has opened it by
  let ending: unknown;
  const kOnExit = getOwnPropertySymbols(prototype).find(({ description }) => description === 'kOnExit');
  if (kOnExit !== undefined) {
    intercept(prototype, kOnExit, (original, self, args) => {
      const outer = ending;
      ending = self;
      try {
        return apply(original, self, args);
      } finally {
        ending = outer;
      }
    });
  }
  const get = {
    get threadId(): unknown {
      const id: unknown = apply(native, this, []);
      // -1: it has ended
      return id === -1 || this === ending ? id : (shownOf.get(this) ?? id);
    },
  };
  const stand = getOwnPropertyDescriptor(get, 'threadId')!.get!;
  defineProperty(prototype, 'threadId', { ...descriptor, get: disguise(stand, native) });
  return {
    of: (seq) => ids.of(seq),
    note(worker, seq, shown) {
      if (shown === 0) return;
      ids.set(seq, shown, apply(native, worker, []) as number);
      shownOf.set(worker, shown);
    },
  };
}

/**
 * The numbers of threads: those that the program sees, which are its threads in the order of their making, and
 * Node's, which counts threads of its own too.
 */
import { atomicLoad } from '../memory/atomics.ts';
import { Control } from '../memory/control.ts';
import { type Registry, ThreadWord } from './registry.ts';

/** Of threads that were given `set`; any other number stays what it is. */
export interface ThreadIds {
  /** The number that the program is to see of the thread that was forked last. */
  of(seq: number): number;
  set(seq: number, shown: number, native: number): void;
  toNative(shown: number): number;
  toShown(native: number): number;
}

export function threadIds(registry: Registry): ThreadIds {
  /** In what the first thread with `id` there has, or `id` itself: main has 0 in both. */
  const translate = (id: number, from: number, to: number): number => {
    for (let seq = registry.threadCount() - 1; seq > 0; seq--)
      if (registry.get(seq, from) === id && id > 0) return registry.get(seq, to);
    return id;
  };
  return {
    // a number that was given to a worker which could not be made is not counted
    of: (seq) => seq - atomicLoad(registry.memory.control.words, Control.UNFORKED),
    set(seq, shown, native) {
      registry.set(seq, ThreadWord.NATIVE_ID, native);
      registry.set(seq, ThreadWord.SHOWN_ID, shown);
    },
    toNative: (shown) => translate(shown, ThreadWord.SHOWN_ID, ThreadWord.NATIVE_ID),
    toShown: (native) => translate(native, ThreadWord.NATIVE_ID, ThreadWord.SHOWN_ID),
  };
}

/**
 * `Atomics.wait`, `notify` and `waitAsync`: an atomic read of the word, and critical sections of its waiter
 * list, each ordered before the next (ECMA-262, "WaiterList objects"; SEMANTICS.md section 3).
 *
 * No lock is held while a thread is blocked. So a wait enters its list (a read and a critical section, under
 * the lock), lets go, and blocks in the native function. When that finds another value than the one just
 * read, the wait is entered once more: what it returns "not-equal" for is always a value read under the lock.
 * Waking is a critical section again.
 *
 * A notify may come when a wait has entered its list but does not sleep yet. In the order of our critical
 * sections it is after the wait, so it has to wake it: it tries again until it has woken as many
 * as are on the list, or as it may. A waiter that is on the list and never sleeps (its thread was terminated) costs
 * PATIENCE_MS once.
 *
 * The reactions of a `waitAsync` enter no list: only the notify that woke it is before them, whatever else was notified
 * until they run. Which one that was nobody says; it is the last that woke somebody, or one before that.
 */
import type { Shadow } from '../core/shadow/buffers.ts';
import { ATOMIC_READ, type Log2 } from '../core/shadow/kind.ts';
import { EventKind } from '../core/sync/event-log.ts';
import { now } from '../platform.ts';
import type { Host } from '../thread.ts';
import { atomicSteps, type Native, NO_LOCK, toIndex, toOperand, type WordView, wordOf } from './atomics.ts';
import { replace } from './disguise.ts';

const PATIENCE_MS = 50;
const EAGER_TRIES = 100;
/** Made before SharedArrayBuffer is replaced: it is no memory of the program's. */
const bed = new Int32Array(new SharedArrayBuffer(4));
const WAITABLE = new Set(['Int32Array', 'BigInt64Array']);

interface Word {
  view: WordView;
  shadow: Shadow;
  size: Log2;
  index: number;
  byteOffset: number;
}

/** `load` is the native `load` of `atomics`. */
export function installWaiting(host: Host, atomics: typeof Atomics, load: Native): void {
  const { detector, ordering } = host;
  const locate = (array: unknown, index: unknown): Word | undefined => {
    const view = wordOf(host, array, index);
    if (view === undefined) return undefined;
    const { size, byteOffset, block } = view;
    const at = index as number;
    return { view, shadow: block.shadow, size, index: at, byteOffset: byteOffset + at * (1 << size) };
  };
  const { begin, letGo } = atomicSteps(host);
  const nativeThen = Promise.prototype.then;
  const { apply } = Reflect;

  /** Enters and leaves the list: the value read. `within` runs before the lock is let go. */
  function enter<T>(word: Word, array: unknown, stack: number, within: (value: unknown) => T): T {
    const lock = begin(word.view, word.index, ATOMIC_READ);
    let result: T;
    try {
      const value = load(array, word.index);
      if (lock !== NO_LOCK) {
        ordering(() => {
          detector.atomic(word.shadow, word.view.first + word.index, word.size, ATOMIC_READ, stack);
          detector.waitersLocked(word.shadow, word.byteOffset, EventKind.WAIT, stack);
        }, undefined);
      }
      result = within(value);
    } catch (error) {
      letGo(lock);
      throw error;
    }
    letGo(lock);
    host.report(word.view.name, word.index);
    return result;
  }

  const waiting = (word: Word, change: number): number =>
    ordering(() => detector.waiting(word.shadow, word.byteOffset, change), 0);
  const blocks = (word: Word | undefined): void =>
    ordering(() => detector.blocks(word?.shadow, word?.byteOffset ?? 0), undefined);
  const sleep = Atomics.wait as unknown as Native;
  /** Not a page's main thread, nor an audio worklet: there it throws, and a notify can but try again. */
  const canSleep = ((): boolean => {
    try {
      sleep(bed, 0, 1, 0);
      return true;
    } catch {
      return false;
    }
  })();

  /** Wakes up to `limit` more, until none is on its way to sleep. Returns how many. */
  function wakeLate(word: Word, limit: number, notify: (count: number) => number): number {
    const deadline = now() + PATIENCE_MS;
    let woken = 0;
    for (let tries = 1; woken < limit && waiting(word, 0) > 0; tries++) {
      const more = notify(limit - woken);
      woken += more;
      if (more > 0) waiting(word, -more);
      else if (now() > deadline) waiting(word, Number.NEGATIVE_INFINITY);
      else if (tries > EAGER_TRIES && canSleep) sleep(bed, 0, 0, 0.05);
    }
    return woken;
  }

  const wake = (word: Word, stack: number): void =>
    ordering(() => detector.waiters(word.shadow, word.byteOffset, stack), undefined);
  /** Of a `waitAsync`: a time-out is a critical section of the list, a reaction is not. */
  const settle = (word: Word, stack: number, outcome: unknown): void => {
    if (outcome !== 'ok') wake(word, stack);
    else ordering(() => detector.awoken(word.shadow, word.byteOffset, stack), undefined);
  };

  const replaceWait: typeof replace = canSleep ? replace : () => {};
  replaceWait(
    atomics,
    'wait',
    (native) =>
      ({
        method(array: unknown, rawIndex: unknown, rawValue: unknown, rawTimeout: unknown) {
          const index = toIndex(rawIndex);
          const word = locate(array, index);
          if (word === undefined || !WAITABLE.has(word.view.name)) {
            return native(array, index, rawValue, rawTimeout);
          }
          const operand = toOperand(word.view, rawValue);
          if ((word.size === 3) !== (typeof operand === 'bigint'))
            return native(array, index, operand, rawTimeout);
          const value = word.size === 3 ? BigInt.asIntN(64, operand as bigint) : (operand as number) | 0;
          const timeout = toTimeout(rawTimeout);
          const stack = host.callStack();
          const deadline = now() + timeout;
          for (let left = timeout; ; left = Math.max(0, deadline - now())) {
            const enters = (found: unknown): boolean => {
              if (found !== value) return false;
              waiting(word, 1);
              blocks(word);
              return true;
            };
            if (!enter(word, array, stack, enters)) return 'not-equal';
            const result = native(array, index, value, left);
            // who wakes it has taken it off the list
            if (result !== 'ok') waiting(word, -1);
            blocks(undefined);
            if (result === 'not-equal') continue;
            wake(word, stack);
            return result;
          }
        },
      }).method,
  );

  replace(
    atomics,
    'waitAsync',
    (native) =>
      ({
        method(array: unknown, rawIndex: unknown, rawValue: unknown, rawTimeout: unknown) {
          const index = toIndex(rawIndex);
          const word = locate(array, index);
          if (word === undefined) {
            const result = native(array, index, rawValue, rawTimeout) as { async: boolean; value: unknown };
            // the memory may be shared before the wait ends
            const settledLater = (outcome: unknown): void => {
              const shared = locate(array, index);
              if (shared !== undefined) settle(shared, 0, outcome);
            };
            if (result.async) apply(nativeThen, result.value, [settledLater]);
            return result;
          }
          if (!WAITABLE.has(word.view.name)) return native(array, index, rawValue, rawTimeout);
          const operand = toOperand(word.view, rawValue);
          if ((word.size === 3) !== (typeof operand === 'bigint'))
            return native(array, index, operand, rawTimeout);
          const timeout = toTimeout(rawTimeout);
          // the list is entered and the waiter put in it as one step: this function does not block
          const stack = host.callStack();
          const result = enter(word, array, stack, () => native(array, index, operand, timeout)) as {
            async: boolean;
            value: unknown;
          };
          // the first reaction of the promise, before any of the user's
          if (result.async) {
            waiting(word, 1);
            const settled = (outcome: unknown): void => {
              if (outcome !== 'ok') waiting(word, -1);
              settle(word, stack, outcome);
            };
            apply(nativeThen, result.value, [settled]);
          }
          return result;
        },
      }).method,
  );

  replace(
    atomics,
    'notify',
    (native) =>
      ({
        method(array: unknown, rawIndex: unknown, rawCount: unknown) {
          const index = toIndex(rawIndex);
          const word = locate(array, index);
          if (word === undefined || !WAITABLE.has(word.view.name)) return native(array, index, rawCount);
          const count = typeof rawCount === 'object' && rawCount !== null ? Number(rawCount) : rawCount;
          const stack = host.callStack();
          const lock = begin(word.view, word.index, ATOMIC_READ);
          try {
            if (lock !== NO_LOCK)
              ordering(
                () => detector.waitersLocked(word.shadow, word.byteOffset, EventKind.NOTIFY, stack),
                undefined,
              );
            let woken = native(array, index, count) as number;
            if (waiting(word, -woken) !== 0) {
              const limit = count === undefined ? Number.POSITIVE_INFINITY : Math.trunc(Number(count)) || 0;
              woken += wakeLate(word, limit - woken, (most) => native(array, index, most) as number);
            }
            if (lock !== NO_LOCK && woken > 0)
              ordering(() => detector.wokeLocked(word.shadow, word.byteOffset), undefined);
            return woken;
          } finally {
            letGo(lock);
          }
        },
      }).method,
  );
}

function toTimeout(timeout: unknown): number {
  const ms = timeout === undefined ? Number.NaN : Number(timeout);
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : Math.max(0, ms);
}

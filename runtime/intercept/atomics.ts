/**
 * Atomics on shared views. The real operation and its record are one step: both happen under the lock of the
 * word's block, so "reads from" is exact (SEMANTICS.md section 3).
 *
 * Operands are converted first, in the native order and once: no code of the user's runs under a lock. What
 * the native function would refuse is handed to it as it came, so that the error is its own.
 */

import type { BlockLock } from '../core/memory/lock.ts';
import type { Shadow } from '../core/shadow/buffers.ts';
import { ATOMIC_READ, ATOMIC_UPDATE, ATOMIC_WRITE, type Kind } from '../core/shadow/kind.ts';
import type { SharedView } from '../shared-view.ts';
import type { Host } from '../thread.ts';
import { installWaiting } from './atomics-wait.ts';
import { replace } from './disguise.ts';

export type Native = (...args: unknown[]) => unknown;

/** A word of shared memory: element `first + index` of a view whose block has a shadow. */
export type WordView = SharedView & { readonly block: { readonly shadow: Shadow } };

const { isInteger } = Number;

/**
 * The view of the word, or undefined when there is nothing to record: not shared (yet), or the native function will
 * throw. `index` is a number then.
 */
export function wordOf(host: Host, array: unknown, index: unknown): WordView | undefined {
  if (!host.buffers.met) return undefined;
  const view = (array as Record<symbol, SharedView | undefined> | null | undefined)?.[host.key];
  if (view === undefined || !view.integer) return undefined;
  if (view.block.shadow === undefined || typeof index !== 'number') return undefined;
  if (!isInteger(index) || !view.has(index)) return undefined;
  return view as WordView;
}

/** ToIndex, for what converts without an error; anything else stays for the native function to refuse. */
export function toIndex(index: unknown): unknown {
  if (typeof index === 'number' && isInteger(index)) return index;
  if (typeof index === 'symbol' || typeof index === 'bigint') return index;
  return Math.trunc(Number(index) || 0) + 0;
}

/** The operand as a number or bigint, converted as the view's type asks for. */
export function toOperand(view: SharedView, value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (view.big) return BigInt.asIntN(Number.MAX_SAFE_INTEGER, value as bigint);
  return +(value as number);
}

/** The conversion throws for a symbol, or for the wrong kind of number, as the native function does. */
function fits(view: SharedView, value: unknown): boolean {
  return view.big === (typeof value === 'bigint');
}

/** The two halves of a step around the native operation, which is made whatever fails here. */
export interface AtomicSteps {
  /** Takes the lock; NO_LOCK when that failed. */
  begin(view: WordView, index: number, kind: Kind): BlockLock;
  /** Records what was done, and lets go. */
  finish(view: WordView, index: number, lock: BlockLock, kind: Kind, stack: number): void;
  /** Lets go, with nothing recorded. */
  letGo(lock: BlockLock): void;
}

export const NO_LOCK = -1 as BlockLock;

export function atomicSteps(host: Host): AtomicSteps {
  const { detector } = host;
  return {
    begin(view, index, kind) {
      try {
        return detector.beginAtomic(view.block.shadow, view.first + index, view.size, kind);
      } catch {
        detector.loseEdge();
        return NO_LOCK;
      }
    },
    finish(view, index, lock, kind, stack) {
      if (lock === NO_LOCK) return;
      try {
        detector.atomic(view.block.shadow, view.first + index, view.size, kind, stack);
        detector.endAtomic(lock);
        if (detector.found) host.report(view.name, index);
      } catch {
        detector.loseEdge();
      }
    },
    letGo(lock) {
      if (lock === NO_LOCK) return;
      try {
        detector.endAtomic(lock);
      } catch {
        detector.loseEdge();
      }
    },
  };
}

export function installAtomics(host: Host, atomics: typeof Atomics): void {
  const { begin, finish, letGo } = atomicSteps(host);
  const { detector } = host;

  /** `Detector.beginLoad`; -1 when that failed. */
  function beginLoad(view: WordView, index: number): number {
    try {
      return detector.beginLoad(view.block.shadow, view.first + index, view.size);
    } catch (error) {
      detector.survive(error);
      return -1;
    }
  }

  /** Whether the load counts; it is to be made again with the lock otherwise. */
  function endLoad(version: number, view: WordView, index: number): boolean {
    try {
      const { shadow } = view.block;
      const element = view.first + index;
      if (detector.isQuiet(version, shadow, element, view.size)) return detector.unchanged(version);
      const done = detector.endLoad(version, shadow, element, view.size, host.callStack());
      if (detector.found) host.report(view.name, index);
      return done;
    } catch (error) {
      detector.survive(error);
      return false;
    }
  }

  const nativeLoad = atomics.load as unknown as Native;

  replace(
    atomics,
    'load',
    (native) =>
      ({
        method(array: unknown, rawIndex: unknown) {
          const index = toIndex(rawIndex) as number;
          const view = wordOf(host, array, index);
          if (view === undefined) return native(array, index);
          let value: unknown;
          const version = beginLoad(view, index);
          if (version >= 0) {
            value = native(array, index);
            if (endLoad(version, view, index)) return value;
          }
          const stack = host.callStack();
          const lock = begin(view, index, ATOMIC_READ);
          try {
            value = native(array, index);
          } catch (error) {
            letGo(lock);
            throw error;
          }
          finish(view, index, lock, ATOMIC_READ, stack);
          return value;
        },
      }).method,
  );

  for (const [name, kind] of [
    ['store', ATOMIC_WRITE],
    ['add', ATOMIC_UPDATE],
    ['sub', ATOMIC_UPDATE],
    ['and', ATOMIC_UPDATE],
    ['or', ATOMIC_UPDATE],
    ['xor', ATOMIC_UPDATE],
    ['exchange', ATOMIC_UPDATE],
  ] as const) {
    replace(
      atomics,
      name,
      (native) =>
        ({
          method(array: unknown, rawIndex: unknown, rawValue: unknown) {
            const index = toIndex(rawIndex) as number;
            const view = wordOf(host, array, index);
            if (view === undefined) return native(array, index, rawValue);
            const value = toOperand(view, rawValue);
            if (!fits(view, value)) return native(array, index, value);
            const stack = host.callStack();
            const lock = begin(view, index, kind);
            let result: unknown;
            try {
              result = native(array, index, value);
            } catch (error) {
              letGo(lock);
              throw error;
            }
            finish(view, index, lock, kind, stack);
            return result;
          },
        }).method,
    );
  }

  replace(
    atomics,
    'compareExchange',
    (native) =>
      ({
        method(array: unknown, rawIndex: unknown, rawExpected: unknown, rawValue: unknown) {
          const index = toIndex(rawIndex) as number;
          const view = wordOf(host, array, index);
          if (view === undefined) return native(array, index, rawExpected, rawValue);
          const expected = toOperand(view, rawExpected);
          const value = toOperand(view, rawValue);
          if (!fits(view, expected) || !fits(view, value)) return native(array, index, expected, value);
          const wanted = asElement(view, expected);
          // who spins for a lock must not keep its holder from the word: one that will fail is a load
          if ((array as { readonly [index: number]: unknown })[index] !== wanted) {
            const version = beginLoad(view, index);
            if (version >= 0) {
              const seen = nativeLoad(array, index);
              if (seen !== wanted && endLoad(version, view, index)) return seen;
            }
          }
          const stack = host.callStack();
          const lock = begin(view, index, ATOMIC_UPDATE);
          let found: unknown;
          try {
            found = native(array, index, expected, value);
          } catch (error) {
            letGo(lock);
            throw error;
          }
          finish(view, index, lock, found === wanted ? ATOMIC_UPDATE : ATOMIC_READ, stack);
          return found;
        },
      }).method,
  );

  installWaiting(host, atomics, nativeLoad);
}

const scratch: Record<string, ArrayLike<number | bigint>> = {
  Int8Array: new Int8Array(1),
  Uint8Array: new Uint8Array(1),
  Int16Array: new Int16Array(1),
  Uint16Array: new Uint16Array(1),
  Int32Array: new Int32Array(1),
  Uint32Array: new Uint32Array(1),
  BigInt64Array: new BigInt64Array(1),
  BigUint64Array: new BigUint64Array(1),
};

/** The value as an element of the view holds it: what compareExchange compares. */
function asElement(view: SharedView, value: unknown): unknown {
  const cell = scratch[view.name] as unknown as { 0: unknown };
  cell[0] = value;
  return cell[0];
}

/**
 * `worker_threads.locks`, which is `navigator.locks` (Node 24.5 and later): the release of a lock is ordered
 * before the next grant of the same name that conflicts with it.
 *
 * The lock is held while the user's callback runs and until its promise settles. So the grant is acquired right
 * before the callback, and the release is a reaction of that promise, registered right before Node's own.
 * https://github.com/nodejs/node/blob/main/lib/internal/locks.js
 */

import type { ThreadRuntime } from '../contract.ts';
import { isPromise, isProxy } from '../platform.ts';
import { type AnyFunction, intercept } from './disguise.ts';

const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { then } = Promise.prototype;
const NativePromise = Promise;

interface Lock {
  readonly name: string;
  readonly mode: 'shared' | 'exclusive';
}

/** `locks`: where the platform has them. */
export function interceptLocks(runtime: ThreadRuntime, locks: object | undefined): void {
  if (locks === undefined) return;
  const manager = getPrototypeOf(locks) as object;
  intercept(manager, 'request', (original, self, args) => {
    // `request(name, callback)`, or `request(name, options, callback)`
    const at = args[2] === undefined ? 1 : 2;
    if (typeof args[at] !== 'function') return apply(original, self, args);
    const given = args.slice();
    given[at] = holding(runtime, args[at], at === 2 && steals(args[1]));
    return apply(original, self, given);
  });
}

/** Options are Node's to read, and accessors among them run once. */
function steals(options: unknown): boolean {
  if (typeof options !== 'object' || options === null || isProxy(options)) return false;
  return Boolean(getOwnPropertyDescriptor(options, 'steal')?.value);
}

/** `callback`, which holds the lock that it is called with; it is called with null for a lock that is taken. */
function holding(runtime: ThreadRuntime, callback: AnyFunction, stolen: boolean): AnyFunction {
  return (lock: Lock | null): unknown => {
    if (lock === null) return callback(lock);
    const { name, mode } = lock;
    const exclusive = mode === 'exclusive';
    const token = runtime.locked(name, exclusive, stolen);
    const release = (): void => runtime.unlocked(name, exclusive, token);
    let result: unknown;
    try {
      result = callback(lock);
    } catch (error) {
      release();
      throw error;
    }
    const settled = isPromise(result) ? result : new NativePromise((resolve) => resolve(result));
    apply(then, settled, [release, release]);
    return settled;
  };
}

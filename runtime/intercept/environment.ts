/**
 * `setEnvironmentData`. Its data is copied into each worker at the worker's creation, in the same message as
 * workerData, so the edge to a `getEnvironmentData` is the fork itself (or program order). What is left to do
 * is naming the shared buffers in it: a mirror of the data rides in the start envelope, where cloning keeps
 * its objects the same as those that `getEnvironmentData` will give.
 */
import wt from 'node:worker_threads';
import { intercept } from './disguise.ts';

/** Only entries that can hold a buffer. */
let mirror: Map<unknown, unknown> = new Map();

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** The environment data that a new worker gets; undefined when no buffer can be in it. */
export function environmentToInherit(): Map<unknown, unknown> | undefined {
  return mirror.size === 0 ? undefined : mirror;
}

/** Takes what the creator's `environmentToInherit` gave. */
export function inheritEnvironment(inherited: Map<unknown, unknown> | undefined): void {
  if (inherited !== undefined) mirror = inherited;
}

export function interceptEnvironmentData(): void {
  intercept(wt, 'setEnvironmentData', (original, self, args) => {
    const [key, value] = args;
    if (value !== undefined && (isObject(key) || isObject(value))) mirror.set(key, value);
    else mirror.delete(key);
    return Reflect.apply(original, self, args);
  });
}

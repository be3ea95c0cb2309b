/**
 * Hooks for instrumented code in a thread that is not checked, or not yet: there is nothing to find, and the code
 * runs as the user wrote it. The same object serves once the thread is attached.
 */
import { createHooks, type PlainHooks } from './hooks.ts';
import { type BuiltTable, GLOBAL_NAME, type Hooks } from './interface.ts';

/** Modules that named their sites before the thread was attached. */
export type EarlyModule = [first: number, hash: string, table: BuiltTable];

export function defineInertHooks(early: EarlyModule[] | undefined): PlainHooks {
  const hooks: Hooks = Object.assign(createHooks(), {
    // SharedArrayBuffer may not exist
    t: <T>(made: T): T => made,
    v: () => false,
    m: () => {},
    annotations: {
      acquire() {},
      release() {},
      releaseMerge() {},
      ignoreReads: <T>(run: () => T): T => run(),
      ignoreWrites: <T>(run: () => T): T => run(),
      raceErrors: () => 0,
    },
    module: (...module: EarlyModule): void => {
      early?.push(module);
    },
  });
  Object.defineProperty(globalThis, GLOBAL_NAME, {
    value: hooks,
    enumerable: false,
    writable: false,
    configurable: false,
  });
  return hooks;
}

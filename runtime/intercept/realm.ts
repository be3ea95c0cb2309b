/**
 * A vm context has Atomics, SharedArrayBuffer, DataView and typed arrays of its own, which none of our
 * replacements reach. A context that runs instrumented code gets those of the main one, and the hooks.
 *
 * Such a program can tell: `Int32Array` is then the same as outside. In turn shared memory that comes in a message
 * is an `instanceof SharedArrayBuffer` there, which it is not in a plain run.
 */
import { TYPED_ARRAYS } from '../core/shadow/typed-arrays.ts';
import { GLOBAL_NAME } from '../interface.ts';

const { defineProperty, getOwnPropertyDescriptor } = Reflect;

const NAMES: readonly string[] = ['Atomics', 'SharedArrayBuffer', 'ArrayBuffer', 'DataView', ...TYPED_ARRAYS];

export function enterRealm(global: object): void {
  if ((global as typeof globalThis).Int32Array === Int32Array) return;
  for (const name of NAMES) {
    const descriptor = getOwnPropertyDescriptor(globalThis, name);
    if (descriptor !== undefined) defineProperty(global, name, descriptor);
  }
  // whoever made the context may have copied all globals
  if (getOwnPropertyDescriptor(global, GLOBAL_NAME) === undefined)
    defineProperty(global, GLOBAL_NAME, getOwnPropertyDescriptor(globalThis, GLOBAL_NAME)!);
}

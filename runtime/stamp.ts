/**
 * The stamp. `S` on %TypedArray%.prototype is a getter that answers for a view once and defines its answer on
 * the view: a `SharedView`, or `undefined` for a view of an ordinary buffer. A view that cannot be extended
 * keeps its answer in a WeakMap. While the thread has met no shared memory the answer is `undefined` without
 * a look: reading `.buffer` moves a small array off V8's heap.
 */
import { isSharedArrayBuffer, type SharedBlock, type SharedBuffers } from './shared-buffers.ts';

const TypedArrayPrototype = Object.getPrototypeOf(Int32Array.prototype) as object;
const { apply, defineProperty, getOwnPropertyDescriptor, isExtensible } = Reflect;

/** The native getter of a property of typed arrays. */
export const getter = (key: PropertyKey): ((this: unknown) => unknown) =>
  getOwnPropertyDescriptor(TypedArrayPrototype, key)?.get as (this: unknown) => unknown;

const typedArrayBuffer = getter('buffer');
const typedArrayTag = getter(Symbol.toStringTag);
const typedArrayLength = getter('length');

interface StampHost {
  readonly buffers: SharedBuffers;
  readonly detector: { loseEdge(): void };
}

/** What it returns defines the stamp under `key` for a realm's views; `make` makes what it answers. */
export function installStamp<View extends object>(
  { buffers, detector }: StampHost,
  key: symbol,
  make: (array: Int32Array, name: string, block: SharedBlock) => View,
): (typedArrayPrototype: object) => void {
  const unextensible = new WeakMap<object, View | undefined>();

  function stamp(this: Int32Array): View | undefined {
    if (!buffers.met) return undefined;
    try {
      return stampOf(this);
    } catch {
      // the next look may do; until then its Atomics go unseen
      detector.loseEdge();
      return undefined;
    }
  }

  function stampOf(array: Int32Array): View | undefined {
    let name: unknown;
    try {
      name = apply(typedArrayTag, array, []);
    } catch {
      return undefined;
    }
    if (typeof name !== 'string') return undefined;
    if (unextensible.has(array)) return unextensible.get(array);
    const buffer = apply(typedArrayBuffer, array, []);
    const value = isSharedArrayBuffer(buffer) ? make(array, name, buffers.blockOf(buffer)) : undefined;
    if (isExtensible(array)) {
      // what cannot go must be shown by a Proxy's traps; of a view without elements it would be all that can go
      const configurable = apply(typedArrayLength, array, []) !== 0;
      defineProperty(array, key, { value, enumerable: false, writable: false, configurable });
    } else {
      unextensible.set(array, value);
    }
    return value;
  }
  // nobody has the key; tests delete it with the thread
  return (prototype) => {
    defineProperty(prototype, key, { get: stamp, enumerable: false, configurable: true });
  };
}

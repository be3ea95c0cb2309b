/**
 * Finds the shared memory in a message, as the structured clone algorithm would reach it.
 *
 * It goes where V8's serializer goes: own enumerable data properties, elements, entries of Maps and Sets, the
 * buffer behind a view, the `cause` of an error, and `WebAssembly.Memory`. It runs no code of the user: it
 * skips accessors (the serializer runs them, once) and Proxies (the serializer refuses them), and asks for
 * brands, not prototypes, so objects of other realms are found too. It keeps its own stack, so depth is free.
 *
 * Missed: memory that only a getter yields, and named properties of an array of more than 64 elements.
 */
import {
  isArrayBuffer,
  isDataView,
  isMap,
  isNativeError,
  isProxy,
  isSet,
  isSharedArrayBuffer,
} from '../platform.ts';

export type SharedMemory = SharedArrayBuffer | WebAssembly.Memory;

const { isArray } = Array;
const { isView } = ArrayBuffer;
const { keys, getPrototypeOf, getOwnPropertyDescriptor, prototype: plain } = Object;
const { apply } = Reflect;

const typedArrayBuffer = getter(getPrototypeOf(Uint8Array.prototype), 'buffer');
const dataViewBuffer = getter(DataView.prototype, 'buffer');
const memoryBuffer = getter(WebAssembly.Memory.prototype, 'buffer');
const { forEach: forEachEntry } = Map.prototype;
const { forEach: forEachMember } = Set.prototype;

/** With so many holes in a row an array is looked at by its keys. */
const HOLES = 1024;
const NAMED_PROPERTIES = 64;

function getter(owner: object, key: PropertyKey): () => unknown {
  return getOwnPropertyDescriptor(owner, key)!.get!;
}

/** The distinct shared buffers and shared wasm memories of `message`; undefined for none. */
export function findShared(message: unknown): SharedMemory[] | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const pending: object[] = [];
  const found: SharedMemory[] = [];
  expand(message, pending, found);
  if (pending.length > 0) {
    // only what leads further can close a cycle
    const seen = new Set<object>([message]);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      const before = pending.length;
      expand(next, pending, found);
      if (pending.length > before) seen.add(next);
    }
  }
  return found.length === 0 ? undefined : found;
}

/** Puts the objects that `object` leads to on `pending`, or `object` itself among those found. */
function expand(object: object, pending: object[], found: SharedMemory[]): void {
  if (isProxy(object)) return;
  if (isArray(object)) {
    expandArray(object, pending);
    return;
  }
  const prototype = getPrototypeOf(object);
  if (prototype === plain || prototype === null) expandProperties(object, pending);
  else if (isView(object)) {
    const buffer = apply(isDataView(object) ? dataViewBuffer : typedArrayBuffer, object, []);
    if (isSharedArrayBuffer(buffer)) add(buffer, found);
  } else if (isSharedArrayBuffer(object)) add(object, found);
  else if (isMap(object)) {
    apply(forEachEntry, object, [
      (value: unknown, key: unknown) => {
        push(key, pending);
        push(value, pending);
      },
    ]);
  } else if (isSet(object)) apply(forEachMember, object, [(value: unknown) => push(value, pending)]);
  else if (isNativeError(object)) push(getOwnPropertyDescriptor(object, 'cause')?.value, pending);
  else if (isArrayBuffer(object)) return;
  else if (isSharedMemory(object, prototype)) add(object, found);
  else expandProperties(object, pending);
}

function push(value: unknown, pending: object[]): void {
  if (typeof value === 'object' && value !== null) pending.push(value);
}

function add(memory: SharedMemory, found: SharedMemory[]): void {
  if (!found.includes(memory)) found.push(memory);
}

function expandProperties(object: object, pending: object[]): void {
  const names = keys(object);
  for (let i = 0; i < names.length; i++) {
    push(getOwnPropertyDescriptor(object, names[i] as string)?.value, pending);
  }
}

function expandArray(array: unknown[], pending: object[]): void {
  const { length } = array;
  if (length <= NAMED_PROPERTIES) {
    expandProperties(array, pending);
    return;
  }
  let holes = 0;
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (value !== undefined) {
      holes = 0;
      push(value, pending);
    } else if (++holes === HOLES) {
      expandProperties(array, pending);
      return;
    }
  }
}

/** A memory, of whatever realm: its prototype has an accessor `buffer`, and ours accepts it as receiver. */
function isSharedMemory(object: object, prototype: object): object is WebAssembly.Memory {
  if (isProxy(prototype)) return false;
  if (!(object instanceof WebAssembly.Memory) && !getOwnPropertyDescriptor(prototype, 'buffer')?.get)
    return false;
  try {
    return isSharedArrayBuffer(apply(memoryBuffer, object, []));
  } catch {
    return false;
  }
}

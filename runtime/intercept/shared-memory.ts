/**
 * The id of a shared memory block, by whichever object names it: a SharedArrayBuffer, or a
 * `WebAssembly.Memory`, whose `buffer` is a new object over the same block each time that it has grown, in
 * whatever thread.
 */

import type { ThreadRuntime } from '../contract.ts';
import { isSharedArrayBuffer } from '../platform.ts';
import { type AnyFunction, disguise, replaceValue, standInClass } from './disguise.ts';
import type { SharedMemory } from './walk.ts';

const { apply, construct, getOwnPropertyDescriptor, defineProperty } = Reflect;

/** The id of each memory, and the buffer by which this thread last knew it. */
const memories: WeakMap<object, { id: number; buffer: SharedArrayBuffer }> = new WeakMap();

/** as it was before anybody replaced it */
export const NativeMemory: typeof WebAssembly.Memory = WebAssembly.Memory;
export const bufferOf = getOwnPropertyDescriptor(NativeMemory.prototype, 'buffer')!.get as AnyFunction;

/** Of memories that were made before the thread had its runtime: the bytes that each can grow to. */
const limits: WeakMap<object, number> = new WeakMap();
const WASM_PAGE = 65536;

/** The bytes that a memory made with `descriptor` can grow to; undefined if it is not shared. */
export function limitOf(memory: object, descriptor: unknown): number | undefined {
  const buffer = apply(bufferOf, memory, []);
  if (!isSharedArrayBuffer(buffer)) return undefined;
  const pages = Number((descriptor as { maximum?: number | bigint }).maximum ?? 0);
  return Math.max(buffer.byteLength, pages * WASM_PAGE);
}

/** Notes what memories can grow to, until there is a runtime. */
export function noteMemories(): void {
  const Patched = standInClass(NativeMemory, (args, newTarget) => {
    const memory = construct(NativeMemory, args, newTarget) as object;
    const limit = limitOf(memory, args[0]);
    if (limit !== undefined) limits.set(memory, limit);
    return memory;
  });
  replaceValue(WebAssembly, 'Memory', Patched);
  replaceValue(NativeMemory.prototype, 'constructor', Patched);
}

/** is called when the thread knows a shared wasm memory; what wasm code does in it is not seen */
let unseen = (): void => {};

/** Makes `memory` known to all threads. */
export function idOf(runtime: ThreadRuntime, memory: SharedMemory): number {
  if (isSharedArrayBuffer(memory)) return runtime.share(memory);
  const buffer: SharedArrayBuffer = apply(bufferOf, memory, []);
  const known = memories.get(memory);
  const id = known?.id ?? runtime.share(buffer, limits.get(memory));
  if (known?.buffer !== buffer) {
    if (known !== undefined) runtime.adopt(buffer, id);
    else unseen();
    memories.set(memory, { id, buffer });
  }
  return id;
}

/** `memory` came in: it names the block with that id. */
export function adoptMemory(runtime: ThreadRuntime, memory: SharedMemory, id: number): void {
  if (isSharedArrayBuffer(memory)) {
    runtime.received(memory, id);
    return;
  }
  const buffer: SharedArrayBuffer = apply(bufferOf, memory, []);
  runtime.received(buffer, id);
  memories.set(memory, { id, buffer });
  unseen();
}

/** Every buffer that a program takes from a shared wasm memory names the memory's one block. */
export function interceptWasmMemory(runtime: ThreadRuntime, met: () => void): void {
  unseen = met;
  const owner = NativeMemory.prototype;
  const descriptor = getOwnPropertyDescriptor(owner, 'buffer')!;
  const reading = {
    get buffer() {
      const buffer = apply(bufferOf, this, []);
      if (isSharedArrayBuffer(buffer) && memories.get(this)?.buffer !== buffer) idOf(runtime, this as never);
      return buffer;
    },
  };
  const get = disguise(getOwnPropertyDescriptor(reading, 'buffer')!.get as AnyFunction, bufferOf);
  defineProperty(owner, 'buffer', { ...descriptor, get });
}

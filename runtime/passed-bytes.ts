/**
 * What a function of the platform was passed, if it lies in shared memory: a typed array of any kind, a
 * Buffer, a DataView or a bare SharedArrayBuffer. Offsets are in bytes from the start of what was passed.
 *
 * Whole elements of a view are recorded as elements, so that they meet the accesses of the program's own code
 * in cells of one size; ragged ends (a file's last bytes in an Int32Array) are recorded as bytes. A view of
 * ordinary memory is told by its buffer and gets no stamp: a thread that handles many Buffers makes no more
 * objects than before.
 */

import type { Detector } from './core/detector.ts';
import { type Kind, PLAIN_READ, PLAIN_UPDATE, PLAIN_WRITE } from './core/shadow/kind.ts';
import type { NativeAccesses } from './native-accesses.ts';
import { isSharedArrayBuffer } from './platform.ts';
import type { SharedBlock, SharedBuffers } from './shared-buffers.ts';
import type { SharedView } from './shared-view.ts';

/** What the thread has, of which this needs but a part. */
interface PassedHost {
  readonly key: symbol;
  readonly detector: Detector;
  readonly buffers: SharedBuffers;
  readonly native: NativeAccesses;
}

/** Undefined for whatever is not shared memory, and while the thread has met none. */
export type BytesOf = (value: unknown) => PassedBytes | undefined;

const { apply } = Reflect;
const { isView } = ArrayBuffer;
const getter = (object: object, key: PropertyKey): ((this: unknown) => unknown) =>
  Object.getOwnPropertyDescriptor(object, key)?.get as (this: unknown) => unknown;
const TypedArrayPrototype = Object.getPrototypeOf(Int32Array.prototype) as object;
const typedArrayTag = getter(TypedArrayPrototype, Symbol.toStringTag);
const typedArrayBuffer = getter(TypedArrayPrototype, 'buffer');
const typedArrayOffset = getter(TypedArrayPrototype, 'byteOffset');
const typedArrayBytes = getter(TypedArrayPrototype, 'byteLength');
const dataViewBuffer = getter(DataView.prototype, 'buffer');
const dataViewOffset = getter(DataView.prototype, 'byteOffset');
const dataViewBytes = getter(DataView.prototype, 'byteLength');
const bufferBytes = getter(SharedArrayBuffer.prototype, 'byteLength');

export class PassedBytes {
  readonly byteLength: number;
  private readonly native: NativeAccesses;
  readonly block: SharedBlock;
  private readonly name: string;
  readonly byteOffset: number;
  private readonly view: SharedView | undefined;

  constructor(
    native: NativeAccesses,
    block: SharedBlock,
    name: string,
    byteOffset: number,
    byteLength: number,
    view: SharedView | undefined,
  ) {
    this.native = native;
    this.block = block;
    this.name = name;
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
    this.view = view;
  }

  /** `count` bytes from `from` on are read; what lies outside is left out. `stack` is given if it is not the call's. */
  read(from = 0, count: number = this.byteLength, stack?: number): void {
    this.touch(PLAIN_READ, from, count, stack);
  }

  write(from = 0, count: number = this.byteLength, stack?: number): void {
    this.touch(PLAIN_WRITE, from, count, stack);
  }

  update(): void {
    this.touch(PLAIN_UPDATE, 0, this.byteLength, undefined);
  }

  /** The bytes of one number, as a DataView touches them. */
  number(kind: 'read' | 'write', at: number, size: number): void {
    this.bytes(kind === 'read' ? PLAIN_READ : PLAIN_WRITE, at, at + size, undefined);
  }

  private touch(kind: Kind, from: number, count: number, stack: number | undefined): void {
    const { view } = this;
    const start = Math.max(0, from);
    const end = Math.min(this.byteLength, from + count);
    if (!(start < end)) return;
    const width = view === undefined ? 0 : 1 << view.size;
    const first = Math.ceil(start / width) * width;
    const last = Math.floor(end / width) * width;
    if (view === undefined || first > last) {
      this.bytes(kind, start, end, stack);
      return;
    }
    this.bytes(kind, start, first, stack);
    this.native.elements(view, first / width, (last - first) / width, kind, stack);
    this.bytes(kind, last, end, stack);
  }

  private bytes(kind: Kind, start: number, end: number, stack: number | undefined): void {
    const { native, block, name } = this;
    native.bytes(block, name, this.byteOffset + start, end - start, kind, start, stack);
  }
}

/** Is it a typed array of ordinary memory? As cheap as can be, for functions that are called much with such. */
export function isOrdinary(view: unknown): boolean {
  try {
    return apply(typedArrayBuffer, view, []) instanceof ArrayBuffer;
  } catch {
    return false;
  }
}

export function passedBytes({ key, detector, buffers, native }: PassedHost): BytesOf {
  function passed(value: object): PassedBytes | undefined {
    if (!isView(value)) {
      if (!isSharedArrayBuffer(value)) return undefined;
      const byteLength = apply(bufferBytes, value, []) as number;
      return new PassedBytes(native, buffers.blockOf(value), 'SharedArrayBuffer', 0, byteLength, undefined);
    }
    const name = apply(typedArrayTag, value, []) as string | undefined;
    const isTyped = name !== undefined;
    const buffer = apply(isTyped ? typedArrayBuffer : dataViewBuffer, value, []);
    if (!isSharedArrayBuffer(buffer)) return undefined;
    const block = buffers.blockOf(buffer);
    const byteOffset = apply(isTyped ? typedArrayOffset : dataViewOffset, value, []) as number;
    const byteLength = apply(isTyped ? typedArrayBytes : dataViewBytes, value, []) as number;
    const view = (value as unknown as Record<symbol, SharedView | undefined>)[key];
    return new PassedBytes(native, block, name ?? 'DataView', byteOffset, byteLength, view);
  }
  return (value) => {
    if (!buffers.met || typeof value !== 'object' || value === null) return undefined;
    try {
      return passed(value);
    } catch (error) {
      detector.survive(error);
      return undefined;
    }
  };
}

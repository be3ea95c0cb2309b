/**
 * The hooks of element accesses: what instrumented code calls when a view is over shared memory.
 *
 * The stamp. `S` on %TypedArray%.prototype is a getter that answers for a view once and defines its answer on
 * the view: a `SharedView`, or `undefined` for a view of an ordinary buffer. A view that cannot be extended
 * keeps its answer in a WeakMap. While the thread has met no shared memory the answer is `undefined` without
 * a look: reading `.buffer` moves a small array off V8's heap.
 *
 * The fast path of `r` and `w` reads the element's cell without a lock: an access that is already remembered
 * in this epoch needs nothing more. R is a thread's own epoch only for a plain read, or for its write (W = R),
 * W only for its write; a write stands for the reads after it. All else is the detector's.
 */
import type { Detector } from './core/detector.ts';
import type { Records } from './core/memory/records.ts';
import { holdsRead, ownerTag } from './core/shadow/access-set.ts';
import type { Log2 } from './core/shadow/buffers.ts';
import { CELL_SHIFT, type Kind, PLAIN_READ, PLAIN_UPDATE, PLAIN_WRITE, R, W } from './core/shadow/cell.ts';
import type { View } from './interface.ts';
import { convertAhead, isObject } from './property-key.ts';
import type { SharedBlock, SharedBuffers } from './shared-buffers.ts';
import { makesTypedArrays } from './typed-array-makers.ts';

type TypedArray = Int32Array;

/** What a `SharedView` needs of its thread. */
export interface ViewHost {
  readonly detector: Detector;
  readonly records: Records;
  readonly buffers: SharedBuffers;
  /** the stack of an access at a site */
  stackOf(site: number): number;
  /** tells what the detector found; the view and index of the access that found it */
  report(view: string, index: number): void;
}

export interface SharedView extends View {
  readonly name: string;
  readonly size: Log2;
  readonly byteOffset: number;
  /** Atomics accepts it */
  readonly integer: boolean;
  readonly block: SharedBlock;
  /** elements, now */
  count(): number;
}

const NO_CELLS = new Int32Array(0);
const TEACHING_CALLS = 400;
const TypedArrayPrototype = Object.getPrototypeOf(Int32Array.prototype) as object;
const get = (object: object, key: PropertyKey): ((this: unknown) => unknown) =>
  Object.getOwnPropertyDescriptor(object, key)?.get as (this: unknown) => unknown;
const typedArrayBuffer = get(TypedArrayPrototype, 'buffer');
const typedArrayTag = get(TypedArrayPrototype, Symbol.toStringTag);
const typedArrayLength = get(TypedArrayPrototype, 'length');
const typedArrayByteOffset = get(TypedArrayPrototype, 'byteOffset');
const sharedByteLength = get(SharedArrayBuffer.prototype, 'byteLength');
const { apply, defineProperty, isExtensible } = Reflect;
const SIZES: Record<number, Log2> = { 1: 0, 2: 1, 4: 2, 8: 3 };

export function isSharedArrayBuffer(value: unknown): value is SharedArrayBuffer {
  if (value instanceof ArrayBuffer) return false;
  try {
    apply(sharedByteLength, value, []);
    return true;
  } catch {
    return false;
  }
}

/** Makes the class of views for one thread, and defines the stamp under `key`. */
export function installViews(host: ViewHost, key: symbol): void {
  const { detector, records, buffers } = host;
  // own constants of this function, which V8 folds; the bundler makes variables of those of a module
  const shift = CELL_SHIFT;
  const atR = R;
  const atW = W;
  type Otherwise = (view: ThreadView, key: unknown, kind: Kind, site: number) => void;

  class ThreadView implements SharedView {
    /** from the cell of the first element on; a base to add would cost the fast path a nanosecond */
    private cells: Int32Array = NO_CELLS;
    /** elements that the hooks may look at: 0 until the block is shared */
    private length = 0;
    readonly size: Log2;
    readonly byteOffset: number;
    readonly name: string;
    readonly block: SharedBlock;
    private readonly array: TypedArray;
    private readonly otherwise: Otherwise;

    constructor(array: TypedArray, name: string, block: SharedBlock, otherwise: Otherwise) {
      this.otherwise = otherwise;
      this.array = array;
      this.name = name;
      this.block = block;
      this.size = SIZES[array.BYTES_PER_ELEMENT] as Log2;
      this.byteOffset = apply(typedArrayByteOffset, array, []) as number;
    }

    get integer(): boolean {
      return this.name !== 'Uint8ClampedArray' && !this.name.startsWith('Float');
    }

    count(): number {
      return apply(typedArrayLength, this.array, []) as number;
    }

    r(k: unknown, site: number): undefined {
      if (typeof k === 'number' && k >>> 0 === k && k < this.length) {
        const { cells } = this;
        const c = k << shift;
        const { epoch } = detector;
        if (cells[c + atR] === epoch) return undefined;
      }
      this.otherwise(this, k, PLAIN_READ, site);
      return undefined;
    }

    w(k: unknown, site: number): undefined {
      if (typeof k === 'number' && k >>> 0 === k && k < this.length) {
        if (this.cells[(k << shift) + atW] === detector.epoch) return undefined;
      }
      this.otherwise(this, k, PLAIN_WRITE, site);
      return undefined;
    }

    u(k: unknown, site: number): undefined {
      if (typeof k === 'number' && k >>> 0 === k && k < this.length) {
        if (this.cells[(k << shift) + atW] === detector.epoch) return undefined;
      }
      this.otherwise(this, k, PLAIN_UPDATE, site);
      return undefined;
    }

    all(site: number): void {
      const length = this.count();
      for (let i = 0; i < length; i++) this.r(i, site);
    }

    c(maker: unknown, site: number): void {
      if (makesTypedArrays(maker)) this.all(site);
    }

    /** All that the fast path does not settle. */
    slow(key: unknown, kind: Kind, site: number): void {
      if (typeof key === 'number' && key >>> 0 === key && key < this.length) this.check(key, kind, site);
      else this.odd(key, kind, site);
    }

    private check(k: number, kind: Kind, site: number): void {
      const { cells, size } = this;
      const { shadow } = this.block;
      if (shadow === undefined) return;
      const at = this.byteOffset + k * (1 << size);
      const c = k << CELL_SHIFT;
      if (kind === PLAIN_READ && (cells[c + R] as number) < 0) {
        if (cells[c + W] === detector.epoch) return;
        const tag = ownerTag(shadow.id, size, (at >>> size) << CELL_SHIFT);
        if (holdsRead(records.words, cells, c, tag, detector.epoch)) return;
      }
      detector.plain(shadow, at, size, kind, host.stackOf(site));
      host.report(this.name, k);
    }

    /** A key that is no index below `length`: unshared, out of range, grown, or of another type. */
    private odd(key: unknown, kind: Kind, site: number): void {
      if (this.block.shadow === undefined) return;
      const index = canonicalIndex(isObject(key) ? convertAhead(key) : key);
      if (index < 0 || index >= this.count()) return;
      if (index >= this.length && !this.activate(index)) return;
      this.check(index, kind, site);
    }

    /** The block is shared, or has grown: look at its cells from now on. */
    private activate(index: number): boolean {
      const { shadow } = this.block;
      const cells = shadow && detector.planeOf(shadow, this.size);
      if (cells === undefined) return false;
      const first = (this.byteOffset >>> this.size) << CELL_SHIFT;
      this.cells = cells.subarray(first);
      this.length = Math.min(this.count(), this.cells.length >>> CELL_SHIFT) | 0;
      return index < this.length;
    }
  }

  // The fast path is worth inlining into the user's loop, and what is behind it is not: inlined there it makes
  // a loop half as fast. V8 inlines no call that has had several targets, so it is shown another one first.
  const slow: Otherwise = (view, key, kind, site) => view.slow(key, kind, site);
  const nothing: Otherwise = () => {};
  const unshared: SharedBlock = { shadow: undefined, byteLength: 0, allocatedBy: -1, allocatedAt: 0 };
  for (let i = 0; i < TEACHING_CALLS; i++) {
    const view = new ThreadView(NO_CELLS, 'Int32Array', unshared, i % 2 === 0 ? slow : nothing);
    view.r(0, 0);
    view.w(0, 0);
    view.u(0, 0);
  }

  const unextensible = new WeakMap<object, SharedView | undefined>();

  function stamp(this: TypedArray): SharedView | undefined {
    if (!buffers.met) return undefined;
    let name: unknown;
    try {
      name = apply(typedArrayTag, this, []);
    } catch {
      return undefined;
    }
    if (typeof name !== 'string') return undefined;
    if (unextensible.has(this)) return unextensible.get(this);
    const buffer = apply(typedArrayBuffer, this, []);
    const value = isSharedArrayBuffer(buffer)
      ? new ThreadView(this, name, buffers.blockOf(buffer), slow)
      : undefined;
    if (isExtensible(this)) {
      defineProperty(this, key, { value, enumerable: false, writable: false, configurable: false });
    } else {
      unextensible.set(this, value);
    }
    return value;
  }
  defineProperty(TypedArrayPrototype, key, { get: stamp, enumerable: false, configurable: false });
}

/** The element index that a primitive key names (CanonicalNumericIndexString), or -1. */
export function canonicalIndex(key: unknown): number {
  if (typeof key === 'number') return Number.isInteger(key) && key >= 0 ? key : -1;
  if (typeof key !== 'string' && typeof key !== 'bigint') return -1;
  const text = String(key);
  const number = Number(text);
  return Number.isInteger(number) && number >= 0 && String(number) === text ? number : -1;
}

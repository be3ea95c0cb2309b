/**
 * The hooks of element accesses: what instrumented code calls when a view is over shared memory.
 *
 * The fast path of `r`, `w`, `u` and `s` knows the latest range that a loop has swept in the running epoch. It is short,
 * since V8 inlines so many bytes into a function and no more, and each hook beyond that is a call. Behind it the thread's own
 * lane is asked whether the epoch remembers the access (core/shadow/lane.ts): with the whole block, or by itself. `R`, `W`
 * and `U` ask it at once: they are for loops that have few hooks (plugin/hooks.ts). All else is the detector's.
 */
import type { Slot } from './core/shadow/backlog.ts';
import type { Shadow } from './core/shadow/buffers.ts';
import {
  type AccessClass,
  type Kind,
  type Log2,
  PLAIN_READ,
  PLAIN_UPDATE,
  PLAIN_WRITE,
} from './core/shadow/kind.ts';
import type { Lane } from './core/shadow/lane.ts';
import { BLOCK_SHIFT, CHUNK_MASK, CHUNK_SHIFT, ENTRY_SHIFT, PART, WHOLE } from './core/shadow/layout.ts';
import type { Plane } from './core/shadow/plane.ts';
import type { TrackedView } from './core/shadow/tracked-view.ts';
import { Grid } from './grid.ts';
import type { Way } from './interface.ts';
import { type LiveView, LiveViews } from './live-views.ts';
import { canonicalIndex, convertAhead, holds, isObject } from './property-key.ts';
import type { SharedBlock, SharedBuffers } from './shared-buffers.ts';
import type { SharedView } from './shared-view.ts';
import { getter, installStamp } from './stamp.ts';
import { type LoopHost, SweptView } from './swept-view.ts';
import { makesTypedArrays } from './typed-array-makers.ts';

/** What a `SharedView` needs of its thread. */
export interface ViewHost extends LoopHost {
  /** how many views the thread has had, in all of its realms */
  views: number;
  readonly buffers: SharedBuffers;
}

const NO_BLOCKS = new Float64Array(0);
const NO_CHUNKS: Uint32Array[] = [];
const TEACHING_CALLS = 400;

const typedArrayBuffer = getter('buffer');
const typedArrayLength = getter('length');
const typedArrayByteOffset = getter('byteOffset');
const { apply } = Reflect;
const applyMethod = Function.prototype.apply;
const SIZES: Record<number, Log2> = { 1: 0, 2: 1, 4: 2, 8: 3 };

/** Makes the class of views for one thread. What it returns defines the stamp under `key` for a realm's views. */
export function installViews(host: ViewHost, key: symbol): (typedArrayPrototype: object) => void {
  const { detector } = host;
  const { base } = detector;
  const live = new LiveViews(detector);
  const grid = new Grid();
  /** what is behind the fast paths */
  interface Behind {
    oneRead(this: ThreadView, key: unknown, site: number, way: Way | undefined): Way | undefined;
    oneWrite(this: ThreadView, key: unknown, kind: Kind, site: number, way: Way | undefined): Way | undefined;
    swept(this: ThreadView, kind: number, from: number, by: number, count: number, site: number): void;
  }

  class ThreadView implements SharedView, TrackedView, LiveView {
    readonly id = ++host.views;
    /** elements that loops have swept in the running epoch, which has read or written all of them: none as it begins */
    private from = 0;
    private readTo = 0;
    private wroteTo = 0;
    /** the first cell of that epoch, to be asked for writes: others may let this thread forget its own (core/detector.ts) */
    rangeAt = Number.NaN;
    /** of the thread's lane */
    private wrote: Float64Array = NO_BLOCKS;
    private read: Float64Array = NO_BLOCKS;
    private reads: Uint32Array[] = NO_CHUNKS;
    private writes: Uint32Array[] = NO_CHUNKS;
    /** elements that the hooks may look at: 0 until the block is shared */
    length = 0;
    /** there was no memory for a lane, and nobody looks for it again: accesses go unrecorded */
    private lost = false;
    /** where `length` is not 0; the rest is the backlog's */
    lane!: Lane;
    plane!: Plane;
    shadow!: Shadow;
    readonly first: number;
    readonly size: Log2;
    readonly byteOffset: number;
    readonly name: string;
    readonly integer: boolean;
    readonly big: boolean;
    readonly block: SharedBlock;
    /** no other thread can give it more elements */
    private readonly fixed: boolean;
    /** elements of one that is fixed */
    private readonly least: number;
    /** what they touch of it; undefined until there is one */
    private loops: SweptView | undefined = undefined;
    readonly array: Int32Array;
    private readonly oneRead: Behind['oneRead'];
    private readonly oneWrite: Behind['oneWrite'];
    private readonly swept: Behind['swept'];

    constructor(array: Int32Array, name: string, block: SharedBlock, behind: Behind) {
      this.oneRead = behind.oneRead;
      this.oneWrite = behind.oneWrite;
      this.swept = behind.swept;
      this.array = array;
      this.name = name;
      this.block = block;
      this.big = name.startsWith('Big');
      this.integer = name !== 'Uint8ClampedArray' && !name.startsWith('Float');
      this.size = SIZES[array.BYTES_PER_ELEMENT] as Log2;
      this.byteOffset = apply(typedArrayByteOffset, array, []) as number;
      this.first = this.byteOffset / array.BYTES_PER_ELEMENT;
      this.fixed = (apply(typedArrayBuffer, array, []) as { growable?: boolean }).growable !== true;
      this.least = this.fixed ? this.lengthNow() : 0;
    }

    count(): number {
      return this.fixed ? this.least : this.lengthNow();
    }

    private lengthNow(): number {
      return apply(typedArrayLength, this.array, []) as number;
    }

    has(index: number): boolean {
      return index >= 0 && index < this.count();
    }

    r(k: unknown, site: number, way?: Way): Way | undefined {
      if (typeof k === 'number' && k >= this.from && k < this.readTo) return way;
      return this.oneRead(k, site, way);
    }

    w(k: unknown, site: number, way?: Way): Way | undefined {
      if (typeof k === 'number' && k >= this.from && k < this.wroteTo && base[0] === this.rangeAt) return way;
      return this.oneWrite(k, PLAIN_WRITE, site, way);
    }

    u(k: unknown, site: number, way?: Way): Way | undefined {
      if (typeof k === 'number' && k >= this.from && k < this.wroteTo && base[0] === this.rangeAt) return way;
      return this.oneWrite(k, PLAIN_UPDATE, site, way);
    }

    R(k: unknown, site: number, way?: Way): Way | undefined {
      if (typeof k === 'number') {
        if (k >= this.from && k < this.readTo) return way;
        if (k >>> 0 === k && k < this.length && this.hasRead(k)) return way;
      }
      return this.oneRead(k, site, way);
    }

    W(k: unknown, site: number, way?: Way): Way | undefined {
      if (typeof k === 'number') {
        if (k >= this.from && k < this.wroteTo && base[0] === this.rangeAt) return way;
        if (k >>> 0 === k && k < this.length && this.hasWritten(k)) return way;
      }
      return this.oneWrite(k, PLAIN_WRITE, site, way);
    }

    U(k: unknown, site: number, way?: Way): Way | undefined {
      if (typeof k === 'number') {
        if (k >= this.from && k < this.wroteTo && base[0] === this.rangeAt) return way;
        if (k >>> 0 === k && k < this.length && this.hasWritten(k)) return way;
      }
      return this.oneWrite(k, PLAIN_UPDATE, site, way);
    }

    /** Whether the lane remembers a read of element `k`, which is below `length`. */
    private hasRead(k: number): boolean {
      const e = k + this.first;
      const { read } = this;
      const now = base[0] as number;
      const at = (e >>> BLOCK_SHIFT) << ENTRY_SHIFT;
      return (
        (read[at + WHOLE] as number) >= now ||
        // else the cell is old, and often far away
        ((read[at + PART] as number) >= now &&
          ((this.reads[e >>> CHUNK_SHIFT] as Uint32Array)[e & CHUNK_MASK] as number) >= now)
      );
    }

    private hasWritten(k: number): boolean {
      const e = k + this.first;
      const { wrote } = this;
      const now = base[0] as number;
      const at = (e >>> BLOCK_SHIFT) << ENTRY_SHIFT;
      return (
        (wrote[at + WHOLE] as number) >= now ||
        ((wrote[at + PART] as number) >= now &&
          ((this.writes[e >>> CHUNK_SHIFT] as Uint32Array)[e & CHUNK_MASK] as number) >= now)
      );
    }

    /** What is behind `r` and `R`. */
    lookAtReads(k: unknown, site: number, way: Slot | undefined): Slot | undefined {
      if (typeof k !== 'number' || k >>> 0 !== k || k >= this.length) return this.slower(k, PLAIN_READ, site);
      return this.hasRead(k) ? way : this.slow(k, PLAIN_READ, site, way);
    }

    /** What is behind the others. */
    lookAtWrites(k: unknown, kind: Kind, site: number, way: Slot | undefined): Slot | undefined {
      if (typeof k !== 'number' || k >>> 0 !== k || k >= this.length) return this.slower(k, kind, site);
      return this.hasWritten(k) ? way : this.slow(k, kind, site, way);
    }

    m(k: unknown, value: unknown, site: number, way?: Way | boolean): Way | boolean {
      // what is no number may be refused by an array of numbers, and a number by one of bigints; and a key that is
      // converted may change what the value is
      if (typeof value === 'number' && typeof k === 'number' && !this.big) {
        return this.u(k, site, typeof way === 'object' ? way : undefined) ?? true;
      }
      this.r(k, site);
      return false;
    }

    get steady(): boolean {
      return !this.big && this.fixed;
    }

    s(kind: number, from: number, by: number, count: number, site: number): boolean {
      if (
        from >= this.from &&
        by >= 0 &&
        from + by * (count - 1) < (kind === 0 ? this.readTo : this.wroteTo) &&
        base[0] === this.rangeAt
      )
        return true;
      this.swept(kind, from, by, count, site);
      return true;
    }

    sweep(kind: number, from: number, by: number, count: number, site: number): void {
      if (this.block.shadow === undefined || count === 0) return;
      this.sweptView().sweep(kind, from, by, count, site);
    }

    private sweptView(): SweptView {
      // so that the view is told when its lane is no longer the thread's own
      if (this.length === 0) this.activate(0);
      this.loops ??= new SweptView(this, host);
      return this.loops;
    }

    g(
      kind: number,
      site: number,
      first: number,
      by: number,
      count: number,
      by1 = 0,
      count1 = 1,
      by2 = 0,
      count2 = 1,
      by3 = 0,
      count3 = 1,
    ): boolean {
      grid.begin(first);
      grid.add(by, count);
      grid.add(by1, count1);
      grid.add(by2, count2);
      grid.add(by3, count3);
      try {
        if (grid.empty || this.block.shadow === undefined) return true;
        return grid.settle() && this.sweptView().sweepGrid(kind, grid, site);
      } catch (error) {
        detector.survive(error);
        return false;
      }
    }

    all(site: number, literal?: readonly PropertyKey[], computed?: readonly PropertyKey[]): void {
      const length = this.count();
      for (let i = 0; i < length; i++) if (!holds(literal, i) && !holds(computed, i)) this.r(i, site);
    }

    get keys(): PropertyKey[] {
      return [];
    }

    c(maker: unknown, site: number): void {
      if (makesTypedArrays(maker)) this.all(site);
    }

    l(how: unknown, site: number): void {
      if (how === applyMethod) this.all(site);
    }

    readAt(index: number, stack: number): void {
      try {
        if (this.block.shadow === undefined || !(index < this.length || this.activate(index))) return;
        const element = this.first + index;
        if (this.loops?.knows(index, PLAIN_READ) || detector.remembers(this, element, PLAIN_READ)) return;
        detector.note(this, element, PLAIN_READ, stack);
      } catch (error) {
        detector.survive(error);
      }
    }

    /** An access to an element of its length that the lane does not remember. */
    private slow(k: number, kind: Kind, site: number, way: Slot | undefined): Slot | undefined {
      try {
        if (this.loops?.knows(k, kind)) return way;
        if (way !== undefined && detector.noteBy(way, this, this.first + k)) return way;
        return this.check(k, kind, site);
      } catch (error) {
        detector.survive(error);
        return undefined;
      }
    }

    showRange(first: number, end: number, kind: number): void {
      if (this.readTo === 0) live.show(this);
      this.from = first;
      this.readTo = end;
      this.wroteTo = kind === 0 ? 0 : end;
      this.rangeAt = base[0] as number;
    }

    showsRange(first: number, end: number, kind: number): boolean {
      return (
        base[0] === this.rangeAt && first >= this.from && end <= (kind === 0 ? this.readTo : this.wroteTo)
      );
    }

    hideRange(): void {
      this.readTo = 0;
      this.wroteTo = 0;
    }

    /** One by a key that is no index below `length`: unshared, out of range, grown, or of another type. */
    private slower(key: unknown, kind: Kind, site: number): Slot | undefined {
      if (this.lost || this.block.shadow === undefined) return undefined;
      const known = isObject(key) ? convertAhead(key) : key;
      try {
        const index = canonicalIndex(known);
        const isKnown = index >= 0 && index < this.count() && (index < this.length || this.activate(index));
        return isKnown ? this.check(index, kind, site) : undefined;
      } catch (error) {
        detector.survive(error);
        return undefined;
      }
    }

    private check(k: number, kind: Kind, site: number): Slot | undefined {
      return detector.note(this, this.first + k, kind, host.stackOf(site));
    }

    /** The block is shared, or has grown: look at its lane from now on. */
    private activate(index: number): boolean {
      const { shadow } = this.block;
      const lane = shadow && detector.laneOf(shadow, this.size);
      if (lane === undefined) {
        this.lost = shadow !== undefined && detector.tid !== 0;
        return false;
      }
      if (this.length === 0) live.enter(this);
      if (lane !== this.lane) this.look(lane, shadow as Shadow);
      this.length = Math.min(this.count(), lane.elements - this.first);
      return index < this.length;
    }

    private look(lane: Lane, shadow: Shadow): void {
      const { wrote, read, reads, writes } = lane;
      this.loops = undefined;
      this.lane = lane;
      this.shadow = shadow;
      this.plane = shadow.plane(this.size as number as AccessClass);
      this.wrote = wrote;
      this.read = read;
      this.reads = reads;
      this.writes = writes;
    }

    leave(): void {
      this.length = 0;
      this.lost = false;
    }
  }

  // The fast path is worth inlining into the user's loop, and what is behind it is not: inlined there it makes
  // a loop half as fast, and throws its code away when something there is new. V8 inlines no call that has had
  // several targets, so it is shown another one first.
  const behind: Behind = {
    oneRead(key, site, way) {
      return this.lookAtReads(key, site, way as Slot | undefined);
    },
    oneWrite(key, kind, site, way) {
      return this.lookAtWrites(key, kind, site, way as Slot | undefined);
    },
    swept(kind, from, by, count, site) {
      try {
        this.sweep(kind, from, by, count, site);
      } catch (error) {
        detector.survive(error);
      }
    },
  };
  const nothing: Behind = { oneRead: () => undefined, oneWrite: () => undefined, swept() {} };
  const unshared: SharedBlock = { shadow: undefined, byteLength: 0, allocatedBy: -1, allocatedAt: 0 };
  const empty = new Int32Array(0);
  const taught = [behind, nothing].map((how) => new ThreadView(empty, 'Int32Array', unshared, how));
  for (let i = 0; i < TEACHING_CALLS; i++) {
    const view = taught[i % 2] as ThreadView;
    view.r(0, 0);
    view.w(0, 0);
    view.u(0, 0);
    view.R(0, 0);
    view.W(0, 0);
    view.U(0, 0);
    view.m(0, 0, 0);
    view.s(0, 0, 1, 0, 0);
  }

  return installStamp(host, key, (array, name, block) => new ThreadView(array, name, block, behind));
}

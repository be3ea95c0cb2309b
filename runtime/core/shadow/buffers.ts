/**
 * The shadow of a shared buffer. For each element size s in use (1, 2, 4, 8 bytes) there is a plane with one
 * cell for each aligned s bytes, and, once an Atomics operation of that size has been seen, a plane with one
 * word for each element: its sync variable. Planes are taken on first use, by whichever thread comes first.
 *
 * The head of a buffer lies in the buffers table and is the same for all threads; a `Shadow` is one thread's
 * handle on it.
 */
import { Control, SingleLock, Weakness } from '../memory/control.ts';
import type { Locks } from '../memory/lock.ts';
import type { Memory } from '../memory/memory.ts';
import { OutOfShadowMemory } from '../memory/table.ts';
import { CELL_WORDS } from './cell.ts';

/** log2 of an element size in bytes */
export type Log2 = 0 | 1 | 2 | 3;

/** Words of a head. */
const Head = {
  /** byte length that the block can grow to, low and high part */
  LENGTH: 0,
  LENGTH_HIGH: 1,
  /** bit s: the plane of cells for size 2 ** s is in use. Changed by Atomics, set before the first access */
  SIZES: 2,
  /** bit s: there are sync variables of size 2 ** s */
  SYNCS: 3,
  /** per size: segment + 1 of the plane of cells, 0 when there is none; written last */
  CELL_SEGMENT: 4,
  CELL_AT: 8,
  SYNC_SEGMENT: 12,
  SYNC_AT: 16,
  ALLOCATED_BY: 20,
  ALLOCATED_AT: 21,
} as const;
const HEAD_WORDS = 32;

export class Shadow {
  readonly id: number;
  readonly byteLength: number;
  readonly cells: (Int32Array | undefined)[] = [undefined, undefined, undefined, undefined];
  readonly syncs: (Int32Array | undefined)[] = [undefined, undefined, undefined, undefined];
  private readonly buffers: Buffers;
  private readonly head: number;

  constructor(buffers: Buffers, id: number) {
    this.buffers = buffers;
    this.id = id;
    this.head = id * HEAD_WORDS;
    const words = buffers.head(id);
    this.byteLength =
      (words[this.head + Head.LENGTH] as number) + (words[this.head + Head.LENGTH_HIGH] as number) * 2 ** 30;
  }

  /** Bit set of the element sizes whose cells are in use by any thread. */
  sizes(): number {
    return Atomics.load(this.buffers.table.words, this.head + Head.SIZES);
  }

  syncSizes(): number {
    return Atomics.load(this.buffers.table.words, this.head + Head.SYNCS);
  }

  /** The cells of a size, from the first byte on. Throws OutOfShadowMemory. */
  plane(size: Log2): Int32Array {
    let plane = this.cells[size];
    if (plane === undefined) {
      const count = Math.floor(this.byteLength / 2 ** size) * CELL_WORDS;
      plane = this.buffers.plane(this.head, Head.CELL_SEGMENT + size, Head.CELL_AT + size, count);
      this.cells[size] = plane;
      Atomics.or(this.buffers.table.words, this.head + Head.SIZES, 1 << size);
    }
    return plane;
  }

  /** The sync variables of a size: one word an element, 0 when it has none. Throws OutOfShadowMemory. */
  syncPlane(size: Log2): Int32Array {
    let plane = this.syncs[size];
    if (plane === undefined) {
      const count = Math.floor(this.byteLength / 2 ** size);
      plane = this.buffers.plane(this.head, Head.SYNC_SEGMENT + size, Head.SYNC_AT + size, count);
      this.syncs[size] = plane;
      Atomics.or(this.buffers.table.words, this.head + Head.SYNCS, 1 << size);
    }
    return plane;
  }

  get allocatedBy(): number {
    return (this.buffers.table.words[this.head + Head.ALLOCATED_BY] as number) - 1;
  }

  get allocatedAt(): number {
    return this.buffers.table.words[this.head + Head.ALLOCATED_AT] as number;
  }
}

export class Buffers {
  private readonly memory: Memory;
  private readonly locks: Locks;
  private readonly handles = new Map<number, Shadow>();

  constructor(memory: Memory, locks: Locks) {
    this.memory = memory;
    this.locks = locks;
  }

  get table(): Memory['buffers'] {
    return this.memory.buffers;
  }

  head(id: number): Int32Array {
    return this.memory.buffers.ensure((id + 1) * HEAD_WORDS);
  }

  /** A new head; its id is never 0. `allocatedBy` is a thread's sequence number or -1. */
  create(byteLength: number, allocatedBy: number, allocatedAt: number): Shadow {
    const at = this.memory.buffers.take(HEAD_WORDS, HEAD_WORDS);
    const words = this.memory.buffers.words;
    words[at + Head.LENGTH] = byteLength % 2 ** 30;
    words[at + Head.LENGTH_HIGH] = Math.floor(byteLength / 2 ** 30);
    words[at + Head.ALLOCATED_BY] = allocatedBy + 1;
    words[at + Head.ALLOCATED_AT] = allocatedAt;
    return this.get(at / HEAD_WORDS);
  }

  get(id: number): Shadow {
    let shadow = this.handles.get(id);
    if (shadow === undefined) {
      shadow = new Shadow(this, id);
      this.handles.set(id, shadow);
    }
    return shadow;
  }

  /** A handle that no wrapper of this thread needs any longer. */
  forget(id: number): void {
    this.handles.delete(id);
  }

  count(): number {
    return Math.max(0, Math.floor(Atomics.load(this.memory.buffers.words, 0) / HEAD_WORDS) - 1);
  }

  /** A plane is cut where one segment ends: what lies behind goes unchecked, and the summary says so. */
  plane(head: number, segmentWord: number, atWord: number, whole: number): Int32Array {
    const words = this.table.words;
    const count = Math.min(whole, this.most());
    if (count < whole) Atomics.or(this.memory.control.words, Control.WEAKNESS, Weakness.NO_MEMORY);
    if (Atomics.load(words, head + segmentWord) === 0) {
      const lock = this.locks.single(SingleLock.ALLOCATE);
      this.locks.lock(lock);
      try {
        if (Atomics.load(words, head + segmentWord) === 0) {
          const segment = this.segmentFor(count);
          // cells start on a cache line
          words[head + atWord] = (this.memory.cells[segment] as Memory['buffers']).take(count, 16);
          Atomics.store(words, head + segmentWord, segment + 1);
        }
      } finally {
        this.locks.unlock(lock);
      }
    }
    const segment = Atomics.load(words, head + segmentWord) - 1;
    const at = (words[head + atWord] as number) >>> 0;
    const table = this.memory.cells[segment] as Memory['buffers'];
    return table.ensure(at + count).subarray(at, at + count);
  }

  /** Words that a segment has room for when it is empty. */
  private most(): number {
    return Math.floor((this.memory.cells[0] as Memory['buffers']).buffer.maxByteLength / 4) - 4096;
  }

  private segmentFor(count: number): number {
    const control = this.memory.control.words;
    for (let s = Atomics.load(control, Control.SEGMENT); s < this.memory.cells.length; s++) {
      if ((this.memory.cells[s] as Memory['buffers']).hasRoom(count)) return s;
    }
    throw new OutOfShadowMemory('no segment has room for the shadow of a shared buffer');
  }
}

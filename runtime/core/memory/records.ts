/**
 * Small pieces of shared memory that come and go (the clocks of sync variables): powers of two of
 * words, from 8 up. A freed piece goes to a list of the thread that freed it; a list that grows long gives half to
 * a list that all share. The lists hang on the thread's entry, for whoever survives it. Pieces come back as they
 * are, not zeroed; the first word of a free one links to the next.
 *
 * A piece is reached only under the lock of the block whose sync variable holds it.
 */
import { SingleLock } from './control.ts';
import type { Locks } from './lock.ts';
import type { Table } from './table.ts';

const SMALLEST = 3;
const CLASSES = 12;
const LOCAL_LIMIT = 512;
/** words 16 … in the records table: heads of the shared free lists */
const HEADS_AT = 16;
/** first lane of a thread's entry that heads a list of its own, one a class */
export const FREE_LISTS = 16;

export class Records {
  readonly table: Table;
  private readonly locks: Locks;
  /** this thread's entry */
  private readonly slot: Int32Array;
  /** lengths of this thread's lists */
  private readonly counts = new Int32Array(CLASSES);

  constructor(table: Table, locks: Locks, slot: Int32Array) {
    this.table = table;
    this.locks = locks;
    this.slot = slot;
    if (table.words[0] === HEADS_AT) table.take(CLASSES);
  }

  /** The words; may be replaced by a longer view whenever something was taken. */
  get words(): Int32Array {
    return this.table.words;
  }

  /** Index of a piece of at least 2 ** log2 words. */
  take(log2: number): number {
    const list = FREE_LISTS + log2 - SMALLEST;
    const mine = this.slot[list] as number;
    if (mine === 0) return this.takeShared(log2) || this.table.take(1 << log2, Math.min(16, 1 << log2));
    this.counts[log2 - SMALLEST]!--;
    this.slot[list] = this.table.ensure(mine + (1 << log2))[mine] as number;
    return mine;
  }

  free(at: number, log2: number): void {
    const { slot, counts } = this;
    const list = FREE_LISTS + log2 - SMALLEST;
    this.table.words[at] = slot[list] as number;
    slot[list] = at;
    if (++counts[log2 - SMALLEST]! > LOCAL_LIMIT) this.give(slot, log2 - SMALLEST, LOCAL_LIMIT / 2);
  }

  /** Gives all free pieces to the shared lists: the thread ends. */
  giveAll(): void {
    this.inherit(this.slot);
    this.counts.fill(0);
  }

  /** The same for another thread, which has ended. */
  inherit(slot: Int32Array): void {
    for (let c = 0; c < CLASSES; c++) this.give(slot, c, Number.POSITIVE_INFINITY);
  }

  private give(slot: Int32Array, c: number, most: number): void {
    const first = slot[FREE_LISTS + c] as number;
    if (first === 0) return;
    const lock = this.locks.single(SingleLock.RECORDS);
    this.locks.lock(lock);
    try {
      const head = HEADS_AT + c;
      let last = first;
      let count = 1;
      let words = this.table.ensure(last + 1);
      for (; count < most && words[last] !== 0; count++) {
        last = words[last] as number;
        words = this.table.ensure(last + 1);
      }
      if (slot === this.slot) this.counts[c]! -= count;
      // all of it happens, or nothing (recovery.ts)
      slot[FREE_LISTS + c] = words[last] as number;
      words[last] = words[head] as number;
      words[head] = first;
    } finally {
      this.locks.unlock(lock);
    }
  }

  private takeShared(log2: number): number {
    const head = HEADS_AT + log2 - SMALLEST;
    if (this.table.words[head] === 0) return 0;
    const lock = this.locks.single(SingleLock.RECORDS);
    this.locks.lock(lock);
    try {
      const at = this.table.words[head] as number;
      if (at === 0) return 0;
      const words = this.table.ensure(at + (1 << log2));
      words[head] = words[at] as number;
      return at;
    } finally {
      this.locks.unlock(lock);
    }
  }
}

/**
 * Small pieces of shared memory that come and go (access sets, clocks of sync variables): powers of two of
 * words, from 8 up. A freed piece goes to a list of the thread that freed it; a list that grows long gives half to
 * a list that all share. Pieces come back as they are, not zeroed.
 *
 * A piece is reached only under the lock of the block whose cell or sync variable holds it, except for the
 * peek of an access set (shadow/access-set.ts).
 */
import { SingleLock } from './control.ts';
import type { Locks } from './lock.ts';
import type { Table } from './table.ts';

const SMALLEST = 3;
const CLASSES = 12;
const LOCAL_LIMIT = 512;
/** words 16 … in the records table: heads of the shared free lists; the first word of a free piece links on */
const HEADS_AT = 16;

export class Records {
  readonly table: Table;
  private readonly locks: Locks;
  private readonly local: number[][] = Array.from({ length: CLASSES }, () => []);

  constructor(table: Table, locks: Locks) {
    this.table = table;
    this.locks = locks;
    if (table.words[0] === HEADS_AT) table.take(CLASSES);
  }

  /** The words; may be replaced by a longer view whenever something was taken. */
  get words(): Int32Array {
    return this.table.words;
  }

  /** Index of a piece of at least 2 ** log2 words. */
  take(log2: number): number {
    const list = this.local[log2 - SMALLEST] as number[];
    const mine = list.pop();
    if (mine !== undefined) {
      this.table.ensure(mine + (1 << log2));
      return mine;
    }
    return this.takeShared(log2) || this.table.take(1 << log2, 8);
  }

  free(at: number, log2: number): void {
    const list = this.local[log2 - SMALLEST] as number[];
    list.push(at);
    if (list.length > LOCAL_LIMIT) this.give(log2, LOCAL_LIMIT / 2);
  }

  /** Gives all free pieces to the shared lists: the thread ends. */
  giveAll(): void {
    for (let c = 0; c < CLASSES; c++) this.give(c + SMALLEST, (this.local[c] as number[]).length);
  }

  private give(log2: number, count: number): void {
    if (count === 0) return;
    const list = this.local[log2 - SMALLEST] as number[];
    const head = HEADS_AT + log2 - SMALLEST;
    const lock = this.locks.single(SingleLock.RECORDS);
    this.locks.lock(lock);
    try {
      const words = this.table.words;
      for (let i = 0; i < count; i++) {
        const at = list.pop() as number;
        words[at] = words[head] as number;
        words[head] = at;
      }
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

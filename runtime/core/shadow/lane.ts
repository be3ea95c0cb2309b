/**
 * A lane: what one thread did to the elements of a plane. Only that thread writes it, all read it, so it needs no
 * lock. An access is remembered as a cell, in one of three ways:
 *
 *   rows    a loop touched whole ranges of elements, one like the other: one cell stands for all of them (rows.ts)
 *   whole   the access touched every element of a block of 64: one cell stands for all of them
 *   part    it touched some: a short cell each, in chunks that are made when first needed, and the latest of them in
 *           the block, so that who finds that cell ordered need not look at the elements
 *
 * The last access to an element is the greatest of its own cell, that of its whole block, and those of rows. A write is a
 * read as well here, but for rows: `read` has it too, and it stands for the reads of its thread.
 *
 * A short cell's code stands for one of the first marks that the lane has met. The marks of elements that were accessed
 * in yet another way stand apart, a word each: who recurses has more stacks than there are codes.
 *
 * The entries of writes and of reads lie apart: who only reads looks at the former only, which readers do not touch.
 * Who knows the latest epoch in which the thread did anything here need not look at the blocks at all.
 */

import type { Tid } from '../clock/epoch.ts';
import { atomicStore } from '../memory/atomics.ts';
import type { Table } from '../memory/table.ts';
import type { Arena, Place } from './arena.ts';
import {
  type Cell,
  CLOCK_UNIT,
  clockOfCell,
  codeOfShort,
  FAR_CODE,
  MARK_BITS,
  MARK_CODES,
  makeCell,
  OWN_CODE,
} from './cell.ts';
import { Chunks, LOST_CHUNK, NO_CHUNK } from './chunks.ts';
import { Codes } from './codes.ts';
import type { Log2 } from './kind.ts';
import { BLOCK, CHUNK_MASK, CHUNK_SHIFT, ENTRY_SHIFT } from './layout.ts';
import { ROWS_BYTES, Rows } from './rows.ts';

/** The words of a lane in the table of lanes. */
export const LaneWord = {
  TID: 0,
  INDEX: 1,
  BLOCKS: 2,
  WRITES: 3,
  READS: 4,
  NEXT: 5,
  FAR_WRITES: 6,
  FAR_READS: 7,
  ROWS: 8,
} as const;
export const LANE_WORDS = 16;

export const blocksOf = (elements: number): number => Math.ceil(elements / BLOCK);

/** Of `latest`, each on a cache line of its own: who only reads does not disturb others who do. */
export const WRITTEN = 0;
export const TOUCHED = 8;
/** Of rows: so much behind each. */
export const IN_ROWS = 1;
/** The words behind them: each mark that has a code, plus 1. */
const MARKS = (TOUCHED + IN_ROWS + 1) * 2;
/** on the line of TOUCHED, or on three lines more; of a small lane only the former */
const FEW_MARKS = 12;
const SMALL = 16 * BLOCK;

const marksOf = (elements: number): number => (elements > SMALL ? MARK_CODES : FEW_MARKS);
const latestCells = (elements: number): number => (elements > SMALL ? 48 : 16);

/** Of the entries of all blocks, `latest`, and the marks. */
export const laneBytes = (elements: number): number =>
  blocksOf(elements) * (16 << ENTRY_SHIFT) + latestCells(elements) * 8;

/** of the clock, beside a mark that stands apart: they tell one that is just being changed */
const CLOCK_TAG = 32 - MARK_BITS;
const TAGS = 1 << CLOCK_TAG;
const MARK_MASK = 2 ** MARK_BITS - 1;

/** An element is looked at again while its thread is changing it. */
const LOOKS = 1000;

export class Lane {
  readonly tid: Tid;
  /** bit of the lane in the masks of its plane; more than 31 lanes share them */
  readonly bit: number;
  /** WHOLE and PART of each block: of its writes, of its reads */
  readonly wrote: Float64Array;
  readonly read: Float64Array;
  /** At least the base of the epoch of the lane's last write, and of its last access, if that is not older; beside them of rows. */
  readonly latest: Float64Array;
  /** by chunk: the short cells of writes and reads */
  readonly writes: Uint32Array[];
  readonly reads: Uint32Array[];
  private readonly arena: Arena;
  private readonly words: Int32Array;
  readonly at: number;
  readonly size: Log2;
  readonly elements: number;
  private readonly writeCells: Chunks;
  private readonly readCells: Chunks;
  private farWrites: Chunks | undefined;
  private farReads: Chunks | undefined;
  private readonly codes: Codes;
  private rows: Rows | undefined;

  constructor(arena: Arena, table: Table, at: number, size: Log2, elements: number) {
    const words = table.ensure(at + LANE_WORDS);
    this.arena = arena;
    this.words = words;
    this.at = at;
    this.size = size;
    this.elements = elements;
    this.tid = words[at + LaneWord.TID] as Tid;
    this.bit = 1 << ((words[at + LaneWord.INDEX] as number) & 31);
    const entries = blocksOf(elements) << ENTRY_SHIFT;
    const cells = latestCells(elements);
    const place = words[at + LaneWord.BLOCKS] as Place;
    const blocks = arena.float64(place, entries * 2 + cells);
    this.latest = blocks.subarray(0, cells);
    this.wrote = blocks.subarray(cells, cells + entries);
    this.read = blocks.subarray(cells + entries);
    this.codes = new Codes(arena.int32(place, cells * 2).subarray(MARKS, MARKS + marksOf(elements)));
    this.writeCells = new Chunks(arena, words, at + LaneWord.WRITES, elements);
    this.readCells = new Chunks(arena, words, at + LaneWord.READS, elements);
    this.writes = this.writeCells.list;
    this.reads = this.readCells.list;
  }

  /** A chunk of short cells, made when there is none: of the thread's own lane. */
  take(write: boolean, chunk: number): Uint32Array {
    return (write ? this.writeCells : this.readCells).take(chunk);
  }

  /** Of whichever thread's lane. */
  look(write: boolean, chunk: number): Uint32Array {
    return (write ? this.writeCells : this.readCells).look(chunk);
  }

  /**
   * Of another thread's lane: whether any of the elements first … end has ever had a cell of its own, of a write or of a read
   * too. Of atomic accesses that is all that there can be.
   */
  hasCells(first: number, end: number, anything: boolean): boolean {
    for (let e = first; e < end; e++) {
      if (cellOf(this.writeCells, this.writes, e) !== 0) return true;
      if (anything && cellOf(this.readCells, this.reads, e) !== 0) return true;
    }
    return false;
  }

  /** Of the thread's own lane, which has none. Throws OutOfShadowMemory. */
  makeRows(): Rows {
    atomicStore(this.words, this.at + LaneWord.ROWS, this.arena.takeAlone(ROWS_BYTES));
    return this.findRows();
  }

  /** What there is of rows, of whichever thread's lane. */
  lookAtRows(): Rows | undefined {
    if (this.rows !== undefined) return this.rows;
    return this.words[this.at + LaneWord.ROWS] === 0 ? undefined : this.findRows();
  }

  private findRows(): Rows {
    const { arena } = this;
    const place = this.words[this.at + LaneWord.ROWS] as Place;
    this.rows = new Rows(arena.float64(place, ROWS_BYTES / 8), arena.int32(place, ROWS_BYTES / 4));
    return this.rows;
  }

  /** The code of a mark, which it has from now on; FAR_CODE when there is none left. */
  codeOf(mark: number): number {
    return this.codes.of(mark);
  }

  /** Remembers an access whose mark has no code. `base` is the first cell of its epoch. */
  setFar(write: boolean, element: number, base: Cell, mark: number): void {
    const chunk = element >>> CHUNK_SHIFT;
    const i = element & CHUNK_MASK;
    const far = this.far(write).take(chunk);
    const cells =
      far === LOST_CHUNK ? (write ? this.writeCells : this.readCells).lose(chunk) : this.take(write, chunk);
    const word = ((clockOfCell(base) % TAGS) << MARK_BITS) | mark;
    // both happen, or none (recovery.ts)
    far[i] = word;
    cells[i] = base + FAR_CODE;
  }

  /** A short cell of an element with its mark. 0: there is no read any more, only a write. */
  inFull(write: boolean, element: number, short: number): Cell {
    const chunk = element >>> CHUNK_SHIFT;
    const i = element & CHUNK_MASK;
    let base = 0;
    for (let cell = short, looks = 0; looks < LOOKS; looks++) {
      const code = codeOfShort(cell);
      base = cell - code;
      if (code === OWN_CODE) return 0;
      if (code === FAR_CODE) {
        const word = this.far(write).look(chunk)[i] as number;
        if (word !== 0 && word >>> MARK_BITS === clockOfCell(base) % TAGS)
          return makeCell(base, word & MARK_MASK);
      } else {
        const mark = this.codes.markOf(code);
        if (mark >= 0) return makeCell(base, mark);
      }
      cell = this.look(write, chunk)[i] as number;
    }
    return base;
  }

  private far(write: boolean): Chunks {
    if (write) this.farWrites ??= this.farChunks(LaneWord.FAR_WRITES);
    else this.farReads ??= this.farChunks(LaneWord.FAR_READS);
    return (write ? this.farWrites : this.farReads) as Chunks;
  }

  private farChunks(word: number): Chunks {
    return new Chunks(this.arena, this.words, this.at + word, this.elements);
  }

  /** Others may have to look for what the epoch that begins with the cell `base` does here, but for rows. */
  touch(write: boolean, base: Cell): void {
    const { latest } = this;
    if ((latest[TOUCHED] as number) < base) latest[TOUCHED] = base;
    if (write && (latest[WRITTEN] as number) < base) latest[WRITTEN] = base;
  }

  /** The same of rows. */
  touchRows(write: boolean, base: Cell): void {
    const { latest } = this;
    if ((latest[TOUCHED + IN_ROWS] as number) < base) latest[TOUCHED + IN_ROWS] = base;
    if (write && (latest[WRITTEN + IN_ROWS] as number) < base) latest[WRITTEN + IN_ROWS] = base;
  }

  /** Gives back all that was taken for the lane, which nobody reads any more, but for its words. */
  dispose(): void {
    this.arena.give(this.words[this.at + LaneWord.BLOCKS] as Place, laneBytes(this.elements));
    const rows = this.words[this.at + LaneWord.ROWS] as Place;
    if (rows !== 0) this.arena.give(rows, ROWS_BYTES);
    this.writeCells.dispose();
    this.readCells.dispose();
    this.far(true).dispose();
    this.far(false).dispose();
  }

  /** The lane that was made before it; 0 for none. */
  get previous(): number {
    return this.words[this.at + LaneWord.NEXT] as number;
  }
}
/** Of whichever thread's lane; `list` is that of the chunks. */
function cellOf(chunks: Chunks, list: readonly Uint32Array[], element: number): number {
  const chunk = element >>> CHUNK_SHIFT;
  let cells = list[chunk] as Uint32Array;
  if (cells === NO_CHUNK) cells = chunks.look(chunk);
  return cells[element & CHUNK_MASK] as number;
}

if (CLOCK_UNIT <= MARK_CODES + 1) throw new Error('two codes must be left for what is no mark');

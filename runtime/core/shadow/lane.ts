/**
 * A lane: what one thread did to the elements of a plane. Only that thread writes it, all read it, so it needs no
 * lock. An access is remembered as a cell, in one of two ways:
 *
 *   whole   the access touched every element of a block of 64: one cell stands for all of them
 *   part    it touched some: a cell each, in chunks that are made when first needed, and the latest of them in the
 *           block, so that who finds that cell ordered need not look at the elements
 *
 * The last access to an element is the greater of its own cell and that of its whole block. A write is a read as
 * well here: `read` has it too, and it stands for the reads of its thread.
 *
 * The entries of writes and of reads lie apart: who only reads looks at the former only, which readers do not touch.
 * Who knows the latest epoch in which the thread did anything here need not look at the blocks at all.
 */

import type { Tid } from '../clock/epoch.ts';
import { atomicLoad, atomicStore } from '../memory/atomics.ts';
import { OutOfShadowMemory, type Table } from '../memory/table.ts';
import type { Arena, Place } from './arena.ts';
import type { Cell } from './cell.ts';

export const BLOCK_SHIFT = 6;
export const BLOCK: number = 1 << BLOCK_SHIFT;
/** log2 of the cells of a block's entry in `wrote` and `read` */
export const ENTRY_SHIFT = 1;
export const WHOLE = 0;
export const PART = 1;

export const CHUNK_SHIFT = 12;
export const CHUNK: number = 1 << CHUNK_SHIFT;
export const CHUNK_MASK: number = CHUNK - 1;
/** What stands for a chunk that was never made. */
export const NO_CHUNK: Float64Array = new Float64Array(CHUNK);
/** What the thread itself takes for chunks that there was no memory for; nobody else looks at it. */
const LOST_CHUNK = new Float64Array(CHUNK);

/** The words of a lane in the table of lanes. */
export const LaneWord = { TID: 0, INDEX: 1, BLOCKS: 2, WRITES: 3, READS: 4, NEXT: 5 } as const;
export const LANE_WORDS = 8;

export const blocksOf = (elements: number): number => Math.ceil(elements / BLOCK);
export const chunksOf = (elements: number): number => Math.ceil(elements / CHUNK);

/** Of `latest`, each on a cache line of its own: who only reads does not disturb others who do. */
export const WRITTEN = 0;
export const TOUCHED = 8;
const LATEST_CELLS = 16;

/** Of the entries of all blocks, and `latest`. */
export const laneBytes = (elements: number): number =>
  blocksOf(elements) * (16 << ENTRY_SHIFT) + LATEST_CELLS * 8;

export class Lane {
  readonly tid: Tid;
  /** bit of the lane in the masks of its plane; more than 31 lanes share them */
  readonly bit: number;
  /** WHOLE and PART of each block: of its writes, of its reads */
  readonly wrote: Float64Array;
  readonly read: Float64Array;
  /** at least the base of the epoch of the lane's last write, and of its last access, if that is not older */
  readonly latest: Float64Array;
  /** by chunk: the cells of writes and reads, NO_CHUNK where nothing is known of any */
  readonly writes: Float64Array[];
  readonly reads: Float64Array[];
  private readonly arena: Arena;
  private readonly words: Int32Array;
  readonly at: number;
  readonly elements: number;
  private readonly writePlaces: Int32Array;
  private readonly readPlaces: Int32Array;

  constructor(arena: Arena, table: Table, at: number, elements: number) {
    const words = table.ensure(at + LANE_WORDS);
    const chunks = chunksOf(elements);
    this.arena = arena;
    this.words = words;
    this.at = at;
    this.elements = elements;
    this.tid = words[at + LaneWord.TID] as Tid;
    this.bit = 1 << ((words[at + LaneWord.INDEX] as number) & 31);
    const entries = blocksOf(elements) << ENTRY_SHIFT;
    const blocks = arena.float64(words[at + LaneWord.BLOCKS] as Place, entries * 2 + LATEST_CELLS);
    this.latest = blocks.subarray(0, LATEST_CELLS);
    this.wrote = blocks.subarray(LATEST_CELLS, LATEST_CELLS + entries);
    this.read = blocks.subarray(LATEST_CELLS + entries);
    this.writes = new Array(chunks).fill(NO_CHUNK);
    this.reads = new Array(chunks).fill(NO_CHUNK);
    // the only chunk needs no directory
    const places = (word: number): Int32Array =>
      chunks === 1
        ? words.subarray(at + word, at + word + 1)
        : arena.int32(words[at + word] as Place, chunks);
    this.writePlaces = places(LaneWord.WRITES);
    this.readPlaces = places(LaneWord.READS);
  }

  /**
   * The chunk of cells, made when there is none: of the thread's own lane. Where no memory is left, accesses to its
   * elements are not recorded, and cost no more than those that are.
   */
  take(write: boolean, chunk: number): Float64Array {
    const list = write ? this.writes : this.reads;
    const known = list[chunk] as Float64Array;
    if (known !== NO_CHUNK) return known;
    try {
      const places = write ? this.writePlaces : this.readPlaces;
      if (places[chunk] === 0) {
        atomicStore(places, chunk, this.arena.takeAlone(this.lengthOf(chunk) * 8));
      }
      return this.look(write, chunk);
    } catch (error) {
      if (!(error instanceof OutOfShadowMemory)) throw error;
      this.arena.tellFull();
      list[chunk] = LOST_CHUNK;
      return LOST_CHUNK;
    }
  }

  /** The chunk of cells of whichever thread's lane. */
  look(write: boolean, chunk: number): Float64Array {
    const list = write ? this.writes : this.reads;
    const known = list[chunk] as Float64Array;
    if (known !== NO_CHUNK) return known;
    const place = atomicLoad(write ? this.writePlaces : this.readPlaces, chunk) as Place;
    if (place === 0) return NO_CHUNK;
    const made = this.arena.float64(place, this.lengthOf(chunk));
    list[chunk] = made;
    return made;
  }

  /** Others may have to look for what the epoch that begins with the cell `base` does here. */
  touch(write: boolean, base: Cell): void {
    const { latest } = this;
    if ((latest[TOUCHED] as number) < base) latest[TOUCHED] = base;
    if (write && (latest[WRITTEN] as number) < base) latest[WRITTEN] = base;
  }

  /** Gives back all that was taken for the lane, which nobody reads any more, but for its words. */
  dispose(): void {
    const { arena } = this;
    arena.give(this.place(LaneWord.BLOCKS), laneBytes(this.elements));
    const chunks = this.writes.length;
    for (const places of [this.writePlaces, this.readPlaces]) {
      for (let chunk = 0; chunk < chunks; chunk++) {
        if (places[chunk] !== 0) arena.give(places[chunk] as Place, this.lengthOf(chunk) * 8);
      }
    }
    if (chunks === 1) return;
    arena.give(this.place(LaneWord.WRITES), chunks * 4);
    arena.give(this.place(LaneWord.READS), chunks * 4);
  }

  /** The lane that was made before it; 0 for none. */
  get previous(): number {
    return this.words[this.at + LaneWord.NEXT] as number;
  }

  private place(word: number): Place {
    return this.words[this.at + word] as Place;
  }

  private lengthOf(chunk: number): number {
    return Math.min(CHUNK, this.elements - chunk * CHUNK);
  }
}

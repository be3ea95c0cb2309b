/**
 * The rows of a lane: what loops went over, kept as what it is instead of block by block. One entry stands for as many
 * ranges of elements as a loop touches in an epoch by one mark, as long as they are equally long and equally far apart, as
 * those of a grid are, or one behind the other:
 *
 *     first · width · stride · how many, and a cell for all of them (cell.ts)
 *
 * After SlimState (Wilcox, Finch, Flanagan and Freund, ASE 2015), which keeps whole arrays and strided segments so;
 * here beside the blocks, which have all else. The last access to an element is the greatest of its own cell, that of
 * its whole block, and those of the rows that it is in.
 *
 * Only the lane's thread writes, all read. A row more is one store. All else changes an entry under a version, which is
 * odd meanwhile: who reads then may miss what the entry had and what it will have. Nothing is lost by that. Its thread
 * compares all of the new one after a fence that comes later; what is not in it any more was part of a later entry (of
 * two accesses of a thread to an element the later stands for both, history.ts), or is in the blocks by then: so who looks
 * at both looks here first. Whoever finds something makes sure that the version was the same before and after.
 */
import { atomicLoad, atomicStore } from '../memory/atomics.ts';
import type { Cell } from './cell.ts';

/**
 * The entries of writes and of reads: 1 … 7 and 8 … 39, so that a stencil of nine points has room for two passes. The
 * cell of each comes first, then their geometry.
 */
const WRITES = 1;
const READS = 8;
const ENTRIES = 40;
/** of the geometry of an entry, which has a cache line */
const STRIDE = 8;
const Word = { VERSION: 0, FIRST: 1, WIDTH: 2, STRIDE: 3, COUNT: 4 } as const;
const LENGTH = ENTRIES * (1 + STRIDE);
export const ROWS_BYTES: number = LENGTH * 8;
const NO_WORDS: Float64Array = new Float64Array(LENGTH);

/** What `extend` answers where the epoch knows the row, and where it has no entry for it. */
export const KNOWN = 0;
export const NO_ENTRY = -1;

/** So that loops of other shapes do not look for room in vain each time: what they have, what a look costs, what it costs not to. */
const MOST_CREDIT = 64;
const PRICE = 8;
const GRACE = 1 / 16;

/** What an entry stands for. */
export interface RowSet {
  first: number;
  width: number;
  /** between the first elements of two rows; of no meaning for one */
  stride: number;
  count: number;
  cell: Cell;
}

const firstOf = (write: boolean): number => (write ? WRITES : READS);
/** one behind */
const lastOf = (write: boolean): number => (write ? READS : ENTRIES);

/** Whether an entry is of writes; of reads otherwise. */
export const isOfWrites = (entry: number): boolean => entry < READS;

export const endOfRows = ({ first, width, stride, count }: RowSet): number =>
  first + (count - 1) * (count > 1 ? stride : 0) + width;

/** The next row of a loop, by the way that the one before it has come: if it is where it must be, one store is all. */
export class RowWay {
  private words: Float64Array = NO_WORDS;
  /** of the entry */
  private at = 0;
  private count = 0;
  private whole = 0;
  /** of the row that came last, and from that to the next */
  private width = 0;
  private step = 0;
  private next = 0;
  private site = 0;
  private round = 0;
  stack = 0;

  /**
   * Whether a range is the next row. `round` is that of the detector: it changes whenever more is to be done for a row than to
   * add it.
   */
  leadsTo(site: number, first: number, width: number, round: number): boolean {
    const { words, at } = this;
    return (
      this.next === first &&
      this.site === site &&
      this.width === width &&
      this.round === round &&
      // others may have come another way
      words[at + Word.COUNT] === this.count &&
      words[at + Word.WIDTH] === this.whole
    );
  }

  /** Whether all rows behind that one are so far from each other. */
  goesBy(stride: number): boolean {
    return this.count > 1 && this.step === stride;
  }

  /** Adds that row; more than one where it knows how it goes. */
  go(rows: number): void {
    this.next += this.step * rows;
    if (this.count > 1) this.words[this.at + Word.COUNT] = this.count += rows;
    else this.words[this.at + Word.WIDTH] = this.whole += this.width;
  }

  /** From now on it leads to the row behind those of an entry, whose elements are counted from `origin` on. */
  lead(
    site: number,
    stack: number,
    round: number,
    words: Float64Array,
    at: number,
    width: number,
    origin: number,
  ): void {
    const stride = words[at + Word.STRIDE] as number;
    this.words = words;
    this.at = at;
    this.count = words[at + Word.COUNT] as number;
    this.whole = words[at + Word.WIDTH] as number;
    this.width = width;
    // one row goes on until there are two
    this.step = this.count > 1 ? stride : width;
    this.next =
      (words[at + Word.FIRST] as number) - origin + (this.count > 1 ? this.count * stride : this.whole);
    this.site = site;
    this.round = round;
    this.stack = stack;
  }
}

export class Rows {
  private readonly words: Float64Array;
  /** the same memory */
  private readonly versions: Int32Array;
  /** Of the thread itself, by entry: how often its backlog had been worked off when the entry was put on it last, */
  readonly notedAt: Float64Array = new Float64Array(ENTRIES);
  /** and what has been compared: so many rows, and so many elements of one. */
  private readonly comparedRows = new Float64Array(ENTRIES);
  private readonly comparedWidth = new Float64Array(ENTRIES);
  private credit = MOST_CREDIT;

  constructor(words: Float64Array, versions: Int32Array) {
    this.words = words;
    this.versions = versions;
  }

  /** Where the words of an entry begin. */
  private at(entry: number): number {
    return ENTRIES + entry * STRIDE;
  }

  /**
   * Adds the elements first … end to an entry of that cell, its mark's of the running epoch. Returns the entry, KNOWN, or
   * NO_ENTRY.
   */
  extend(write: boolean, first: number, end: number, cell: Cell): number {
    const { words } = this;
    for (let entry = firstOf(write); entry < lastOf(write); entry++) {
      if (words[entry] !== cell) continue;
      const done = this.extendEntry(entry, first, end);
      if (done === NO_ENTRY) continue;
      if (this.credit < MOST_CREDIT) this.credit++;
      return done;
    }
    return NO_ENTRY;
  }

  private extendEntry(entry: number, first: number, end: number): number {
    const { words } = this;
    const at = this.at(entry);
    const start = words[at + Word.FIRST] as number;
    const width = words[at + Word.WIDTH] as number;
    const count = words[at + Word.COUNT] as number;
    if (count === 1) {
      if (start <= first && end <= start + width) return KNOWN;
      if (first <= start + width && start <= end) return this.lengthen(entry, first, end);
      if (end - first !== width) return NO_ENTRY;
      return this.put(entry, Math.min(first, start), width, Math.abs(first - start), 2);
    }
    const stride = words[at + Word.STRIDE] as number;
    if (end - first === width && first === start + count * stride) {
      words[at + Word.COUNT] = count + 1;
      return entry;
    }
    // a loop that goes backward
    if (end - first === width && first === start - stride)
      return this.put(entry, first, width, stride, count + 1);
    const row = Math.floor((first - start) / stride);
    return row >= 0 && row < count && end <= start + row * stride + width ? KNOWN : NO_ENTRY;
  }

  /** Of one row, which the elements first … end overlap or stand next to. */
  private lengthen(entry: number, first: number, end: number): number {
    const { words } = this;
    const at = this.at(entry);
    const start = words[at + Word.FIRST] as number;
    const last = Math.max(end, start + (words[at + Word.WIDTH] as number));
    if (first < start) return this.put(entry, first, last - first, 0, 1);
    words[at + Word.WIDTH] = last - start;
    return entry;
  }

  /** An entry for a new cell, 0 if there is none. `base` is the first cell of the running epoch. */
  findRoom(write: boolean, base: Cell): number {
    if (this.credit < PRICE) {
      this.credit += GRACE;
      return 0;
    }
    const { words } = this;
    for (let entry = firstOf(write); entry < lastOf(write); entry++) {
      const cell = words[entry] as number;
      // what the epoch has may not be compared yet
      if (cell === 0 || (cell < base && this.isOutdated(entry, write))) return entry;
    }
    this.credit -= PRICE;
    return 0;
  }

  /** The entry of the earliest epoch that is not the running one, 0 if there is none. What it has must be kept elsewhere. */
  oldest(write: boolean, base: Cell): number {
    const { words } = this;
    let oldest = 0;
    for (let entry = firstOf(write); entry < lastOf(write); entry++) {
      const cell = words[entry] as number;
      if (cell < base && (oldest === 0 || cell < (words[oldest] as number))) oldest = entry;
    }
    return oldest;
  }

  /** Whether a later entry has all that the entry has. */
  private isOutdated(entry: number, write: boolean): boolean {
    const { words } = this;
    const at = this.at(entry);
    const [first, width] = [words[at + Word.FIRST] as number, words[at + Word.WIDTH] as number];
    const [stride, count] = [words[at + Word.STRIDE] as number, words[at + Word.COUNT] as number];
    for (let other = firstOf(write); other < lastOf(write); other++) {
      if ((words[other] as number) <= (words[entry] as number)) continue;
      const o = this.at(other);
      if (words[o + Word.FIRST] !== first || (words[o + Word.COUNT] as number) < count) continue;
      if ((words[o + Word.WIDTH] as number) < width) continue;
      if (count === 1 || words[o + Word.STRIDE] === stride) return true;
    }
    return false;
  }

  /** A new row, in an entry that `findRoom` has found. */
  make(entry: number, first: number, end: number, cell: Cell): void {
    this.put(entry, first, end - first, 0, 1, cell);
  }

  /** Changes an entry, which it returns. All of it is to be compared then: others may have missed it meanwhile. */
  private put(
    entry: number,
    first: number,
    width: number,
    stride: number,
    count: number,
    cell: Cell = this.words[entry] as number,
  ): number {
    const { words, versions } = this;
    const at = this.at(entry);
    this.comparedRows[entry] = 0;
    this.comparedWidth[entry] = 0;
    const v = (at + Word.VERSION) * 2;
    // odd already, if the tid's last holder died here
    const version = ((versions[v] as number) & 0x3fff_ffff) | 1;
    atomicStore(versions, v, version);
    words[at + Word.FIRST] = first;
    words[at + Word.WIDTH] = width;
    words[at + Word.STRIDE] = stride;
    words[at + Word.COUNT] = count;
    words[entry] = cell;
    atomicStore(versions, v, version + 1);
    return entry;
  }

  /** Of the thread itself: the row of writes, or of reads, with all of the elements first … end, of a cell from `base` on. */
  rowOver(write: boolean, first: number, end: number, base: Cell): RowSet | undefined {
    const { words } = this;
    for (let entry = firstOf(write); entry < lastOf(write); entry++) {
      if ((words[entry] as number) < base) continue;
      const set = this.of(entry);
      const row = set.count > 1 ? Math.min(set.count - 1, Math.floor((first - set.first) / set.stride)) : 0;
      const from = set.first + (row > 0 ? row * set.stride : 0);
      if (from <= first && end <= from + set.width) return { ...set, first: from, count: 1 };
    }
    return undefined;
  }

  /** Where a way is to lead: see `RowWay.lead`. */
  show(
    way: RowWay,
    entry: number,
    site: number,
    stack: number,
    round: number,
    width: number,
    origin: number,
  ): void {
    way.lead(site, stack, round, this.words, this.at(entry), width, origin);
  }

  /** What of an entry its thread has not compared yet; with that, it has. */
  takeUncompared(entry: number): RowSet[] {
    const set = this.of(entry);
    const [rows, width] = [this.comparedRows[entry] as number, this.comparedWidth[entry] as number];
    this.comparedRows[entry] = set.count;
    this.comparedWidth[entry] = set.width;
    const rest: RowSet[] = [];
    if (rows === 0) return [set];
    if (width < set.width)
      rest.push({ ...set, first: set.first + width, width: set.width - width, count: 1 });
    if (rows < set.count)
      rest.push({ ...set, first: set.first + rows * set.stride, count: set.count - rows });
    return rest;
  }

  /** An entry as it is, of whichever thread's lane; of no rows while it is being changed. */
  of(entry: number): RowSet {
    const { words, versions } = this;
    const at = this.at(entry);
    const version = atomicLoad(versions, (at + Word.VERSION) * 2);
    const set = {
      first: words[at + Word.FIRST] as number,
      width: words[at + Word.WIDTH] as number,
      stride: words[at + Word.STRIDE] as number,
      count: words[at + Word.COUNT] as number,
      cell: words[entry] as number,
    };
    const same = (version & 1) === 0 && atomicLoad(versions, (at + Word.VERSION) * 2) === version;
    return same ? set : { ...set, width: 0, count: 0, cell: 0 };
  }

  /** The greatest cell of the writes, or of the reads, that meet the elements first … end, if it is at least `unordered`; else 0. */
  latestIn(write: boolean, first: number, end: number, unordered: Cell): Cell {
    const { words } = this;
    let latest = 0;
    for (let entry = firstOf(write); entry < lastOf(write); entry++) {
      const cell = words[entry] as number;
      if (cell < unordered || cell <= latest || !this.isNear(entry, first, end)) continue;
      const set = this.of(entry);
      if (set.cell > latest && set.cell >= unordered && meet(set, first, end)) latest = set.cell;
    }
    return latest;
  }

  /** Whether any write, or anything at all, from the cell `unordered` on meets the elements first … end. */
  meets(anything: boolean, first: number, end: number, unordered: Cell): boolean {
    return (
      this.latestIn(true, first, end, unordered) !== 0 ||
      (anything && this.latestIn(false, first, end, unordered) !== 0)
    );
  }

  /** Whether the elements lie among those of an entry. */
  private isNear(entry: number, first: number, end: number): boolean {
    const { words } = this;
    const at = this.at(entry);
    const start = words[at + Word.FIRST] as number;
    if (end <= start) return false;
    const count = words[at + Word.COUNT] as number;
    const whole = count > 1 ? (count - 1) * (words[at + Word.STRIDE] as number) : 0;
    return first < start + whole + (words[at + Word.WIDTH] as number);
  }
}

/** Whether the elements first … end meet any row. */
function meet(set: RowSet, first: number, end: number): boolean {
  const { first: start, width, stride, count } = set;
  if (count === 0 || end <= start || first >= endOfRows(set)) return false;
  if (count === 1 || first < start) return true;
  const row = Math.floor((first - start) / stride);
  return first < start + row * stride + width || (row + 1 < count && end > start + (row + 1) * stride);
}

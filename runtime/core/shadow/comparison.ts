/**
 * The second half of an access: what the thread has remembered is compared with what the others remember. See history.ts
 * for why no lock is needed, and why a fence is.
 */
import { type Epoch, makeEpoch, type Tid } from '../clock/epoch.ts';
import type { VectorClock } from '../clock/vector-clock.ts';
import { exchange } from '../memory/atomics.ts';
import { type Backlog, ENTRIES, ENTRY_WORDS, Entry, ROWS, runFrom, type TrackedView } from './backlog.ts';
import type { Shadow } from './buffers.ts';
import { type Cell, CLOCK_UNIT, clockOfCell, isUpdateCell, stackOfCell } from './cell.ts';
import { CHUNK_MASK, CHUNK_SHIFT } from './chunks.ts';
import {
  type AccessClass,
  ATOMIC_READ,
  classOf,
  isAtomic,
  type Kind,
  PLAIN_READ,
  PLAIN_UPDATE,
  PLAIN_WRITE,
  sizeOf,
  WRITE,
} from './kind.ts';
import {
  BLOCK,
  BLOCK_SHIFT,
  ENTRY_SHIFT,
  IN_ROWS,
  type Lane,
  PART,
  TOUCHED,
  WHOLE,
  WRITTEN,
} from './lane.ts';
import { NO_LANES, type Plane } from './plane.ts';
import { endOfRows, isOfWrites, type RowSet, type Rows } from './rows.ts';

/** The thread as its history sees it. */
export interface Self {
  tid: Tid;
  clock: VectorClock;
  /** the first cell of the running epoch */
  start: Cell;
  /** [0] is the same, or Infinity: nothing counts as remembered (detector.ts) */
  readonly base: Float64Array;
}

/** An access of another thread that races with an access to element `element` of `plane`. */
export type Found = (
  shadow: Shadow,
  accessClass: AccessClass,
  element: number,
  kind: Kind,
  stack: number,
  previous: Previous,
) => void;

export interface Previous {
  epoch: Epoch;
  cell: Cell;
  write: boolean;
  accessClass: AccessClass;
}

/** lanes, however few the accesses */
const ALWAYS_LOOKED_AT = 2;
/** Entries of a backlog: of more, it is noted by slot what they are compared with. */
const WORTH_A_MEMO = 32;

export class Comparison {
  protected readonly self: Self;
  private readonly found: Found;
  private readonly fenced = new Int32Array(1);
  /** how often */
  private readonly fences = new Float64Array(1);

  constructor(self: Self, found: Found) {
    this.self = self;
    this.found = found;
  }

  /** Compares what `rememberAll` has remembered. `seen` is called after each entry that was looked at. */
  compareAll(backlog: Backlog, failed: (error: unknown) => void, seen: (view: TrackedView) => void): void {
    const { entries, end, count } = backlog;
    let known = 0;
    let classes = 0;
    // what was found out last: slots often differ by their stacks alone
    let shadow: Shadow | undefined;
    let write = false;
    let found = 0;
    const { clean } = this;
    clean.plane = undefined;
    this.fence();
    const now = this.fences[0] as number;
    const few = count < WORTH_A_MEMO;
    for (let at = ENTRIES; at < end; at += ENTRY_WORDS) {
      const number = entries[at + Entry.SLOT] as number;
      if (number === 0 || (number === known && classes === 0)) continue;
      if (number >= ROWS) {
        const view = backlog.slotOf(number - ROWS).view as TrackedView;
        this.compareNoted(view, entries[at + Entry.ELEMENT] as number, count, failed);
        seen(view);
        continue;
      }
      const slot = backlog.slotOf(number);
      const block = (entries[at + Entry.ELEMENT] as number) >>> BLOCK_SHIFT;
      if (clean.block === block && clean.plane === slot.plane && (clean.write || !slot.write)) continue;
      const view = slot.view as TrackedView;
      try {
        if (number !== known) {
          known = number;
          if (few || slot.comparedAt !== now) {
            if (!few) slot.comparedAt = now;
            if (view.shadow !== shadow || (slot.write !== write && (slot.write || found !== 0))) {
              // stays so if finding out fails
              slot.comparedWith = view.shadow.classes();
              shadow = undefined;
              found = this.unordered(view.shadow, slot.write, count);
              shadow = view.shadow;
              write = slot.write;
            }
            slot.comparedWith = found;
          }
          classes = slot.comparedWith;
          if (classes === 0) continue;
        }
        const first = (entries[at + Entry.ELEMENT] as number) >>> 0;
        const last = runFrom(entries, at, end);
        this.compareRun(view.shadow, view.plane, classes, first, last, slot.kind, slot.stack);
        at += (last - first - 1) * ENTRY_WORDS;
      } catch (error) {
        failed(error);
      }
      seen(view);
    }
  }

  /** What there is to compare of an entry of the thread's rows. */
  private compareNoted(
    view: TrackedView,
    entry: number,
    accesses: number,
    failed: (error: unknown) => void,
  ): void {
    const { shadow, plane } = view;
    try {
      const rows = plane.own(this.self.tid).lookAtRows() as Rows;
      const classes = this.unordered(shadow, isOfWrites(entry), accesses);
      for (const rest of rows.takeUncompared(entry))
        if (classes !== 0) this.compareRows(shadow, plane, classes, entry, rest);
    } catch (error) {
      failed(error);
    }
  }

  /**
   * The classes of accesses to the whole buffer of which some may race with a plain access: a bit set. Of those that are
   * not worth finding out for so many accesses as well.
   */
  protected unordered(shadow: Shadow, write: boolean, accesses: number): number {
    if (this.knowsAll(shadow.rivals(this.self.tid), write, accesses)) return 0;
    let classes = shadow.classes();
    for (let rest = classes; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      const theirs = shadow.plane((31 - Math.clz32(bit)) as AccessClass);
      if (this.knowsAll(theirs.lanes(), write, accesses)) classes &= ~bit;
    }
    return classes;
  }

  /** Whether all that others did in the lanes, or all that they wrote there, is known to this thread. */
  private knowsAll(lanes: readonly Lane[], write: boolean, accesses: number): boolean {
    const { tid, clock } = this.self;
    if (lanes.length > accesses + ALWAYS_LOOKED_AT) return false;
    const which = write ? TOUCHED : WRITTEN;
    for (let l = 0; l < lanes.length; l++) {
      const lane = lanes[l] as Lane;
      if (lane.tid === tid) continue;
      const { latest } = lane;
      const unordered = ((clock[lane.tid] as number) + 1) * CLOCK_UNIT;
      if ((latest[which] as number) >= unordered || (latest[which + IN_ROWS] as number) >= unordered)
        return false;
    }
    return true;
  }

  /** The bit of the thread's lane in the masks, where all else that there may be in blocks has another; else 0. */
  protected bitAlone(shadow: Shadow, plane: Plane): number {
    return shadow.classes() === 1 << plane.accessClass ? plane.bitAlone(plane.own(this.self.tid)) : 0;
  }

  /**
   * Compares accesses to the elements first … end with those of the classes. After a fence; `clean` was emptied after
   * it.
   */
  compareRun(
    shadow: Shadow,
    plane: Plane,
    classes: number,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void {
    const { clean } = this;
    const write = (kind & WRITE) !== 0;
    for (let from = first; from < end; ) {
      const block = from >>> BLOCK_SHIFT;
      const to = Math.min(end, (block + 1) * BLOCK);
      if (clean.plane !== plane || clean.block !== block || (write && !clean.write)) {
        if (this.isClean(shadow, plane, classes, block, write)) {
          clean.plane = plane;
          clean.block = block;
          clean.write = write;
        } else this.compare(shadow, plane, classes, block, from, to, kind, stack);
      }
      from = to;
    }
  }

  /** Compares rows of an entry of the thread's with accesses of the classes. After a fence. */
  compareRows(shadow: Shadow, plane: Plane, classes: number, entry: number, rows: RowSet): void {
    const { first, width, stride, count, cell } = rows;
    const write = isOfWrites(entry);
    // what has come to the entry since it was noted may be of another stack
    const kind = write ? (isUpdateCell(cell) ? PLAIN_UPDATE : PLAIN_WRITE) : PLAIN_READ;
    const stack = stackOfCell(cell);
    const inBlocks = this.unknownInBlocks(shadow, classes, write);
    const inRows = this.unknownInRows(shadow, plane, classes, first, endOfRows(rows), write);
    if ((inBlocks | inRows) === 0) return;
    // of blocks of the same class the masks say whether there is anything
    const alone = inBlocks === 1 << plane.accessClass ? plane.bitAlone(plane.own(this.self.tid)) : 0;
    for (let row = 0; row < count; row++) {
      const from = first + row * stride;
      const near = this.unknownInRows(shadow, plane, inRows, from, from + width, write);
      const mine = near === 0 ? alone : 0;
      if ((inBlocks | near) !== 0)
        this.compareRange(shadow, plane, inBlocks | near, mine, from, from + width, kind, stack);
    }
  }

  /**
   * Compares accesses to the elements first … end with those of the classes. After a fence. `mine`: the bit of the thread's
   * lane, where the masks say of all else; otherwise 0.
   */
  protected compareRange(
    shadow: Shadow,
    plane: Plane,
    classes: number,
    mine: number,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void {
    const { masks } = plane;
    const anything = kind & WRITE;
    for (let from = first; from < end; ) {
      const block = from >>> BLOCK_SHIFT;
      const to = Math.min(end, (block + 1) * BLOCK);
      if (mine === 0 || ((masks[block * 2 + anything] as number) & ~mine) !== 0)
        this.compare(shadow, plane, classes, block, from, to, kind, stack);
      from = to;
    }
  }

  /** Those of the classes of which others have anything in blocks, or any write, that this thread does not know. */
  private unknownInBlocks(shadow: Shadow, classes: number, write: boolean): number {
    const { tid } = this.self;
    const which = write ? TOUCHED : WRITTEN;
    let unknown = 0;
    for (let rest = classes; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      for (const lane of shadow.plane((31 - Math.clz32(bit)) as AccessClass).lanes())
        if (lane.tid !== tid && (lane.latest[which] as number) >= this.unorderedFrom(lane.tid))
          unknown |= bit;
    }
    return unknown;
  }

  /** Those of the classes of which others have rows that this thread does not know and that meet the elements first … end. */
  private unknownInRows(
    shadow: Shadow,
    plane: Plane,
    classes: number,
    first: number,
    end: number,
    write: boolean,
  ): number {
    let unknown = 0;
    for (let rest = classes; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      const theirs = shadow.plane((31 - Math.clz32(bit)) as AccessClass);
      const [from, to] = overlap(plane, theirs, first, end);
      if (this.meetsRows(theirs, from, to, write)) unknown |= bit;
    }
    return unknown;
  }

  /** The second half of `one`, for whoever has a fence of its own. */
  compareOne(shadow: Shadow, plane: Plane, element: number, kind: Kind, stack: number): void {
    this.fences[0]!++;
    const block = element >>> BLOCK_SHIFT;
    const classes = shadow.classes();
    if (this.isClean(shadow, plane, classes, block, (kind & WRITE) !== 0)) return;
    this.compare(shadow, plane, classes, block, element, element + 1, kind, stack);
  }

  /** The block in which nothing of others is unordered, as was seen last. */
  readonly clean: { plane: Plane | undefined; block: number; write: boolean } = {
    plane: undefined,
    block: 0,
    write: false,
  };

  /** Whether nothing in the block can race with an access of that class there. false: that is not sure. */
  private isClean(shadow: Shadow, plane: Plane, classes: number, block: number, write: boolean): boolean {
    const { accessClass } = plane;
    const atomic = isAtomic(accessClass);
    const other = classOf(plane.size, atomic ? PLAIN_READ : ATOMIC_READ);
    if ((classes & ~((1 << accessClass) | (1 << other))) !== 0) return false;
    if (!atomic && (classes & (1 << accessClass)) !== 0 && !this.isOrdered(plane, block, write)) return false;
    return (classes & (1 << other)) === 0 || this.isOrdered(shadow.plane(other), block, write);
  }

  /** Whether all that others did in the block, or all that they wrote there, is known to this thread. */
  private isOrdered(theirs: Plane, block: number, write: boolean): boolean {
    const { tid, clock } = this.self;
    const at = block << ENTRY_SHIFT;
    for (let rest = theirs.masks[block * 2 + (write ? 1 : 0)] as number; rest !== 0; rest &= rest - 1) {
      const lanes = theirs.lanesAt(31 - Math.clz32(rest & -rest));
      for (let l = 0; l < lanes.length; l++) {
        const lane = lanes[l] as Lane;
        if (lane.tid === tid) continue;
        const unordered = ((clock[lane.tid] as number) + 1) * CLOCK_UNIT;
        const { wrote } = lane;
        if ((wrote[at + WHOLE] as number) >= unordered || (wrote[at + PART] as number) >= unordered)
          return false;
        if (!write) continue;
        const { read } = lane;
        if ((read[at + WHOLE] as number) >= unordered || (read[at + PART] as number) >= unordered)
          return false;
      }
    }
    return !theirs.hasRows() || !this.meetsRows(theirs, block * BLOCK, (block + 1) * BLOCK, write);
  }

  /** Whether others have rows of writes there, or of anything, that this thread does not know. */
  protected meetsRows(theirs: Plane, first: number, end: number, anything: boolean): boolean {
    for (const lane of this.unknownRows(theirs)) {
      const rows = lane.lookAtRows() as Rows;
      if (rows.meets(anything, first, end, this.unorderedFrom(lane.tid))) return true;
    }
    return false;
  }

  fence(): void {
    exchange(this.fenced, 0, 0);
    this.fences[0]!++;
  }

  /** The lanes of others in the plane that have rows which this thread does not know, as of the last fence: nearly always none. */
  private unknownRows(theirs: Plane): readonly Lane[] {
    return theirs.hasRows() ? this.findUnknownRows(theirs) : NO_LANES;
  }

  private findUnknownRows(theirs: Plane): readonly Lane[] {
    const { tid } = this.self;
    const now = this.fences[0] as number;
    if (theirs.unknownAt !== now) {
      theirs.unknownRows = theirs
        .lanes()
        .filter(
          ({ tid: other, latest }) =>
            other !== tid && (latest[TOUCHED + IN_ROWS] as number) >= this.unorderedFrom(other),
        );
      theirs.unknownAt = now;
    }
    return theirs.unknownRows;
  }

  /** The first cell of what this thread does not know of the tid. */
  private unorderedFrom(tid: Tid): Cell {
    return ((this.self.clock[tid] as number) + 1) * CLOCK_UNIT;
  }

  /** Compares accesses to the elements first … end of one block with all of the classes that overlap them. */
  protected compare(
    shadow: Shadow,
    plane: Plane,
    classes: number,
    block: number,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void {
    const { accessClass } = plane;
    const anything = kind & WRITE;
    if (!isAtomic(accessClass) && (classes & (1 << accessClass)) !== 0) {
      const mask = plane.masks[block * 2 + anything] as number;
      if (mask !== 0 || this.unknownRows(plane).length !== 0)
        this.compareBlock(shadow, plane, plane, block, mask, first, end, kind, stack);
    }
    for (let rest = classes & ~(1 << accessClass); rest !== 0; rest &= rest - 1) {
      const theirs = shadow.plane((31 - Math.clz32(rest & -rest)) as AccessClass);
      const [from, to] = overlap(plane, theirs, first, end);
      for (let b = from >>> BLOCK_SHIFT; b <= (to - 1) >>> BLOCK_SHIFT; b++) {
        const mask = theirs.masks[b * 2 + anything] as number;
        if (mask !== 0 || this.unknownRows(theirs).length !== 0)
          this.compareBlock(shadow, plane, theirs, b, mask, first, end, kind, stack);
      }
    }
  }

  /** The lanes of `mask` in a block of `theirs`, and those with rows; first … end are elements of `mine`. */
  private compareBlock(
    shadow: Shadow,
    mine: Plane,
    theirs: Plane,
    block: number,
    mask: number,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void {
    const { tid, clock } = this.self;
    const at = block << ENTRY_SHIFT;
    const rowed = this.unknownRows(theirs);
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const lanes = theirs.lanesAt(31 - Math.clz32(rest & -rest));
      for (let l = 0; l < lanes.length; l++) {
        const lane = lanes[l] as Lane;
        if (lane.tid === tid || (rowed.length !== 0 && rowed.includes(lane))) continue;
        const unordered = ((clock[lane.tid] as number) + 1) * CLOCK_UNIT;
        const { wrote } = lane;
        if ((wrote[at + WHOLE] as number) >= unordered || (wrote[at + PART] as number) >= unordered) {
          this.collect(shadow, mine, theirs, lane, block, true, unordered, first, end, kind, stack);
        }
        if ((kind & WRITE) === 0) continue;
        const { read } = lane;
        if ((read[at + WHOLE] as number) >= unordered || (read[at + PART] as number) >= unordered) {
          this.collect(shadow, mine, theirs, lane, block, false, unordered, first, end, kind, stack);
        }
      }
    }
    if (rowed.length !== 0) this.collectAll(shadow, mine, theirs, rowed, block, first, end, kind, stack);
  }

  /** What of the lanes is unordered in a block, rows too. */
  private collectAll(
    shadow: Shadow,
    mine: Plane,
    theirs: Plane,
    lanes: readonly Lane[],
    block: number,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void {
    for (const lane of lanes) {
      const unordered = this.unorderedFrom(lane.tid);
      this.collect(shadow, mine, theirs, lane, block, true, unordered, first, end, kind, stack);
      if ((kind & WRITE) !== 0)
        this.collect(shadow, mine, theirs, lane, block, false, unordered, first, end, kind, stack);
    }
  }

  /** Something in the block is unordered: which elements, exactly. */
  private collect(
    shadow: Shadow,
    mine: Plane,
    theirs: Plane,
    lane: Lane,
    block: number,
    write: boolean,
    unordered: number,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void {
    const known = write ? lane.wrote : lane.read;
    const at = block << ENTRY_SHIFT;
    const whole = known[at + WHOLE] as number;
    // a whole write is kept as a read as well, and has been compared
    const asWrite = !write && whole === lane.wrote[at + WHOLE];
    const part = (known[at + PART] as number) >= unordered;
    const rows = lane.lookAtRows();
    const inRows = rows?.latestIn(write, ...within(block, overlap(mine, theirs, first, end)), unordered) ?? 0;
    if (inRows === 0 && whole < unordered && !part) return;
    for (let e = first; e < end; e++) {
      const [from, to] = overlap(mine, theirs, e, e + 1);
      for (let o = Math.max(from, block * BLOCK); o < Math.min(to, (block + 1) * BLOCK); o++) {
        let cell = whole >= unordered && !asWrite ? whole : 0;
        if (inRows > cell) cell = Math.max(cell, (rows as Rows).latestIn(write, o, o + 1, unordered));
        if (part) {
          const own = lane.look(write, o >>> CHUNK_SHIFT)[o & CHUNK_MASK] as number;
          if (own >= unordered && own > cell) cell = lane.inFull(write, o, own) || cell;
        }
        if (cell === 0) continue;
        const epoch = makeEpoch(lane.tid, clockOfCell(cell));
        this.found(shadow, mine.accessClass, e, kind, stack, {
          epoch,
          cell,
          write,
          accessClass: theirs.accessClass,
        });
      }
    }
  }
}

/** What of the elements from … to is in a block. */
function within(block: number, [from, to]: [from: number, to: number]): [from: number, to: number] {
  return [Math.max(from, block * BLOCK), Math.min(to, (block + 1) * BLOCK)];
}

/** The elements of `theirs` that overlap the elements first … end of `mine`. */
function overlap(mine: Plane, theirs: Plane, first: number, end: number): [from: number, to: number] {
  if (mine.size === theirs.size) return [first, end];
  const width = 1 << sizeOf(mine.accessClass);
  const other = 1 << theirs.size;
  return [Math.floor((first * width) / other), Math.min(theirs.elements, Math.ceil((end * width) / other))];
}

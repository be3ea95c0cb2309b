/**
 * The second half of an access: what the thread has remembered is compared with what the others remember. See history.ts
 * for why no lock is needed, and why a fence is.
 */
import { type Epoch, makeEpoch, type Tid } from '../clock/epoch.ts';
import type { VectorClock } from '../clock/vector-clock.ts';
import { exchange } from '../memory/atomics.ts';
import type { Shadow } from './buffers.ts';
import { type Cell, CLOCK_UNIT, clockOfCell } from './cell.ts';
import {
  type AccessClass,
  ATOMIC_READ,
  classOf,
  isAtomic,
  type Kind,
  PLAIN_READ,
  sizeOf,
  WRITE,
} from './kind.ts';
import { IN_ROWS, type Lane, TOUCHED } from './lane.ts';
import { BLOCK, BLOCK_SHIFT, CHUNK_MASK, CHUNK_SHIFT, ENTRY_SHIFT, PART, WHOLE } from './layout.ts';
import { NO_LANES, type Plane } from './plane.ts';
import type { Rows } from './rows.ts';

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

export class Comparison {
  protected readonly self: Self;
  private readonly found: Found;
  private readonly fenced = new Int32Array(1);
  /** how often */
  protected readonly fences: Float64Array = new Float64Array(1);

  constructor(self: Self, found: Found) {
    this.self = self;
    this.found = found;
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
    // rows first: what is no longer there is in the block
    if (theirs.hasRows() && this.meetsRows(theirs, block * BLOCK, (block + 1) * BLOCK, write)) return false;
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
    return true;
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
  protected unorderedFrom(tid: Tid): Cell {
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
    const rows = lane.lookAtRows();
    const inRows = rows?.latestIn(write, ...within(block, overlap(mine, theirs, first, end)), unordered) ?? 0;
    const isKnown = (known[at + WHOLE] as number) < unordered && (known[at + PART] as number) < unordered;
    if (inRows === 0 && isKnown) return;
    for (let e = first; e < end; e++) {
      const [from, to] = overlap(mine, theirs, e, e + 1);
      for (let o = Math.max(from, block * BLOCK); o < Math.min(to, (block + 1) * BLOCK); o++) {
        // rows first: what is no longer there is in the block
        let cell = inRows === 0 ? 0 : (rows as Rows).latestIn(write, o, o + 1, unordered);
        const whole = known[at + WHOLE] as number;
        // a whole write is kept as a read as well, and has been compared
        if (whole >= unordered && whole > cell && (write || whole !== lane.wrote[at + WHOLE])) cell = whole;
        if ((known[at + PART] as number) >= unordered) {
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
export function overlap(
  mine: Plane,
  theirs: Plane | Lane,
  first: number,
  end: number,
): [from: number, to: number] {
  if (mine.size === theirs.size) return [first, end];
  const width = 1 << sizeOf(mine.accessClass);
  const other = 1 << theirs.size;
  return [Math.floor((first * width) / other), Math.min(theirs.elements, Math.ceil((end * width) / other))];
}

/**
 * What of a backlog is to be compared. Most of it is not: each buffer is asked once whether others have done anything in it
 * that this thread does not know, and of rows (rows.ts) whether there is anything where they are. What is left is compared
 * block by block (comparison.ts).
 */
import type { Backlog } from './backlog.ts';
import { ENTRIES, ENTRY_WORDS, Entry, ROWS, runFrom } from './backlog-memory.ts';
import type { Shadow } from './buffers.ts';
import { CLOCK_UNIT, isUpdateCell, stackOfCell } from './cell.ts';
import { Comparison, overlap } from './comparison.ts';
import {
  type AccessClass,
  ATOMIC_CLASSES,
  PLAIN_CLASSES,
  PLAIN_READ,
  PLAIN_UPDATE,
  PLAIN_WRITE,
} from './kind.ts';
import { IN_ROWS, type Lane, TOUCHED, WRITTEN } from './lane.ts';
import { BLOCK_SHIFT } from './layout.ts';
import { NO_LANES, type Plane } from './plane.ts';
import { endOfRows, isOfWrites, type RowSet, type Rows } from './rows.ts';
import type { TrackedView } from './tracked-view.ts';

/** lanes, however few the accesses */
const ALWAYS_LOOKED_AT = 2;
/** Entries of a backlog: of more, it is noted by slot what they are compared with, and all is asked of whole buffers. */
const WORTH_A_MEMO = 32;

export class BacklogComparison extends Comparison {
  /** Compares what `rememberAll` has remembered. `seen` is called after each entry that was looked at. */
  compareAll(backlog: Backlog, failed: (error: unknown) => void, seen: (view: TrackedView) => void): void {
    const { entries, end, count } = backlog;
    let known = 0;
    let classes = 0;
    // A lock often lies in the buffer that it guards. Whoever asks whether it has been taken asks for a line that is in
    // another core then, each time; and nearly no word is accessed both ways. So a few elements are looked at themselves.
    let atomic: readonly Lane[] = NO_LANES;
    // what was found out last: slots often differ by their stacks alone
    let shadow: Shadow | undefined;
    let write = false;
    let found = 0;
    const { clean } = this;
    const { tid } = this.self;
    clean.plane = undefined;
    this.fence();
    const now = this.fences[0] as number;
    const few = count < WORTH_A_MEMO;
    for (let at = ENTRIES; at < end; at += ENTRY_WORDS) {
      const number = entries[at + Entry.SLOT] as number;
      if (number === 0 || (number === known && classes === 0 && atomic.length === 0)) continue;
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
              const rivals = view.shadow.rivals(tid);
              atomic = few && isWorthALook(rivals.atomic, count) ? rivals.atomic : NO_LANES;
              found = this.unordered(view.shadow, slot.write, count, atomic.length === 0);
              shadow = view.shadow;
              write = slot.write;
            }
            slot.comparedWith = found;
          }
          classes = slot.comparedWith;
          if (classes === 0 && atomic.length === 0) continue;
        }
        const first = (entries[at + Entry.ELEMENT] as number) >>> 0;
        const last = runFrom(entries, at, end);
        const near = this.near(view, classes, atomic, first, last, slot.write);
        if (near !== 0) this.compareRun(view.shadow, view.plane, near, first, last, slot.kind, slot.stack);
        at += (last - first - 1) * ENTRY_WORDS;
        if (near === 0) continue;
      } catch (error) {
        // nothing was found out for the next entry
        known = 0;
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

  /** The classes that accesses to the elements first … end are compared with: those, and atomic ones if any of the lanes has some. */
  private near(
    { shadow, plane }: TrackedView,
    classes: number,
    atomic: readonly Lane[],
    first: number,
    end: number,
    write: boolean,
  ): number {
    if (atomic.length === 0) return classes;
    if (classes === 0 && !meetCells(atomic, plane, first, end, write)) return 0;
    return shadow.classes() & (classes | ATOMIC_CLASSES);
  }

  /**
   * The classes of accesses to the whole buffer of which some may race with a plain access: a bit set. Of those that are
   * not worth finding out for so many accesses as well. `atomics`: of atomic ones too.
   */
  protected unordered(shadow: Shadow, write: boolean, accesses: number, atomics = true): number {
    const { all, plain } = shadow.rivals(this.self.tid);
    if (this.knowsAll(atomics ? all : plain, write, accesses)) return 0;
    let classes = atomics ? shadow.classes() : shadow.classes() & PLAIN_CLASSES;
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
    if (!isWorthALook(lanes, accesses)) return false;
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

  /** Compares rows of an entry of the thread's with accesses of the classes. After a fence. */
  compareRows(shadow: Shadow, plane: Plane, classes: number, entry: number, rows: RowSet): void {
    const { first, width, stride, count, cell } = rows;
    const write = isOfWrites(entry);
    // what has come to the entry since it was noted may be of another stack
    const kind = write ? (isUpdateCell(cell) ? PLAIN_UPDATE : PLAIN_WRITE) : PLAIN_READ;
    const stack = stackOfCell(cell);
    // rows first: what is no longer there is in the blocks
    const inRows = this.unknownInRows(shadow, plane, classes, first, endOfRows(rows), write);
    let inBlocks = this.unknownInBlocks(shadow, classes, write);
    if ((inBlocks | inRows) === 0) return;
    const bit = plane.bitAlone(plane.own(this.self.tid));
    for (let row = 0; row < count; row++) {
      const from = first + row * stride;
      const near = this.unknownInRows(shadow, plane, inRows, from, from + width, write);
      if (inRows !== 0) inBlocks = this.unknownInBlocks(shadow, classes, write);
      // of blocks of the same class the masks say whether there is anything
      const mine = near === 0 && inBlocks === 1 << plane.accessClass ? bit : 0;
      if ((inBlocks | near) !== 0)
        this.compareRange(shadow, plane, inBlocks | near, mine, from, from + width, kind, stack);
    }
  }

  /** The bit of the thread's lane in the masks, where all else that there may be in blocks has another; else 0. */
  protected bitAlone(shadow: Shadow, plane: Plane): number {
    return shadow.classes() === 1 << plane.accessClass ? plane.bitAlone(plane.own(this.self.tid)) : 0;
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
}

/** Whether any of the lanes has ever had what conflicts with accesses to the elements first … end. */
function meetCells(
  lanes: readonly Lane[],
  plane: Plane,
  first: number,
  end: number,
  write: boolean,
): boolean {
  for (let l = 0; l < lanes.length; l++) {
    const lane = lanes[l] as Lane;
    let [from, to] = [first, end];
    if (lane.size !== plane.size) [from, to] = overlap(plane, lane, first, end);
    if (lane.hasCells(from, to, write)) return true;
  }
  return false;
}

/** Whether so many accesses are worth a look at each of the lanes. */
function isWorthALook(lanes: readonly Lane[], accesses: number): boolean {
  return lanes.length <= accesses + ALWAYS_LOOKED_AT;
}

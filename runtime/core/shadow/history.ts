/**
 * One thread's dealings with the shadow: it remembers its own accesses, and compares them with those of the others
 * (comparison.ts). Here are accesses to single elements; ranges.ts has those to many.
 *
 * No lock is needed for either. A thread writes only its own lanes (lane.ts), and each access is
 *
 *     remember it;  fence;  compare it with what the others remember
 *
 * so of two accesses to one byte at least one sees the other: the later of the two fences comes after both have been
 * remembered. (The fence is an atomic exchange: a full barrier on x64, and with acquire and release in one
 * instruction on ARM.) Both may see the other; a race is reported once for its pair of places all the same.
 *
 * A thread keeps its last read and its last write of each element, as DJIT+ does (Pozniansky and Schuster, 2003).
 * An earlier one may be forgotten: who is unordered with it is unordered with the later one too, unless ordered
 * in between, and then the earlier one has been compared already, or will be by the other's later access.
 *
 * An access that the running epoch remembers needs nothing more: others compare theirs with it.
 */

import { type Backlog, NO_CODE, type Slot } from './backlog.ts';
import { ENTRIES, ENTRY_WORDS, Entry, isNext, ROWS, runFrom } from './backlog-memory.ts';
import type { Shadow } from './buffers.ts';
import {
  type Cell,
  CLOCK_UNIT,
  clockOfCell,
  FAR_CODE,
  makeCell,
  makeMark,
  makeShort,
  markOfCell,
  OWN_CODE,
} from './cell.ts';
import { NO_CHUNK } from './chunks.ts';
import { type Kind, WRITE } from './kind.ts';
import { type Lane, WRITTEN } from './lane.ts';
import { BLOCK, BLOCK_SHIFT, CHUNK, CHUNK_MASK, CHUNK_SHIFT, ENTRY_SHIFT, PART, WHOLE } from './layout.ts';
import { type Plane, tell } from './plane.ts';
import { Ranges } from './ranges.ts';
import { NO_ENTRY, type Rows } from './rows.ts';

export class History extends Ranges {
  /** Whether the running epoch remembers an access that stands for this one. */
  remembers(plane: Plane, element: number, kind: Kind): boolean {
    const base = this.self.base[0] as number;
    const lane = plane.own(this.self.tid);
    const at = (element >>> BLOCK_SHIFT) << ENTRY_SHIFT;
    const { wrote } = lane;
    const chunk = element >>> CHUNK_SHIFT;
    const i = element & CHUNK_MASK;
    if ((wrote[at + WHOLE] as number) >= base) return true;
    if ((wrote[at + PART] as number) >= base && ((lane.writes[chunk] as Uint32Array)[i] as number) >= base)
      return true;
    if ((kind & WRITE) !== 0) return false;
    return (
      (lane.read[at + WHOLE] as number) >= base || ((lane.reads[chunk] as Uint32Array)[i] as number) >= base
    );
  }

  /** The first half of `one`. */
  remember(plane: Plane, element: number, kind: Kind, stack: number): void {
    const { self } = this;
    const lane = plane.own(self.tid);
    const write = (kind & WRITE) !== 0;
    const block = element >>> BLOCK_SHIFT;
    const mark = makeMark(stack, kind);
    const code = lane.codeOf(mark);
    if (code === FAR_CODE) lane.setFar(write, element, self.start, mark);
    else lane.take(write, element >>> CHUNK_SHIFT)[element & CHUNK_MASK] = makeShort(self.start, code);
    tell(plane.masks, block, lane.bit, write);
    (write ? lane.wrote : lane.read)[(block << ENTRY_SHIFT) + PART] = makeCell(self.start, mark);
    lane.touch(write, self.start);
  }

  /**
   * Remembers all that a backlog has, in the running epoch. Reads of what the epoch has written are taken out. Returns how
   * many others there are. `failed` is told of those that could not be remembered.
   */
  rememberAll(backlog: Backlog, failed: (error: unknown) => void): number {
    const { entries, end } = backlog;
    const { tid, start: base } = this.self;
    let known = 0;
    let way!: Slot;
    let lane!: Lane;
    let masks!: Int32Array;
    let write = false;
    /** of what the epoch may have written */
    let reads = false;
    let blocks!: Float64Array;
    let wrote!: Float64Array;
    let lists!: Uint32Array[];
    let short = 0;
    let far = false;
    let cell = 0;
    let count = 0;
    for (let at = ENTRIES; at < end; at += ENTRY_WORDS) {
      try {
        const slot = entries[at + Entry.SLOT] as number;
        if (slot !== known) {
          // until all of it is known there is nothing for the next entry
          known = 0;
          if (slot >= ROWS) {
            count++;
            continue;
          }
          way = backlog.slotOf(slot);
          const plane = way.plane as Plane;
          lane = way.lane as Lane;
          if (lane.tid !== tid) {
            lane = plane.own(tid);
            way.lane = lane;
            way.code = NO_CODE;
          }
          if (way.code === NO_CODE) way.code = lane.codeOf(way.mark);
          far = way.code === FAR_CODE;
          short = makeShort(base, way.code);
          masks = plane.masks;
          write = way.write;
          wrote = lane.wrote;
          blocks = write ? wrote : lane.read;
          lists = write ? lane.writes : lane.reads;
          cell = makeCell(base, way.mark);
          reads = !write && (lane.latest[WRITTEN] as number) >= base;
          lane.touch(write, base);
          known = slot;
        }
        if (isNext(entries, at, end)) {
          at = this.rememberRunAt(entries, at, end, way, base);
          count += this.recalled;
          continue;
        }
        const element = entries[at + Entry.ELEMENT] as number;
        const block = element >>> BLOCK_SHIFT;
        const entry = (block << ENTRY_SHIFT) + PART;
        const e = element & CHUNK_MASK;
        let cells = lists[element >>> CHUNK_SHIFT] as Uint32Array;
        if (cells === NO_CHUNK) cells = lane.take(write, element >>> CHUNK_SHIFT);
        // also where nothing new is remembered: the hooks look here before they look at the element
        if (!((blocks[entry] as number) >= base)) {
          if (blocks[entry] === 0) tell(masks, block, lane.bit, write);
          blocks[entry] = cell;
        }
        if (reads && (wrote[entry] as number) >= base) {
          const own = (lane.writes[element >>> CHUNK_SHIFT] as Uint32Array)[e] as number;
          if (own >= base) {
            cells[e] = makeShort(base, OWN_CODE);
            entries[at + Entry.SLOT] = 0;
            continue;
          }
        }
        if (far) lane.setFar(write, element, base, way.mark);
        else cells[e] = short;
        count++;
      } catch (error) {
        failed(error);
        entries[at + Entry.SLOT] = 0;
      }
    }
    return count;
  }

  /** how many accesses of the last `rememberRunAt` are to be compared */
  private recalled = 0;

  /** A run of neighbours in a backlog. Returns where its last entry is. */
  private rememberRunAt(
    entries: Int32Array,
    at: number,
    end: number,
    { plane, lane, kind, mark }: Slot,
    base: Cell,
  ): number {
    const first = (entries[at + Entry.ELEMENT] as number) >>> 0;
    const last = runFrom(entries, at, end);
    const next = at + (last - first) * ENTRY_WORDS;
    const any = this.rememberRun(plane as Plane, lane as Lane, first, last, kind, mark, base);
    this.recalled = any ? last - first : 0;
    if (!any) for (let i = at; i < next; i += ENTRY_WORDS) entries[i + Entry.SLOT] = 0;
    return next - ENTRY_WORDS;
  }

  /**
   * Remembers accesses to the elements first … end in the thread's lane. Returns false if it has nothing to compare:
   * reads of what the epoch has written.
   */
  rememberRun(
    plane: Plane,
    lane: Lane,
    first: number,
    end: number,
    kind: Kind,
    mark: number,
    base: Cell,
  ): boolean {
    const write = (kind & WRITE) !== 0;
    const cell = makeCell(base, mark);
    const code = lane.codeOf(mark);
    const short = makeShort(base, code);
    const written = makeShort(base, OWN_CODE);
    lane.touch(write, base);
    let any = false;
    for (let from = first; from < end; ) {
      const block = from >>> BLOCK_SHIFT;
      const at = block << ENTRY_SHIFT;
      const blockEnd = Math.min((block + 1) * BLOCK, plane.elements);
      const to = Math.min(blockEnd, end);
      tell(plane.masks, block, lane.bit, write);
      if (to - from === BLOCK) {
        lane.read[at + WHOLE] = cell;
        if (write) lane.wrote[at + WHOLE] = cell;
        any = true;
      } else {
        const chunk = from >>> CHUNK_SHIFT;
        const cells = lane.take(write, chunk);
        const own = write || (lane.wrote[at + PART] as number) < base ? NO_CHUNK : lane.writes[chunk];
        let some = write;
        for (let e = from & CHUNK_MASK, rest = to - from; rest > 0; e++, rest--) {
          if (((own as Uint32Array)[e] as number) >= base) {
            cells[e] = written;
            continue;
          }
          if (code === FAR_CODE) lane.setFar(write, chunk * CHUNK + e, base, mark);
          else cells[e] = short;
          some = true;
        }
        (write ? lane.wrote : lane.read)[at + PART] = cell;
        any ||= some;
      }
      from = to;
    }
    return any;
  }

  /**
   * Remembers accesses to the elements first … end as a row of the thread's lane. Returns the entry that has something new
   * to compare now, KNOWN where the epoch knows them, or NO_ENTRY where there is no room: for a long one it is made.
   * Throws OutOfShadowMemory.
   */
  rememberRow(plane: Plane, first: number, end: number, kind: Kind, stack: number, isLong: boolean): number {
    const { self } = this;
    const lane = plane.own(self.tid);
    const rows = plane.ownRows(lane);
    const write = (kind & WRITE) !== 0;
    const cell = makeCell(self.start, makeMark(stack, kind));
    const known = rows.extend(write, first, end, cell);
    if (known !== NO_ENTRY) return known;
    let entry = rows.findRoom(write, self.start);
    if (entry === 0 && isLong) entry = this.makeRoom(plane, lane, rows, write);
    if (entry === 0) return NO_ENTRY;
    lane.touchRows(write, self.start);
    rows.make(entry, first, end, cell);
    return entry;
  }

  /** Lets the blocks have what the earliest entry of writes, or of reads, has. It may be taken then; 0 if there is none. */
  private makeRoom(plane: Plane, lane: Lane, rows: Rows, write: boolean): number {
    const entry = rows.oldest(write, this.self.start);
    if (entry === 0) return 0;
    const { first, width, stride, count, cell } = rows.of(entry);
    for (let row = 0; row < count; row++)
      this.keep(plane, lane, first + row * stride, first + row * stride + width, cell, write);
    lane.touch(write, clockOfCell(cell) * CLOCK_UNIT);
    return entry;
  }

  /** The blocks are to say that the elements first … end were accessed with that cell, where they know nothing later. */
  private keep(plane: Plane, lane: Lane, first: number, end: number, cell: Cell, write: boolean): void {
    const start = clockOfCell(cell) * CLOCK_UNIT;
    const known = write ? lane.wrote : lane.read;
    for (let from = first; from < end; ) {
      const block = from >>> BLOCK_SHIFT;
      const blockEnd = Math.min((block + 1) * BLOCK, plane.elements);
      const to = Math.min(blockEnd, end);
      const at = (block << ENTRY_SHIFT) + WHOLE;
      const isWhole = from === block * BLOCK && to === blockEnd;
      if (!((known[at] as number) >= start)) {
        if (!isWhole) this.takePart(plane, lane, block, from, to, start, start, markOfCell(cell), write);
        else {
          tell(plane.masks, block, lane.bit, write);
          known[at] = cell;
        }
      }
      from = to;
    }
  }

  /**
   * Whether a row of the running epoch stands for an access to an element, and for all others in its block. The blocks around
   * say so from now on: the hooks look there.
   */
  isInRow(plane: Plane, element: number, write: boolean): boolean {
    const { tid, start } = this.self;
    const lane = plane.own(tid);
    const rows = lane.lookAtRows();
    if (rows === undefined) return false;
    const first = (element >>> BLOCK_SHIFT) * BLOCK;
    const end = Math.min(first + BLOCK, plane.elements);
    const written = rows.rowOver(true, first, end, start);
    const row = written ?? (write ? undefined : rows.rowOver(false, first, end, start));
    if (row === undefined) return false;
    const { masks } = plane;
    lane.touch(written !== undefined, start);
    const chunk = (element >>> CHUNK_SHIFT) * CHUNK;
    const from = Math.ceil(Math.max(chunk, row.first) / BLOCK);
    const to = Math.max(
      Math.floor(Math.min(chunk + CHUNK, row.first + row.width) / BLOCK),
      first / BLOCK + 1,
    );
    for (let block = from; block < to; block++) {
      const at = (block << ENTRY_SHIFT) + WHOLE;
      tell(masks, block, lane.bit, written !== undefined);
      lane.read[at] = row.cell;
      if (written !== undefined) lane.wrote[at] = row.cell;
    }
    return true;
  }

  /** An access to one element that is not remembered. Throws OutOfShadowMemory. */
  one(shadow: Shadow, plane: Plane, element: number, kind: Kind, stack: number): void {
    this.remember(plane, element, kind, stack);
    this.fence();
    const block = element >>> BLOCK_SHIFT;
    this.compare(shadow, plane, shadow.classes(), block, element, element + 1, kind, stack);
  }
}

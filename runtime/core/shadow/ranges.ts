/**
 * Accesses to many elements at once: ranges, and elements a step apart. A block that is touched as a whole takes one cell
 * (lane.ts). What the running epoch knows is left out; the rest is noted as pieces, a batch at a time, and
 * compared behind one fence (history.ts).
 */

import { BacklogComparison } from './backlog-comparison.ts';
import type { Shadow } from './buffers.ts';
import { type Cell, FAR_CODE, makeCell, makeMark, makeShort } from './cell.ts';
import { NO_CHUNK } from './chunks.ts';
import { type Kind, WRITE } from './kind.ts';
import type { Lane } from './lane.ts';
import { BLOCK, BLOCK_SHIFT, CHUNK, CHUNK_MASK, CHUNK_SHIFT, ENTRY_SHIFT, PART, WHOLE } from './layout.ts';
import { type Plane, tell } from './plane.ts';

/** Pieces that are remembered before the next fence. */
const BATCH = 256;

export class Ranges extends BacklogComparison {
  /** first element and end of the pieces to compare */
  private readonly pieces = new Float64Array(BATCH * 2);

  /**
   * Accesses to the elements first, first + step, … below end. Returns whether any was not remembered before.
   * Throws OutOfShadowMemory.
   */
  many(
    shadow: Shadow,
    plane: Plane,
    first: number,
    end: number,
    step: number,
    kind: Kind,
    stack: number,
  ): boolean {
    let any = false;
    let next = first;
    while (next < end) {
      const count =
        step === 1
          ? this.takePieces(plane, next, end, kind, stack)
          : this.takeSteps(plane, next, end, step, kind, stack);
      next = this.reached;
      if (count === 0) continue;
      any = true;
      this.fence();
      const classes = this.unordered(shadow, (kind & WRITE) !== 0, count);
      if (classes === 0) continue;
      this.comparePieces(shadow, plane, classes, count, kind, stack);
    }
    return any;
  }

  private comparePieces(
    shadow: Shadow,
    plane: Plane,
    classes: number,
    count: number,
    kind: Kind,
    stack: number,
  ): void {
    const { pieces } = this;
    const alone = this.bitAlone(shadow, plane);
    const write = (kind & WRITE) !== 0;
    for (let p = 0; p < count * 2; p += 2) {
      const first = pieces[p] as number;
      const end = pieces[p + 1] as number;
      const mine = plane.hasRows() && this.meetsRows(plane, first, end, write) ? 0 : alone;
      this.compareRange(shadow, plane, classes, mine, first, end, kind, stack);
    }
  }

  /** where the last `takePieces` or `takeSteps` got to */
  private reached = 0;

  /** Remembers up to a batch of pieces; notes those that are new. */
  private takePieces(plane: Plane, from: number, end: number, kind: Kind, stack: number): number {
    const { self, pieces } = this;
    const lane = plane.own(self.tid);
    const { masks } = plane;
    const base = self.base[0] as number;
    const write = (kind & WRITE) !== 0;
    const known = write ? lane.wrote : lane.read;
    const mark = makeMark(stack, kind);
    const cell = makeCell(self.start, mark);
    lane.touch(write, self.start);
    let count = 0;
    let first = from;
    while (first < end && count < BATCH) {
      const block = first >>> BLOCK_SHIFT;
      const blockEnd = Math.min((block + 1) * BLOCK, plane.elements);
      const last = Math.min(blockEnd, end);
      const at = block << ENTRY_SHIFT;
      if (!((known[at + WHOLE] as number) >= base)) {
        if (last - first === BLOCK || (first === block * BLOCK && last === blockEnd)) {
          if (known[at + WHOLE] === 0) tell(masks, block, lane.bit, write);
          known[at + WHOLE] = cell;
          if (write) lane.read[at + WHOLE] = cell;
        } else if (!this.takePart(plane, lane, block, first, last, self.start, base, mark, write)) {
          first = last;
          continue;
        }
        if (count > 0 && pieces[count * 2 - 1] === first) pieces[count * 2 - 1] = last;
        else {
          pieces[count * 2] = first;
          pieces[count * 2 + 1] = last;
          count++;
        }
      }
      first = last;
    }
    this.reached = first;
    return count;
  }

  /**
   * Remembers some elements of a block, in the epoch whose first cell is `start`; false when it knew them all: from the cell
   * `base` on.
   */
  protected takePart(
    plane: Plane,
    lane: Lane,
    block: number,
    first: number,
    end: number,
    start: Cell,
    base: Cell,
    mark: number,
    write: boolean,
  ): boolean {
    const entry = (block << ENTRY_SHIFT) + PART;
    const chunk = first >>> CHUNK_SHIFT;
    const cells = lane.take(write, chunk);
    const latest = write ? lane.wrote : lane.read;
    const code = lane.codeOf(mark);
    const short = makeShort(start, code);
    const from = first & CHUNK_MASK;
    const to = from + end - first;
    const written = !write && (lane.wrote[entry] as number) >= base;
    let any = false;
    if (!written && code !== FAR_CODE && !((latest[entry] as number) >= base)) {
      // the epoch knows none of them
      for (let e = from; e < to; e++) cells[e] = short;
      any = true;
    } else {
      const own = written ? (lane.writes[chunk] as Uint32Array) : NO_CHUNK;
      for (let e = from; e < to; e++) {
        if ((cells[e] as number) >= base || (own[e] as number) >= base) continue;
        if (code === FAR_CODE) lane.setFar(write, chunk * CHUNK + e, start, mark);
        else cells[e] = short;
        any = true;
      }
    }
    if (any) {
      if (latest[entry] === 0) tell(plane.masks, block, lane.bit, write);
      const cell = makeCell(start, mark);
      if (!((latest[entry] as number) > cell)) latest[entry] = cell;
    }
    return any;
  }

  /** The same for single elements, `step` apart. */
  private takeSteps(
    plane: Plane,
    from: number,
    end: number,
    step: number,
    kind: Kind,
    stack: number,
  ): number {
    const { self, pieces } = this;
    const lane = plane.own(self.tid);
    const { masks } = plane;
    const base = self.base[0] as number;
    const write = (kind & WRITE) !== 0;
    const known = write ? lane.wrote : lane.read;
    const mark = makeMark(stack, kind);
    const cell = makeCell(self.start, mark);
    const code = lane.codeOf(mark);
    const short = makeShort(self.start, code);
    lane.touch(write, self.start);
    let count = 0;
    let e = from;
    for (; e < end && count < BATCH; e += step) {
      const block = e >>> BLOCK_SHIFT;
      const at = block << ENTRY_SHIFT;
      if ((known[at + WHOLE] as number) >= base) continue;
      const chunk = e >>> CHUNK_SHIFT;
      const i = e & CHUNK_MASK;
      if (((lane.writes[chunk] as Uint32Array)[i] as number) >= base) continue;
      const cells = lane.take(write, chunk);
      if ((cells[i] as number) >= base) continue;
      if (code === FAR_CODE) lane.setFar(write, e, self.start, mark);
      else cells[i] = short;
      if (known[at + PART] === 0) tell(masks, block, lane.bit, write);
      known[at + PART] = cell;
      pieces[count * 2] = e;
      pieces[count * 2 + 1] = e + 1;
      count++;
    }
    this.reached = e;
    return count;
  }
}

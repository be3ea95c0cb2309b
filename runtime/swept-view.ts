/**
 * What loops touch of one view: whole ranges, which their hook names before they run (plugin/rewrite/quiet-loop.ts). Long
 * ones go to the rows of the thread's lane (core/shadow/rows.ts), others are remembered block by block; what the
 * running epoch knows already is found here, by the view.
 */
import type { Detector } from './core/detector.ts';
import type { Shadow } from './core/shadow/buffers.ts';
import { type Kind, type Log2, PLAIN_READ, PLAIN_UPDATE, PLAIN_WRITE } from './core/shadow/kind.ts';
import { KNOWN, NO_ENTRY, RowWay } from './core/shadow/rows.ts';
import { Sweeps } from './core/shadow/sweeps.ts';
import type { TrackedView } from './core/shadow/tracked-view.ts';
import type { Grid } from './grid.ts';
import type { SharedBlock } from './shared-buffers.ts';

/** What `SweptView` needs of its thread. */
export interface LoopHost {
  readonly detector: Detector;
  /** the stack of an access at a site */
  stackOf(site: number): number;
  /** tells what the detector found; the view and index of the access that found it */
  report(view: string, index: number, first?: number, array?: ArrayLike<number | bigint>): void;
}

/** The view itself. */
export interface Swept extends TrackedView {
  readonly size: Log2;
  readonly block: SharedBlock;
  /** elements that the lane has */
  readonly length: number;
  /** elements, now */
  count(): number;
  /** the first cell of the epoch of the range that its hooks saw last */
  readonly rangeAt: number;
  /** Lets the hooks see elements that the running epoch remembers, by reads (kind 0) or by writes, as long as it goes on. */
  showRange(first: number, end: number, kind: number): void;
  /** Whether they see these. */
  showsRange(first: number, end: number, kind: number): boolean;
}

const KINDS: readonly Kind[] = [PLAIN_READ, PLAIN_WRITE, PLAIN_UPDATE];
const NO_WAYS: readonly RowWay[] = [];
const NOTHING_SWEPT = new Sweeps();

export class SweptView {
  private readonly view: Swept;
  private readonly host: LoopHost;
  private readonly detector: Detector;
  /** the detector's: [0] is the first cell of the running epoch */
  private readonly base: Float64Array;
  private ways: readonly RowWay[] = NO_WAYS;
  private reads = NOTHING_SWEPT;
  private writes = NOTHING_SWEPT;

  constructor(view: Swept, host: LoopHost) {
    this.view = view;
    this.host = host;
    this.detector = host.detector;
    this.base = host.detector.base;
  }

  /** A loop of that kind (0: reads, 1: writes, 2: updates) over the elements from, from + by, …; `count` of them, at least one. */
  sweep(kind: number, from: number, by: number, count: number, site: number): void {
    const { detector, base } = this;
    const isRow = count >= detector.leastRow && (by === 1 || by === -1);
    if (isRow && by === 1 && this.addRow(kind, from, count, site)) return;
    const step = Math.abs(by);
    const last = by < 0 ? from : from + by * (count - 1);
    let first = by < 0 ? from + by * (count - 1) : from;
    if (step !== 0 && first < 0) first += Math.ceil(-first / step) * step;
    const end = Math.min(this.view.count(), last + 1);
    if (first < 0 || first >= end) return;
    const now = base[0] as number;
    if (this.view.showsRange(first, end, kind)) return;
    if (step > 1 && this.sweepsOf(kind).coversSteps(first, end, step, now)) return;
    if (isRow && this.sweepRow(first, end, kind, site, now)) return;
    if (this.runCovers(1, first, end, now)) return;
    if (kind === 0 && this.runCovers(0, first, end, now)) return;
    const sweeps = this.sweepsOf(kind);
    const run = step === 1 ? sweeps.near(first, end, now) : -1;
    const stack = this.host.stackOf(site);
    let known: boolean;
    if (run < 0) known = this.touch(first, end, step || 1, kind, stack);
    else {
      const before = this.touch(first, Math.min(end, sweeps.firstOf(run)), 1, kind, stack);
      known = this.touch(Math.max(first, sweeps.endOf(run)), end, 1, kind, stack) && before;
    }
    if (!known || base[0] !== now) return;
    if (step === 1) sweeps.note(run, first, end, now);
    else if (step > 1) {
      const columns = sweeps.noteSteps(first, end, step, now);
      // there is no gap between them any more
      if (columns === step) this.view.showRange(first - (step - 1), end, kind);
    }
  }

  /** Loops inside each other, of that kind, over the elements of a grid. False where they are not all in the view. */
  sweepGrid(kind: number, grid: Grid, site: number): boolean {
    if (grid.first < 0 || grid.last >= this.view.count()) return false;
    this.sweepSteps(kind, grid, grid.depth, grid.first, site);
    return true;
  }

  /** So many of the steps of a grid, smallest first. */
  private sweepSteps(kind: number, grid: Grid, depth: number, first: number, site: number): void {
    const { steps, counts } = grid;
    const [step, count] = [steps[0] as number, counts[0] as number];
    if (depth < 2) this.sweep(kind, first, depth === 0 ? 1 : step, depth === 0 ? 1 : count, site);
    else {
      const [stride, rows] = [steps[depth - 1] as number, counts[depth - 1] as number];
      if (depth > 2)
        for (let i = 0; i < rows; i++) this.sweepSteps(kind, grid, depth - 1, first + i * stride, site);
      else if (step === 1 || rows <= count) this.sweepRows(kind, first, step, count, stride, rows, site);
      else this.sweepRows(kind, first, stride, rows, step, count, site);
    }
  }

  /** As many ranges, each so far behind the one before it. */
  private sweepRows(
    kind: number,
    first: number,
    by: number,
    count: number,
    stride: number,
    rows: number,
    site: number,
  ): void {
    const isRow = count >= this.detector.leastRow && by === 1;
    for (let row = 0; row < rows; row++) {
      const from = first + row * stride;
      // the first two show the way
      if (isRow && row > 1 && this.addRow(kind, from, count, site, rows - row, stride)) return;
      this.sweep(kind, from, by, count, site);
    }
  }

  /** Whether a row stands for an access to an element. */
  knows(index: number, kind: Kind): boolean {
    const { detector, view } = this;
    return view.rangeAt === this.base[0] && detector.isSwept(view, view.first + index, kind);
  }

  /**
   * Whether it is the row behind the one that came last by its way, and has been added to those; with as many more, each
   * `stride` behind the one before it.
   */
  private addRow(kind: number, from: number, count: number, site: number, rows = 1, stride = 0): boolean {
    const { detector, view } = this;
    const way = this.ways[site & 7];
    if (way === undefined || !way.leadsTo(site, from, count, detector.round) || view.rangeAt !== this.base[0])
      return false;
    if (rows > 1 && !way.goesBy(stride)) return false;
    const last = from + (rows - 1) * stride;
    // a write may have to end chains
    if (last + count > view.length || (kind !== 0 && view.shadow.syncSizes() !== 0)) return false;
    if (this.host.stackOf(site) !== way.stack || !way.leadsTo(site, from, count, detector.round))
      return false;
    way.go(rows);
    view.showRange(last, last + count, kind);
    detector.recorded += rows;
    return true;
  }

  /** Whether one of the latest runs of reads (kind 0) or of writes has all of them. */
  private runCovers(kind: number, first: number, end: number, now: number): boolean {
    const sweeps = kind === 0 ? this.reads : this.writes;
    const run = sweeps.over(first, end, now);
    if (run < 0) return false;
    this.view.showRange(sweeps.firstOf(run), sweeps.endOf(run), kind);
    return true;
  }

  /** Whether the detector takes it for a row, like others of its loop. */
  private sweepRow(first: number, end: number, kind: number, site: number, now: number): boolean {
    const { detector, view } = this;
    if (end > view.length) return false;
    const from = view.first;
    const stack = this.host.stackOf(site);
    const entry = detector.sweep(view, from + first, from + end, KINDS[kind] as Kind, stack);
    if (detector.found) this.host.report(view.name, first, from, view.array);
    if (entry === NO_ENTRY) return false;
    if (this.base[0] !== now) return true;
    view.showRange(first, end, kind);
    if (entry !== KNOWN) detector.showWay(this.wayOf(site), view, entry, site, stack, end - first);
    return true;
  }

  private wayOf(site: number): RowWay {
    if (this.ways === NO_WAYS) this.ways = Array.from({ length: 8 }, () => new RowWay());
    return this.ways[site & 7] as RowWay;
  }

  private sweepsOf(kind: number): Sweeps {
    const known = kind === 0 ? this.reads : this.writes;
    if (known !== NOTHING_SWEPT) return known;
    const made = new Sweeps();
    if (kind === 0) this.reads = made;
    else this.writes = made;
    return made;
  }

  /** Whether the running epoch remembers them now. */
  private touch(first: number, end: number, step: number, kind: number, stack: number): boolean {
    if (first >= end) return true;
    const { detector, view } = this;
    const from = view.first;
    const shadow = view.block.shadow as Shadow;
    const how = KINDS[kind] as Kind;
    const known = detector.elements(shadow, view.size, from + first, from + end, step, how, stack);
    if (detector.found) this.host.report(view.name, first, from, view.array);
    return known;
  }
}

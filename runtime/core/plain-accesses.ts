/**
 * Plain accesses. Those of single elements, as they come from the hooks, are put off (shadow/backlog.ts) and worked off
 * before the thread's clock changes or is told to others; ranges are remembered and compared at once. A write to a word
 * with a sync variable ends its chain at once, in either case (detector.ts).
 */
import { breakChains, hasSyncs, nextWithSync } from './chains.ts';
import type { Tid } from './clock/epoch.ts';
import { Edges } from './edges.ts';
import type { Locks } from './memory/lock.ts';
import type { Records } from './memory/records.ts';
import type { Recovery } from './recovery.ts';
import { Backlog, type Slot } from './shadow/backlog.ts';
import { entriesAt } from './shadow/backlog-memory.ts';
import type { Shadow } from './shadow/buffers.ts';
import { CLOCK_UNIT, makeMark } from './shadow/cell.ts';
import type { Found, Self } from './shadow/comparison.ts';
import { History } from './shadow/history.ts';
import { type AccessClass, ATOMIC, classOf, type Kind, type Log2, UPDATE, WRITE } from './shadow/kind.ts';
import type { Lane } from './shadow/lane.ts';
import { BLOCK } from './shadow/layout.ts';
import type { Plane } from './shadow/plane.ts';
import { KNOWN, NO_ENTRY, type Rows, type RowWay } from './shadow/rows.ts';
import type { Named, TrackedView } from './shadow/tracked-view.ts';
import { type Registry, ThreadWord } from './thread/registry.ts';
import { traceBacklog } from './tracer.ts';

/** So many times the least row is worth to make room for. */
const WORTH_ROOM = 16;

export abstract class PlainAccesses extends Edges implements Self {
  /** what the program asked not to be recorded at the moment. Acquires and releases go on. */
  readonly ignored: { reads: boolean; writes: boolean } = { reads: false, writes: false };
  /** there are races to take */
  found = false;
  protected readonly history: History;
  private readonly backlog: Backlog;
  /** `soon` was asked and has not called back yet */
  private expected = false;
  private catchingUp = false;
  /** Changes when the backlog was worked off, and whenever a row that comes by a way (`RowWay`) might need more than to be added. */
  round = 1;
  private readonly failed = (error: unknown): void => this.survive(error);
  private readonly seen = (view: Named): void => {
    if (this.found) this.onFound(view);
  };
  /** From so many elements on, what a loop touches is a row to `sweep`. */
  leastRow: number = BLOCK;
  /** Calls back when the thread has nothing else to do at the moment; by default at once. */
  soon: (work: () => void) => void = (work) => work();
  /** It has nothing else to do at the moment: views are let go of. */
  onPause: () => void = () => {};
  /** Races were found of accesses by that view, which were made before: `takeRaces` has them. */
  onFound: (view: Named) => void = () => {};

  constructor(seq: number, registry: Registry, locks: Locks, records: Records, recovery: Recovery) {
    super(seq, registry, locks, records, recovery);
    this.history = new History(this, (...found) => this.report(seq, ...found));
    this.backlog = new Backlog(records, this.slot, ThreadWord.BACKLOG);
  }

  /** A race with an access of that thread. */
  protected abstract report(seq: number, ...found: Parameters<Found>): void;

  /** The plane of plain accesses of a size, or undefined when there is no memory for it: they go unchecked. */
  planeOf(shadow: Shadow, size: Log2): Plane | undefined {
    try {
      return shadow.plane(size as number as AccessClass);
    } catch (error) {
      this.survive(error);
      return undefined;
    }
  }

  /** The thread's lane for plain accesses of a size, if there is memory for it. */
  laneOf(shadow: Shadow, size: Log2): Lane | undefined {
    if (this.tid === 0) return undefined;
    try {
      return this.planeOf(shadow, size)?.own(this.tid);
    } catch (error) {
      this.survive(error);
      return undefined;
    }
  }

  /**
   * A plain access to one element of a view, which the lane does not remember. Returns the way that it came, if others
   * may be noted by it.
   */
  note(view: TrackedView, element: number, kind: Kind, stack: number): Slot | undefined {
    const { shadow } = view;
    if ((kind & WRITE) === 0 || shadow.syncSizes() === 0 || !hasSyncs(shadow, element, view.plane.size)) {
      const way = this.backlog.add(view, element, kind, stack);
      if (way !== undefined) return way;
    }
    return this.noteSlowly(view, element, kind, stack);
  }

  /** Whether it was noted: the next one of a view, by the way that an earlier one has come. */
  noteBy(way: Slot, view: TrackedView, element: number): boolean {
    if (way.view !== view) return false;
    const { shadow } = view;
    if (way.write && shadow.syncSizes() !== 0 && hasSyncs(shadow, element, view.plane.size)) return false;
    return way.looks ? this.backlog.addOnce(way, element) : this.backlog.addBy(way, element);
  }

  private noteSlowly(view: TrackedView, element: number, whole: Kind, stack: number): Slot | undefined {
    const kind = this.counted(whole);
    if (kind === undefined || this.tid === 0) return undefined;
    const { backlog } = this;
    const { shadow, plane } = view;
    if (this.catchingUp) {
      // a report has come by shared memory itself
      this.elements(shadow, plane.size, element, element + 1, 1, kind, stack);
      return undefined;
    }
    this.haveRoom();
    backlog.open();
    const way = backlog.learn(view, kind, stack);
    backlog.addBy(way, element);
    if ((kind & WRITE) !== 0) this.endChains(shadow, element, plane.size);
    this.expect();
    this.reopen();
    return kind === whole ? way : undefined;
  }

  /**
   * Plain accesses to the elements first … end of a view, as a row (shadow/rows.ts). Returns where the thread's rows have
   * them, KNOWN where nothing had to be done, or NO_ENTRY: nothing has been done.
   */
  sweep(view: TrackedView, first: number, end: number, kind: Kind, stack: number): number {
    const { shadow, plane } = view;
    const { backlog, base, start } = this;
    if (this.catchingUp || this.tid === 0 || this.counted(kind) !== kind || base[0] !== start)
      return NO_ENTRY;
    if (first >= end || end > plane.elements) return NO_ENTRY;
    this.haveRoom();
    let entry: number;
    try {
      const isLong = end - first >= this.leastRow * WORTH_ROOM;
      entry = this.history.rememberRow(plane, first, end, kind, stack, isLong);
    } catch {
      // by blocks then
      return NO_ENTRY;
    }
    if (entry === NO_ENTRY || entry === KNOWN) return entry;
    this.use();
    if (this.tracer !== undefined) this.tracer.access(shadow, plane.size, first, end, 1, kind, stack);
    if ((kind & WRITE) !== 0 && shadow.syncSizes() !== 0) this.endChainsOf(shadow, plane.size, first, end, 1);
    const rows = plane.own(this.tid).lookAtRows() as Rows;
    if (rows.notedAt[entry] !== this.round) {
      rows.notedAt[entry] = this.round;
      backlog.addRows(entry, backlog.learn(view, kind, stack));
      this.expect();
      this.reopen();
    }
    return entry;
  }

  /** Lets a way lead to the row behind those that `sweep` has put there, as long as adding it is all there is to do. */
  showWay(
    way: RowWay,
    { plane, first }: TrackedView,
    entry: number,
    site: number,
    stack: number,
    width: number,
  ): void {
    if (this.tracer !== undefined) return;
    const rows = plane.own(this.tid).lookAtRows() as Rows;
    // they may have been compared since: the next one is to be noted anew
    if (rows.notedAt[entry] !== this.round) return;
    rows.show(way, entry, site, stack, this.round, width, first);
  }

  /**
   * Whether an access is one of those that `sweep` has remembered in the running epoch, as are those around it. To be asked
   * as long as nothing has set `base` to Infinity.
   */
  isSwept({ plane }: TrackedView, element: number, kind: Kind): boolean {
    return this.history.isInRow(plane, element, (kind & WRITE) !== 0);
  }

  /** Whether the running epoch remembers an access that stands for this one. */
  remembers({ plane }: TrackedView, element: number, kind: Kind): boolean {
    return this.tid !== 0 && this.history.remembers(plane, element, kind);
  }

  /** As long as nothing is unusual, `note` need not look at what might be. */
  private reopen(): void {
    const { reads, writes } = this.ignored;
    if (this.expected && !this.catchingUp && !reads && !writes && this.tid !== 0) this.backlog.open();
    else this.backlog.shut();
  }

  /** What is ignored changes for as long as `run` runs. */
  ignoring<T>(what: 'reads' | 'writes', run: () => T): T {
    const before = this.ignored[what];
    this.ignored[what] = true;
    this.round++;
    this.backlog.shut();
    try {
      return run();
    } finally {
      this.ignored[what] = before;
    }
  }

  /** Lets `onPause` come. */
  expect(): void {
    if (this.expected) return;
    this.expected = true;
    this.soon(() => {
      this.expected = false;
      if (!this.catchingUp) this.makeRoom();
      this.onPause();
    });
  }

  /** For one more entry. */
  private haveRoom(): void {
    if (this.backlog.crowded) this.makeRoom();
    else if (this.backlog.full) this.catchUp();
  }

  private makeRoom(): void {
    this.catchUp();
    this.backlog.forget();
  }

  /** No access comes any more by a way that an earlier one has come: stacks are others now. */
  forgetWays(): void {
    if (!this.catchingUp) this.makeRoom();
  }

  override catchUp(): void {
    if (this.backlog.count !== 0 && !this.catchingUp) this.workOff();
  }

  private workOff(): void {
    const { backlog } = this;
    this.catchingUp = true;
    backlog.shut();
    try {
      if (this.tid !== 0 && this.base[0] === Number.POSITIVE_INFINITY) this.forgetEpoch();
      // its last tid was spent, and there is no other: it runs unchecked
      if (this.tid === 0) return;
      this.use(backlog.elements);
      if (this.history.rememberAll(backlog, this.failed) === 0) return;
      if (this.tracer !== undefined) traceBacklog(this.tracer, backlog);
      this.history.compareAll(backlog, this.failed, this.seen);
    } finally {
      backlog.clear();
      this.round++;
      this.catchingUp = false;
      this.reopen();
    }
  }

  /**
   * Also for a thread that runs, when the process ends: what it finds counts as long as the thread's epoch goes on, in
   * which it has released nothing.
   */
  override catchUpFor(seq: number): void {
    const { registry, recovery } = this;
    const entries = entriesAt(this.records, registry.slotOf(seq), ThreadWord.BACKLOG);
    const tid = registry.get(seq, ThreadWord.TID) as Tid;
    if (entries.length === 0 || tid === 0 || !registry.holds(seq, tid)) return;
    const start = registry.running(tid) * CLOCK_UNIT;
    const found: Found = (...args) => {
      if (registry.running(tid) * CLOCK_UNIT === start) this.report(seq, ...args);
    };
    const self = { tid, clock: registry.clockOf(tid), start, base: Float64Array.of(start) };
    const history = new History(self, found);
    const shadows = new Map<number, Shadow>();
    for (const entry of entries) {
      const { buffer, accessClass, element, kind, stack, rows } = entry;
      const end = element + 1;
      const mark = makeMark(stack, kind);
      try {
        const shadow = shadows.get(buffer) ?? recovery.buffers.glance(buffer);
        shadows.set(buffer, shadow);
        const plane = shadow.plane(accessClass);
        const lane = plane.own(tid);
        if (rows) {
          history.fence();
          const left = lane.lookAtRows()?.of(element);
          if (left !== undefined && left.count !== 0)
            history.compareRows(shadow, plane, shadow.classes(), element, left);
          if (this.found) this.onFound(entry);
          continue;
        }
        history.rememberRun(plane, lane, element, end, kind, mark, start);
        if (this.tracer !== undefined)
          this.tracer.left(seq, tid, start / CLOCK_UNIT, shadow, plane.size, element, end, kind, stack);
        history.clean.plane = undefined;
        history.fence();
        history.compareRun(shadow, plane, shadow.classes(), element, end, kind, stack);
      } catch (error) {
        this.survive(error);
      }
      if (this.found) this.onFound(entry);
    }
  }

  /** Does so for all threads: the process ends, and they with it. */
  catchUpForAll(): void {
    const { registry } = this;
    for (let seq = 0; seq < registry.threadCount(); seq++) {
      if (seq !== this.seq && registry.get(seq, ThreadWord.OVER) === 0) this.catchUpFor(seq);
    }
  }

  /** Plain accesses to the elements first, first + step, … below end. Whether the running epoch remembers them now. */
  elements(
    shadow: Shadow,
    size: Log2,
    first: number,
    end: number,
    step: number,
    whole: Kind,
    stack: number,
  ): boolean {
    const kind = this.counted(whole);
    if (this.tid === 0 || kind === undefined) return false;
    if (this.base[0] === Number.POSITIVE_INFINITY) this.forgetEpoch();
    try {
      const plane = shadow.plane(classOf(size, kind));
      const last = Math.min(end, plane.elements);
      if (first >= last) return true;
      if (last - first === 1) {
        if (this.history.remembers(plane, first, kind)) return kind === whole;
        this.history.one(shadow, plane, first, kind, stack);
      } else if (!this.history.many(shadow, plane, first, last, step, kind, stack)) {
        return kind === whole;
      }
      if (this.tracer !== undefined) this.tracer.access(shadow, size, first, last, step, kind, stack);
      this.use();
      if ((kind & WRITE) !== 0 && shadow.syncSizes() !== 0) this.endChainsOf(shadow, size, first, last, step);
      return kind === whole;
    } catch (error) {
      this.survive(error);
      return false;
    }
  }

  /** What is left of an access when what is ignored now is taken away. */
  protected counted(kind: Kind): Kind | undefined {
    const { reads, writes } = this.ignored;
    if (!reads && !writes) return kind;
    const atomic = kind & ATOMIC;
    if ((kind & UPDATE) === 0) return ((kind & WRITE) !== 0 ? writes : reads) ? undefined : kind;
    return reads && writes ? undefined : ((atomic | (writes ? 0 : WRITE)) as Kind);
  }

  /** A plain access to any bytes, as aligned elements of up to `most` bytes (as log2). */
  range(shadow: Shadow, byteOffset: number, byteLength: number, kind: Kind, stack: number, most: Log2): void {
    const end = byteOffset + byteLength;
    for (let at = byteOffset; at < end; ) {
      let size = most as number;
      while (size > 0 && (at % (1 << size) !== 0 || at + (1 << size) > end)) size--;
      const width = 1 << size;
      // as many of that size as there are, once there are no larger ones
      const count = size === most ? Math.floor((end - at) / width) : 1;
      this.elements(shadow, size as Log2, at / width, at / width + count, 1, kind, stack);
      at += count * width;
    }
  }

  /** A plain write ends the chains of sync variables on its bytes. */
  private endChains(shadow: Shadow, element: number, size: Log2): void {
    if (!hasSyncs(shadow, element, size)) return;
    const byteOffset = element * (1 << size);
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lockBlock(lock);
    try {
      breakChains(this.records, shadow, byteOffset, size, -1);
    } finally {
      this.locks.unlockBlock(lock);
    }
  }

  private endChainsOf(shadow: Shadow, size: Log2, first: number, end: number, step: number): void {
    for (let e = first; e < end; e = nextWithSync(shadow, size, e + step, end, step))
      this.endChains(shadow, e, size);
  }

  /** The thread ends. */
  giveBacklog(): void {
    this.catchUp();
    this.backlog.give();
    if (this.tracer !== undefined) this.tracer.end();
  }
}

/**
 * One thread's own time: the tid it runs under, its vector clock, and the epoch that is running.
 *
 *   release   V(me) := my running clock; go on at the next one (if the running epoch was used)
 *
 * Others may poison `base` (detector.ts): nothing counts as remembered then, and the thread goes on in a new epoch.
 */
import { MAX_CLOCK, type Tid } from './clock/epoch.ts';
import type { VectorClock } from './clock/vector-clock.ts';
import { atomicLoad, atomicOr } from './memory/atomics.ts';
import { Control, Weakness } from './memory/control.ts';
import type { Locks } from './memory/lock.ts';
import { OutOfShadowMemory } from './memory/table.ts';
import { CLOCK_UNIT } from './shadow/cell.ts';
import { type Registry, ThreadWord, Turn } from './thread/registry.ts';
import type { Tracer } from './tracer.ts';

export class Timeline {
  readonly seq: number;
  /** 0 when this thread runs unchecked */
  tid: Tid;
  clock: VectorClock;
  /** the first cell of the running epoch */
  start = 0;
  /** The same, or Infinity: nothing counts as remembered. Others may set it to that. */
  readonly base: Float64Array;
  recorded = 0;
  /** writes a trace, if one is wanted */
  tracer: Tracer | undefined = undefined;
  /** The hooks of views see ranges of the running epoch, and need not look at `base` for that, until `hideRanges`: another one begins. */
  rangesShown = false;
  hideRanges: () => void = () => {};
  /** Called when the thread has taken another tid: what was cached of its lanes is no longer its own. */
  onNewTid: () => void = () => {};
  protected running: number;
  /** of all threads */
  protected readonly control: Int32Array;
  /** what others see of it */
  private turn: Int32Array;
  /** something was recorded in the running epoch, or learned of others */
  private used = false;
  /** the tid whose epoch this thread ended last, 0 if it has ended none under the tid that it has */
  protected releaser = 0;
  /** this thread's entry */
  protected readonly slot: Int32Array;
  protected readonly registry: Registry;
  protected readonly locks: Locks;

  constructor(seq: number, registry: Registry, locks: Locks) {
    this.seq = seq;
    this.registry = registry;
    this.slot = registry.slotOf(seq);
    this.locks = locks;
    this.tid = registry.get(seq, ThreadWord.TID) as Tid;
    this.clock = registry.clockOf(this.tid);
    this.running = registry.running(this.tid);
    this.control = registry.memory.control.words;
    this.turn = registry.turnOf(this.tid);
    this.base = registry.baseOf(seq);
    this.setBase();
  }

  private setBase(): void {
    if (this.rangesShown) this.hideRanges();
    this.start = this.running * CLOCK_UNIT;
    this.base[0] = this.tid === 0 ? Number.POSITIVE_INFINITY : this.start;
  }

  /** Makes all that this thread did so far part of its clock, which is then published. */
  closeEpoch(): void {
    if (!this.used) return;
    if (this.running < MAX_CLOCK) this.endEpoch();
    else this.changeTid();
    if (this.tracer !== undefined) this.tracer.epoch(this.tid, this.running);
  }

  /** The running epoch was used, and is not the tid's last: on to the next one. */
  protected endEpoch(): void {
    const { turn } = this;
    this.conclude();
    this.running++;
    turn[Turn.RUNNING] = this.running;
    turn[Turn.USED] = 0;
    this.setBase();
  }

  /** The running epoch is part of the clock. */
  private conclude(): void {
    this.count();
    this.used = false;
    this.clock[this.tid] = this.running;
    this.releaser = this.tid;
  }

  /** What this thread does next is remembered anew, whatever it did before. */
  newEpoch(): void {
    if (this.tid !== 0) this.closeEpoch();
  }

  /** The same at the tid's last one. */
  private changeTid(): void {
    this.conclude();
    const old = this.clock;
    const tid = this.registry.takeTid(this.seq, old, this.locks);
    if (tid === 0) {
      this.runUnchecked(Weakness.CLOCK_SPENT);
      return;
    }
    this.tid = tid;
    this.releaser = 0;
    this.clock = this.registry.clockOf(tid);
    this.running = this.registry.running(tid);
    this.turn = this.registry.turnOf(tid);
    this.setBase();
    this.onNewTid();
  }

  private runUnchecked(weakness: number): void {
    this.tid = 0 as Tid;
    this.releaser = 0;
    this.setBase();
    atomicOr(this.control, Control.WEAKNESS, weakness);
  }

  protected use(count = 1): void {
    this.recorded += count;
    if (!this.used) this.startUsing();
  }

  /** The clock has learned of others: what is released next is more than what was. */
  protected learned(): void {
    if (this.tracer !== undefined) this.tracer.learned();
    if (!this.used && this.tid !== 0) this.startUsing();
  }

  private startUsing(): void {
    this.used = true;
    this.turn[Turn.USED] = 1;
  }

  /** Lets the tables see how many accesses this thread has recorded. */
  count(): void {
    this.slot[ThreadWord.RECORDED] = this.recorded;
  }

  /** An access could not be recorded: the summary says so, and the program goes on. */
  survive(error: unknown): void {
    this.weaken(error instanceof OutOfShadowMemory ? Weakness.NO_MEMORY : Weakness.ACCESS_FAILED);
  }

  /** An edge could not be recorded: whatever is found from now on may be ordered by it. */
  loseEdge(): void {
    this.weaken(Weakness.EDGE_LOST);
  }

  weaken(weakness: number): void {
    this.locks.letGo();
    atomicOr(this.control, Control.WEAKNESS, weakness);
  }

  /** Whether what was found may be told. */
  get trusted(): boolean {
    return (atomicLoad(this.control, Control.WEAKNESS) & Weakness.EDGE_LOST) === 0;
  }

  /** Works off what was put off (shadow/backlog.ts): before this thread's clock changes, or is told to others; with no lock held. */
  catchUp(): void {}

  /** A new epoch, so that nothing counts as remembered, although nothing was released. */
  protected forgetEpoch(): void {
    this.used = true;
    this.closeEpoch();
    this.setBase();
  }
}

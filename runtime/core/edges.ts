/**
 * The edges of happens-before, for one thread: what it releases to others and acquires from them, threads it starts
 * and sees end, and the waiter lists of words (SEMANTICS.md section 3).
 */
import type { Tid } from './clock/epoch.ts';
import { joinClock, joinPairs, type VectorClock, writePairs } from './clock/vector-clock.ts';
import { atomicAdd, atomicOr } from './memory/atomics.ts';
import { Control, SingleLock, Weakness } from './memory/control.ts';
import type { BlockLock, Locks } from './memory/lock.ts';
import type { Records } from './memory/records.ts';
import type { Recovery } from './recovery.ts';
import type { Shadow } from './shadow/buffers.ts';
import type { Log2 } from './shadow/kind.ts';
import { EventKind, EventLog, releases } from './sync/event-log.ts';
import { acquire, type RecordCopy, recordAt, replace, waitersAt, wokenAt } from './sync/sync-variable.ts';
import { type Registry, State, ThreadWord } from './thread/registry.ts';
import { Timeline } from './timeline.ts';

export class Edges extends Timeline {
  protected readonly records: Records;
  protected readonly recovery: Recovery;
  private readonly log: EventLog;
  /** the release that was learned of since the last event: tid (0: nobody can tell) and clock */
  private news = false;
  private source = 0;
  private sourceClock = 0;

  constructor(seq: number, registry: Registry, locks: Locks, records: Records, recovery: Recovery) {
    super(seq, registry, locks);
    this.records = records;
    this.recovery = recovery;
    this.log = new EventLog(registry.memory.events);
  }

  /** The clock as pairs, after that of this thread's last epoch. */
  release(): Int32Array {
    this.catchUp();
    this.closeEpoch();
    const high = this.registry.highTid();
    const out = new Int32Array(high * 2 + 2);
    out[0] = this.tid;
    out[1] = this.clock[this.tid] as number;
    return out.slice(0, writePairs(this.clock, high, out, 2) * 2 + 2);
  }

  /** What `release` gave to another. */
  acquireClock(clock: Int32Array): void {
    this.catchUp();
    const learned = joinPairs(this.clock, clock, 0, clock.length / 2);
    this.heardOf(clock[0] as number, clock[1] as number);
    if (learned !== 0) this.learned();
  }

  /** The epoch that the thread runs in, or ran in last. */
  protected runningOf(seq: number): number {
    return this.registry.running(this.registry.get(seq, ThreadWord.TID) as Tid);
  }

  private learnedOf(tid: number, clock: number): void {
    this.heardOf(tid, clock);
    this.learned();
  }

  /** For the next event: the release that it came after. */
  private heardOf(tid: number, clock: number): void {
    this.news = true;
    this.source = tid;
    this.sourceClock = clock;
  }

  /** Writes down what this thread has just done, if others may come to know it, or it learned of them. */
  event(kind: EventKind, object: number, place: number, stack: number): void {
    const { tid, news } = this;
    const ends = releases(kind);
    if (tid === 0) this.news = false;
    if (tid === 0 || (!ends && !news)) return;
    if (this.tracer !== undefined)
      this.tracer.event(kind, object, place, stack, news ? this.source : 0, this.sourceClock);
    this.writeDown(kind, object, place, stack, ends ? (this.clock[tid] as number) : this.running);
  }

  /** The second half of `event`: one of the epoch of that clock. */
  protected writeDown(kind: EventKind, object: number, place: number, stack: number, clock: number): void {
    const source = this.news ? this.source : 0;
    this.news = false;
    this.log.append(this.tid, this.seq, clock, kind, object, place, stack, source, this.sourceClock);
  }

  /** To the sync variable at plane[i]: see `replace`. */
  releaseTo(plane: Int32Array, i: number, whole: boolean): void {
    this.closeEpoch();
    replace(this.records, plane, i, this.clock, this.registry.highTid(), whole, this.releaser);
  }

  /** From a sync variable. */
  acquireFrom(record: number): void {
    const at = acquire(this.records, record, this.clock);
    if (at === 0) return;
    const { words } = this.records;
    this.learnedOf(words[at - 1] as number, words[at] as number);
  }

  /** The same of a copy. */
  protected acquireCopy(copy: RecordCopy): void {
    const at = copy.acquire(this.clock);
    if (at !== 0) this.learnedOf(copy.words[at - 1] as number, copy.words[at] as number);
  }

  /** Gives a new thread its number, tid and first clock. */
  fork(createdAt: number): number {
    this.catchUp();
    this.closeEpoch();
    const { registry } = this;
    const seq = registry.newThread();
    registry.set(seq, ThreadWord.PARENT, this.seq);
    registry.set(seq, ThreadWord.CREATED_AT, createdAt);
    registry.set(seq, ThreadWord.STATE, State.STARTING);
    registry.set(seq, ThreadWord.SIBLING, registry.get(this.seq, ThreadWord.LAST_CHILD));
    registry.set(this.seq, ThreadWord.LAST_CHILD, seq);
    let tid = 0;
    try {
      tid = registry.takeTid(seq, this.clock, this.locks);
    } catch {
      // unchecked then
    }
    if (tid === 0) {
      this.weaken(Weakness.NO_TID);
      // those who run unchecked have one clock, which is ahead of all of theirs
      joinClock(registry.clockOf(0 as Tid), this.clock, registry.highTid());
    }
    this.event(EventKind.FORK, seq, 0, createdAt);
    if (tid !== 0) {
      const clock = registry.running(tid as Tid);
      this.log.append(
        tid as Tid,
        seq,
        clock,
        EventKind.START,
        this.seq,
        0,
        0,
        this.tid,
        this.clock[this.tid] as number,
      );
    }
    return seq;
  }

  /** The thread could not be made after all. */
  unfork(seq: number): void {
    this.ended(seq);
    atomicAdd(this.registry.memory.control.words, Control.UNFORKED, 1);
  }

  /** Works off what a thread that has ended had put off. */
  catchUpFor(_seq: number): void {}

  /** The thread has ended, however: all it did happens before what this thread does next. */
  join(seq: number): void {
    this.over(seq, true);
  }

  /**
   * The thread has ended and nothing of this thread is ordered after that. Its tid is free for whoever comes
   * to know all it did.
   */
  ended(seq: number): void {
    this.over(seq, false);
  }

  private over(seq: number, acquires: boolean): void {
    const { registry } = this;
    if (registry.get(seq, ThreadWord.OVER) !== 0) return;
    registry.set(seq, ThreadWord.STATE, State.FINISHED);
    this.catchUp();
    this.catchUpFor(seq);
    this.recovery.settle(seq);
    if (this.tracer !== undefined) this.tracer.settle(seq);
    const tid = registry.get(seq, ThreadWord.TID) as Tid;
    if (tid !== 0) {
      if (acquires && registry.holds(seq, tid)) this.learnHolder(tid);
      this.giveBack(seq, tid);
    } else if (acquires) {
      joinClock(this.clock, registry.clockOf(tid), registry.highTid());
      this.learnedOf(0, 0);
    }
    if (acquires) this.event(EventKind.JOIN, seq, 0, 0);
    registry.set(seq, ThreadWord.OVER, 1);
  }

  /**
   * The thread has ended, which its creator may not have heard yet: all it did happens before what this thread
   * does next, but the tid is not this thread's to give back.
   */
  acquireEnd(seq: number): void {
    const lock = this.locks.single(SingleLock.THREADS);
    this.locks.lock(lock);
    try {
      const last = this.registry.get(seq, ThreadWord.LAST);
      const tid = this.registry.get(seq, ThreadWord.TID) as Tid;
      if (last !== 0) this.acquireFrom(last);
      else if (tid !== 0) this.learnHolder(tid);
    } finally {
      this.locks.unlock(lock);
    }
  }

  private learnHolder(tid: Tid): void {
    this.joinHolder(tid, this.clock);
    this.learnedOf(tid, this.clock[tid] as number);
  }

  /** clock ⊔= all that the holder of the tid, which has ended, did and knew */
  private joinHolder(tid: Tid, clock: VectorClock): void {
    joinClock(clock, this.registry.clockOf(tid), this.registry.highTid());
    clock[tid] = Math.max(clock[tid] as number, this.registry.running(tid));
  }

  /** The next holder overwrites the tid's clock: what others may still ask for is kept. */
  private giveBack(seq: number, tid: Tid): void {
    const { registry } = this;
    this.log.append(tid, seq, registry.running(tid), EventKind.END, seq, 0, 0, 0, 0);
    if (registry.get(seq, ThreadWord.HOLDS) !== 0 && registry.get(seq, ThreadWord.LAST) === 0) {
      const last = new Int32Array(this.clock.length);
      this.joinHolder(tid, last);
      const lane = new Int32Array(1);
      replace(this.records, lane, 0, last, registry.highTid(), true, 0);
      registry.set(seq, ThreadWord.LAST, lane[0] as number);
    }
    const lock = this.locks.single(SingleLock.THREADS);
    this.locks.lock(lock);
    try {
      if (registry.holds(seq, tid)) registry.freeTid(tid);
    } finally {
      this.locks.unlock(lock);
    }
  }

  /** One whole critical section of a waiter list: that of the byte index, whatever the size of the wait. */
  waiters(shadow: Shadow, byteOffset: number, stack: number): void {
    this.catchUp();
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lockBlock(lock);
    try {
      this.waitersLocked(shadow, byteOffset, EventKind.WAIT, stack);
    } finally {
      this.locks.unlockBlock(lock);
    }
  }

  waitersLocked(shadow: Shadow, byteOffset: number, kind: EventKind, stack: number): void {
    this.hoping(() => {
      const at = waitersAt(this.syncOf(shadow, byteOffset));
      const words = this.records.table.ensure(at + 1);
      const list = words[at] as number;
      if (list !== 0) this.acquireFrom(list);
      this.releaseTo(words, at, true);
      this.event(kind, shadow.id, byteOffset, stack);
    });
  }

  /** After a notify's `waitersLocked`, still under the lock: it has woken somebody. */
  wokeLocked(shadow: Shadow, byteOffset: number): void {
    this.hoping(() => {
      const at = wokenAt(this.syncOf(shadow, byteOffset));
      this.releaseTo(this.records.table.ensure(at + 1), at, true);
    });
  }

  /** A reaction of a `waitAsync` that was woken: after the notify, and not in the list's order. */
  awoken(shadow: Shadow, byteOffset: number, stack: number): void {
    this.catchUp();
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lockBlock(lock);
    try {
      this.hoping(() => {
        const at = wokenAt(this.syncOf(shadow, byteOffset));
        const woken = this.records.table.ensure(at + 1)[at] as number;
        if (woken !== 0) this.acquireFrom(woken);
        this.event(EventKind.WOKEN, shadow.id, byteOffset, stack);
      });
    } finally {
      this.locks.unlockBlock(lock);
    }
  }

  /** The record of the word whose waiters are meant. */
  private syncOf(shadow: Shadow, byteOffset: number): number {
    return recordAt(this.records, shadow.syncPlane(WORD), Math.floor(byteOffset / (1 << WORD)));
  }

  /** Without memory for the edge it is lost, and the run says so. */
  private hoping(edge: () => void): void {
    try {
      edge();
    } catch {
      atomicOr(this.registry.memory.control.words, Control.WEAKNESS, Weakness.EDGE_LOST);
    }
  }

  /**
   * How many waits of the list have been entered and not yet left, by `change` more or less: those that may be
   * on their way to sleep. An upper bound: a thread may have died in its wait, and a hash may meet another.
   */
  waiting(shadow: Shadow, byteOffset: number, change: number): number {
    return this.locks.count(this.lockOf(shadow, byteOffset), counterOf(byteOffset), change);
  }

  /** This thread blocks in a wait, or (`undefined`) no longer does: so that its end can take it off the list. */
  blocks(shadow: Shadow | undefined, byteOffset: number): void {
    const at = shadow === undefined ? 0 : this.lockOf(shadow, byteOffset) * 16 + counterOf(byteOffset);
    this.registry.set(this.seq, ThreadWord.WAIT, at);
  }

  lockOf(shadow: Shadow, byteOffset: number): BlockLock {
    return this.locks.ofBlock(shadow.id, Math.floor(byteOffset / 64));
  }
}

/** Waiter lists hang on the sync variables of four bytes. */
const WORD: Log2 = 2;
/** Words of a block have counters of their own, but for the first and the last. */
const counterOf = (byteOffset: number): number => Math.floor((byteOffset % 64) / 4);

/**
 * The rules, for one thread.
 *
 *   plain access n    for each remembered access a of an overlapping range: race(a, n) if they conflict and a
 *                     does not happen before n; then remember n
 *   atomic access n   acquire the word's clock, if n reads; as above; if n writes, the word's clock := mine
 *   a happens before n   iff   clock(a) <= V(tid(a)), or a is of this thread
 *   release           V(me) := my running clock; go on at the next one (if the running epoch was used)
 *
 * After FastTrack (PLDI 2009), with atomics as sync variables in the manner of C11 detectors (ThreadSanitizer
 * v3, miri), exact where those approximate: a release store replaces, ranges of all sizes are compared, and
 * the accesses since the last write are a set rather than the last few.
 *
 * All of one access happens under the lock of its 64-byte block, so for any two accesses to one byte one sees
 * the other. Races are collected while the lock is held and handed out after (`takeRaces`).
 */
import { type Epoch, MAX_CLOCK, makeEpoch, NO_EPOCH, type Tid, tidOf } from './clock/epoch.ts';
import { covers, joinClock, joinEpochs, type VectorClock, writeEpochs } from './clock/vector-clock.ts';
import { Control, SingleLock, Weakness } from './memory/control.ts';
import type { LockIndex, Locks } from './memory/lock.ts';
import type { Records } from './memory/records.ts';
import { OutOfShadowMemory } from './memory/table.ts';
import type { AccessType, Race, RaceKind } from './race.ts';
import { beginWrite, type Recovery } from './recovery.ts';
import { add, byAt, clear, countOf, epochAt, ownerTag } from './shadow/access-set.ts';
import type { Log2, Shadow } from './shadow/buffers.ts';
import {
  ATOMIC,
  by,
  CELL_WORDS,
  conflict,
  conflictAcrossSizes,
  type Kind,
  kindOf,
  PLAIN_WRITE,
  R,
  stackOf,
  UPDATE,
  W,
  W_BY,
  WRITE,
} from './shadow/cell.ts';
import { acquire, breakChain, recordAt, replace, setWaiters, waitersOf } from './sync/sync-variable.ts';
import { type Registry, State, ThreadWord } from './thread/registry.ts';

export class Detector {
  readonly seq: number;
  /** the running epoch; NO_EPOCH when this thread runs unchecked */
  epoch: Epoch = NO_EPOCH;
  clock: VectorClock;
  recorded = 0;
  /** what the program asked not to be recorded at the moment. Acquires and releases go on. */
  readonly ignored: { reads: boolean; writes: boolean } = { reads: false, writes: false };
  private tid: Tid;
  private running: number;
  /** something was recorded in the running epoch */
  private used = false;
  private races: Race[] = [];
  private readonly registry: Registry;
  private readonly locks: Locks;
  private readonly records: Records;
  private readonly recovery: Recovery;
  /** this thread's entry */
  private readonly slot: Int32Array;
  private readonly isBefore: (epoch: Epoch) => boolean;

  constructor(seq: number, registry: Registry, locks: Locks, records: Records, recovery: Recovery) {
    this.seq = seq;
    this.recovery = recovery;
    this.slot = registry.slotOf(seq);
    this.registry = registry;
    this.locks = locks;
    this.records = records;
    this.tid = registry.get(seq, ThreadWord.TID) as Tid;
    this.clock = registry.clockOf(this.tid);
    this.running = registry.running(this.tid);
    if (this.tid !== 0) this.epoch = makeEpoch(this.tid, this.running);
    this.isBefore = (epoch) => tidOf(epoch) === this.tid || covers(this.clock, epoch);
  }

  // ---- edges ----

  /** Makes all that this thread did so far part of its clock, which is then published. */
  closeEpoch(): void {
    if (!this.used) return;
    this.count();
    this.used = false;
    this.clock[this.tid] = this.running;
    if (this.running === MAX_CLOCK) {
      this.changeTid();
    } else {
      this.running++;
      this.registry.setRunning(this.tid, this.running);
      this.epoch = makeEpoch(this.tid, this.running);
    }
  }

  /** What this thread does next is remembered anew, whatever it did before. */
  newEpoch(): void {
    if (this.epoch !== NO_EPOCH) this.closeEpoch();
  }

  private changeTid(): void {
    const old = this.clock;
    const tid = this.registry.takeTid(this.seq, old, this.locks);
    if (tid === 0) {
      this.runUnchecked(Weakness.CLOCK_SPENT);
      return;
    }
    this.tid = tid;
    this.clock = this.registry.clockOf(tid);
    this.running = this.registry.running(tid);
    this.epoch = makeEpoch(tid, this.running);
  }

  private runUnchecked(weakness: number): void {
    this.epoch = NO_EPOCH;
    Atomics.or(this.registry.memory.control.words, Control.WEAKNESS, weakness);
  }

  release(): Int32Array {
    this.closeEpoch();
    const high = this.registry.highTid();
    const out = new Int32Array(high);
    return out.slice(0, writeEpochs(this.clock, high, out, 0));
  }

  acquireClock(clock: Int32Array): void {
    joinEpochs(this.clock, clock, 0, clock.length);
  }

  /** Gives a new thread its number, tid and first clock. */
  fork(createdAt: number): number {
    this.closeEpoch();
    const { registry } = this;
    const seq = registry.newThread();
    registry.set(seq, ThreadWord.PARENT, this.seq);
    registry.set(seq, ThreadWord.CREATED_AT, createdAt);
    registry.set(seq, ThreadWord.STATE, State.STARTING);
    registry.set(seq, ThreadWord.SIBLING, registry.get(this.seq, ThreadWord.LAST_CHILD));
    registry.set(this.seq, ThreadWord.LAST_CHILD, seq);
    const tid = registry.takeTid(seq, this.clock, this.locks);
    if (tid === 0) Atomics.or(registry.memory.control.words, Control.WEAKNESS, Weakness.NO_TID);
    return seq;
  }

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
    this.recovery.settle(seq);
    const tid = registry.get(seq, ThreadWord.TID) as Tid;
    if (tid !== 0) {
      if (acquires && registry.holds(seq, tid)) this.joinHolder(tid, this.clock);
      this.giveBack(seq, tid);
    }
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
      if (last !== 0) acquire(this.records, last, this.clock);
      else if (tid !== 0) this.joinHolder(tid, this.clock);
    } finally {
      this.locks.unlock(lock);
    }
  }

  /** clock ⊔= all that the holder of the tid, which has ended, did and knew */
  private joinHolder(tid: Tid, clock: VectorClock): void {
    joinClock(clock, this.registry.clockOf(tid), this.registry.highTid());
    clock[tid] = Math.max(clock[tid] as number, this.registry.running(tid));
  }

  /** The next holder overwrites the tid's clock: what others may still ask for is kept. */
  private giveBack(seq: number, tid: Tid): void {
    const { registry } = this;
    if (registry.get(seq, ThreadWord.HOLDS) !== 0 && registry.get(seq, ThreadWord.LAST) === 0) {
      const last = new Int32Array(this.clock.length);
      this.joinHolder(tid, last);
      const lane = new Int32Array(1);
      const record = recordAt(this.records, lane, 0);
      registry.set(seq, ThreadWord.LAST, replace(this.records, record, last, registry.highTid()));
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
  waiters(shadow: Shadow, byteOffset: number): void {
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lock(lock);
    try {
      this.waitersLocked(shadow, byteOffset);
    } finally {
      this.locks.unlock(lock);
    }
  }

  waitersLocked(shadow: Shadow, byteOffset: number): void {
    const record = recordAt(this.records, shadow.syncPlane(WORD), Math.floor(byteOffset / (1 << WORD)));
    const list = waitersOf(this.records, record);
    acquire(this.records, list, this.clock);
    this.closeEpoch();
    setWaiters(this.records, record, replace(this.records, list, this.clock, this.registry.highTid()));
  }

  // ---- accesses ----

  /** The cells of a size, or undefined when there is no memory for them: they go unchecked. */
  planeOf(shadow: Shadow, size: Log2): Int32Array | undefined {
    try {
      return shadow.plane(size);
    } catch (error) {
      this.survive(error);
      return undefined;
    }
  }

  lockOf(shadow: Shadow, byteOffset: number): LockIndex {
    return this.locks.ofBlock(shadow.id, Math.floor(byteOffset / 64));
  }

  /** A plain access to an aligned element. */
  plain(shadow: Shadow, byteOffset: number, size: Log2, whole: Kind, stack: number): void {
    if (this.epoch === NO_EPOCH) return;
    const kind = this.counted(whole);
    if (kind === undefined) return;
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lock(lock);
    try {
      const cells = shadow.plane(size);
      const c = Math.floor(byteOffset / (1 << size)) * CELL_WORDS;
      if (c >= cells.length) return;
      this.check(shadow, byteOffset, size, kind, stack);
      if ((kind & WRITE) === 0) {
        this.remember(shadow, cells, c, size, kind, stack);
      } else {
        cells[c + W_BY] = by(stack, kind);
        cells[c + W] = this.epoch;
        if ((cells[c + R] as number) < 0) clear(this.records, cells, c);
        cells[c + R] = this.epoch;
        if (shadow.syncSizes() !== 0) this.breakChains(shadow, byteOffset, size, -1);
      }
      this.use();
    } catch (error) {
      this.survive(error);
    } finally {
      this.locks.unlock(lock);
    }
  }

  /** What is left of an access when what is ignored now is taken away. */
  private counted(kind: Kind): Kind | undefined {
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
      this.plain(shadow, at, size as Log2, kind, stack);
      at += 1 << size;
    }
  }

  /** Takes the lock under which an atomic operation and `atomic` are one step. */
  beginAtomic(shadow: Shadow, byteOffset: number, size: Log2, kind: Kind): LockIndex {
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lock(lock);
    if ((kind & WRITE) !== 0) beginWrite(this.slot, shadow, byteOffset, size);
    return lock;
  }

  endAtomic(lock: LockIndex): void {
    this.slot[ThreadWord.PENDING] = 0;
    this.locks.unlock(lock);
  }

  /** An atomic access that has just been made, with the lock still held. */
  atomic(shadow: Shadow, byteOffset: number, size: Log2, kind: Kind, stack: number): void {
    try {
      const index = Math.floor(byteOffset / (1 << size));
      const syncs = shadow.syncPlane(size);
      if (index >= syncs.length) return;
      if ((syncs[index] as number) !== 0 && (kind & (UPDATE | WRITE)) !== WRITE) {
        acquire(this.records, syncs[index] as number, this.clock);
      }
      const counted = this.counted(kind);
      if (this.epoch !== NO_EPOCH && counted !== undefined) {
        const cells = shadow.plane(size);
        const c = index * CELL_WORDS;
        if (c < cells.length) {
          this.check(shadow, byteOffset, size, counted, stack);
          this.remember(shadow, cells, c, size, counted, stack);
        }
      }
      if ((kind & WRITE) === 0) return;
      this.closeEpoch();
      const record = recordAt(this.records, syncs, index);
      syncs[index] = replace(this.records, record, this.clock, this.registry.highTid());
      if (shadow.syncSizes() !== 1 << size) this.breakChains(shadow, byteOffset, size, size);
    } catch (error) {
      this.survive(error);
    }
  }

  /** What was found since the last call; empty almost always. */
  takeRaces(): Race[] {
    if (this.races.length === 0) return NONE;
    const found = this.races;
    this.races = [];
    return found;
  }

  private use(): void {
    this.recorded++;
    if (this.used) return;
    this.used = true;
    this.registry.setUsed(this.tid);
  }

  /** Lets the tables see how many accesses this thread has recorded. */
  count(): void {
    this.registry.set(this.seq, ThreadWord.RECORDED, this.recorded);
  }

  /** Out of shadow memory: the summary says so, and the program goes on. */
  survive(error: unknown): void {
    if (!(error instanceof OutOfShadowMemory)) throw error;
    Atomics.or(this.registry.memory.control.words, Control.WEAKNESS, Weakness.NO_MEMORY);
  }

  private remember(
    shadow: Shadow,
    cells: Int32Array,
    c: number,
    size: Log2,
    kind: Kind,
    stack: number,
  ): void {
    add(this.records, cells, c, ownerTag(shadow.id, size, c), this.epoch, kind, stack, this.isBefore);
    this.use();
  }

  /** Compares the access with all that is remembered of overlapping ranges. */
  private check(shadow: Shadow, byteOffset: number, size: Log2, kind: Kind, stack: number): void {
    const sizes = shadow.sizes();
    for (let other: number = 0; other <= 3; other++) {
      if ((sizes & (1 << other)) === 0) continue;
      const last = Math.floor((byteOffset + (1 << size) - 1) / (1 << other));
      for (let i = Math.floor(byteOffset / (1 << other)); i <= last; i++) {
        if ((i + 1) * (1 << other) > shadow.byteLength) break;
        this.checkCell(shadow, i, other as Log2, byteOffset, size, kind, stack);
      }
    }
  }

  private checkCell(
    shadow: Shadow,
    index: number,
    cellSize: Log2,
    byteOffset: number,
    size: Log2,
    kind: Kind,
    stack: number,
  ): void {
    const cells = shadow.plane(cellSize);
    const c = index * CELL_WORDS;
    if (c >= cells.length) return;
    const conflicts = cellSize === size ? conflict : conflictAcrossSizes;
    const w = cells[c + W] as Epoch;
    if (w !== NO_EPOCH && !this.isBefore(w)) {
      this.found(shadow, byteOffset, size, kind, stack, w, cells[c + W_BY] as number, cellSize);
    }
    const count = countOf(this.records, cells, c);
    for (let i = 0; i < count; i++) {
      const epoch = epochAt(this.records, cells, c, i);
      const word = byAt(this.records, cells, c, i);
      if (!conflicts(kindOf(word), kind) || this.isBefore(epoch)) continue;
      this.found(shadow, byteOffset, size, kind, stack, epoch, word, cellSize);
    }
    if (w !== NO_EPOCH && (kind & (ATOMIC | WRITE)) === (ATOMIC | WRITE) && !this.isBefore(w)) {
      // The owner's next write must come to the lock again, to break the chain that this write starts: W moves
      // to R, where no fast path for writes looks, and is still compared with accesses to the cell's other bytes.
      const tag = ownerTag(shadow.id, cellSize, c);
      add(this.records, cells, c, tag, w, PLAIN_WRITE, stackOf(cells[c + W_BY] as number), never);
      cells[c + W] = NO_EPOCH;
    }
  }

  /** A write to these bytes ends the chains of sync variables on them, but for the size `except`. */
  private breakChains(shadow: Shadow, byteOffset: number, size: Log2, except: number): void {
    const sizes = shadow.syncSizes();
    for (let other = 0; other <= 3; other++) {
      if ((sizes & (1 << other)) === 0 || other === except) continue;
      const plane = shadow.syncPlane(other as Log2);
      const last = Math.floor((byteOffset + (1 << size) - 1) / (1 << other));
      for (let i = Math.floor(byteOffset / (1 << other)); i <= last && i < plane.length; i++) {
        if (plane[i] !== 0) breakChain(this.records, plane[i] as number);
      }
    }
  }

  private found(
    shadow: Shadow,
    byteOffset: number,
    size: Log2,
    kind: Kind,
    stack: number,
    epoch: Epoch,
    word: number,
    cellSize: Log2,
  ): void {
    const previous = kindOf(word);
    this.races.push({
      kind: raceKind(kind, previous),
      buffer: shadow.id,
      byteOffset,
      byteLength: 1 << size,
      view: '',
      index: Math.floor(byteOffset / (1 << size)),
      current: access(kind, size, this.seq, stack),
      previous: access(previous, cellSize, this.registry.seqOf(epoch), stackOf(word)),
    });
  }
}

const NONE: Race[] = [];
/** Waiter lists hang on the sync variables of four bytes. */
const WORD: Log2 = 2;
const never = (): boolean => false;

function access(kind: Kind, size: Log2, thread: number, stack: number): Race['current'] {
  const type: AccessType = (kind & UPDATE) !== 0 ? 'update' : (kind & WRITE) !== 0 ? 'write' : 'read';
  return { type, atomic: (kind & ATOMIC) !== 0, size: 1 << size, thread, stack };
}

function raceKind(a: Kind, b: Kind): RaceKind {
  if ((a & b & ATOMIC) !== 0) return 'atomic-overlap';
  if (((a | b) & ATOMIC) !== 0) return 'atomic-plain';
  return (a & b & WRITE) !== 0 ? 'write-write' : 'read-write';
}

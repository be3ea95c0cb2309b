/**
 * The rules, for one thread.
 *
 *   plain access n    remember n; for each access a of another thread to an overlapping range that is remembered:
 *                     race(a, n) if they conflict and a does not happen before n
 *   atomic access n   acquire the word's clock, if n reads; as above; if n writes, the word's clock := mine
 *   a happens before n   iff   clock(a) <= V(tid(a)), or a is of this thread
 *   release           V(me) := my running clock; go on at the next one (if the running epoch was used)
 *
 * After FastTrack (PLDI 2009) and DJIT+, with atomics as sync variables in the manner of C11 detectors
 * (ThreadSanitizer v3, miri), exact where those approximate: a release store replaces, and ranges of all sizes
 * are compared.
 *
 * Plain accesses take no lock (shadow/history.ts). An atomic operation and its record are one step under the lock of
 * its 64-byte block, so that "reads from" is exact. A plain write to a word with a sync variable empties it under
 * that lock. The hooks' fast path would skip that for a write which its epoch remembers; it may, as long as nobody
 * has written the word atomically since, and who does that without being ordered after the write finds the race and
 * sets the writer's `base` to Infinity: the writer then remembers nothing, and goes on in a new epoch.
 */

import { MAX_CLOCK, type Tid } from './clock/epoch.ts';
import { joinClock, joinEpochs, type VectorClock, writeEpochs } from './clock/vector-clock.ts';
import { atomicLoad, atomicOr } from './memory/atomics.ts';
import { Control, SingleLock, Weakness } from './memory/control.ts';
import type { LockIndex, Locks } from './memory/lock.ts';
import type { Records } from './memory/records.ts';
import { OutOfShadowMemory } from './memory/table.ts';
import type { AccessType, Race, RaceKind } from './race.ts';
import { beginWrite, type Recovery } from './recovery.ts';
import type { Shadow } from './shadow/buffers.ts';
import { CLOCK_UNIT, isUpdateCell, stackOfCell } from './shadow/cell.ts';
import { History, markSync, type Previous, type Self } from './shadow/history.ts';
import {
  type AccessClass,
  ATOMIC,
  ATOMIC_READ,
  classOf,
  isAtomic,
  type Kind,
  type Log2,
  sizeOf,
  UPDATE,
  WRITE,
} from './shadow/kind.ts';
import { BLOCK, type Lane } from './shadow/lane.ts';
import type { Plane } from './shadow/plane.ts';
import { acquire, breakChain, recordAt, replace, setWaiters, waitersOf } from './sync/sync-variable.ts';
import { type Registry, State, ThreadWord } from './thread/registry.ts';

/** An atomic access that is remembered and not yet compared. */
interface Pending {
  shadow: Shadow;
  plane: Plane;
  element: number;
  kind: Kind;
  stack: number;
}

export class Detector implements Self {
  readonly seq: number;
  /** 0 when this thread runs unchecked */
  tid: Tid;
  clock: VectorClock;
  /** The first cell of the running epoch; Infinity when nothing counts as remembered. Others may set it to that. */
  readonly base: Float64Array;
  recorded = 0;
  /** what the program asked not to be recorded at the moment. Acquires and releases go on. */
  readonly ignored: { reads: boolean; writes: boolean } = { reads: false, writes: false };
  /** Called when the thread has taken another tid: what was cached of its lanes is no longer its own. */
  onNewTid: () => void = () => {};
  private running: number;
  /** something was recorded in the running epoch */
  private used = false;
  private races: Race[] = [];
  private pending: Pending | undefined;
  private readonly registry: Registry;
  private readonly locks: Locks;
  private readonly records: Records;
  private readonly recovery: Recovery;
  /** this thread's entry */
  private readonly slot: Int32Array;
  private readonly history: History;

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
    this.base = registry.baseOf(seq);
    this.setBase();
    this.history = new History(this, (...found) => this.note(...found));
  }

  private setBase(): void {
    this.base[0] = this.tid === 0 ? Number.POSITIVE_INFINITY : this.running * CLOCK_UNIT;
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
      this.setBase();
    }
  }

  /** What this thread does next is remembered anew, whatever it did before. */
  newEpoch(): void {
    if (this.tid !== 0) this.closeEpoch();
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
    this.setBase();
    this.onNewTid();
  }

  private runUnchecked(weakness: number): void {
    this.tid = 0 as Tid;
    this.setBase();
    atomicOr(this.registry.memory.control.words, Control.WEAKNESS, weakness);
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
    } else if (acquires) {
      joinClock(this.clock, registry.clockOf(tid), registry.highTid());
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
    try {
      const record = recordAt(this.records, shadow.syncPlane(WORD), Math.floor(byteOffset / (1 << WORD)));
      const list = waitersOf(this.records, record);
      acquire(this.records, list, this.clock);
      this.closeEpoch();
      setWaiters(this.records, record, replace(this.records, list, this.clock, this.registry.highTid()));
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

  // ---- accesses ----

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

  lockOf(shadow: Shadow, byteOffset: number): LockIndex {
    return this.locks.ofBlock(shadow.id, Math.floor(byteOffset / 64));
  }

  /** Whether the running epoch remembers a plain access that stands for this one. */
  remembers(plane: Plane, element: number, kind: Kind): boolean {
    try {
      return this.tid === 0 || this.history.remembers(plane, element, kind);
    } catch (error) {
      this.survive(error);
      return true;
    }
  }

  /** A plain access to one element. */
  plain(shadow: Shadow, size: Log2, element: number, kind: Kind, stack: number): void {
    this.elements(shadow, size, element, element + 1, 1, kind, stack);
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
      this.use();
      if ((kind & WRITE) !== 0 && shadow.syncSizes() !== 0) {
        for (let e = first; e < last; e = this.nextWithSync(shadow, size, e + step, last, step)) {
          this.breakChains(shadow, e * (1 << size), size);
        }
      }
      return kind === whole;
    } catch (error) {
      this.survive(error);
      return false;
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
      const width = 1 << size;
      // as many of that size as there are, once there are no larger ones
      const count = size === most ? Math.floor((end - at) / width) : 1;
      this.elements(shadow, size as Log2, at / width, at / width + count, 1, kind, stack);
      at += count * width;
    }
  }

  /** Takes the lock under which an atomic operation and `atomic` are one step. */
  beginAtomic(shadow: Shadow, byteOffset: number, size: Log2, kind: Kind): LockIndex {
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lock(lock);
    if ((kind & WRITE) !== 0) beginWrite(this.slot, shadow, byteOffset, size);
    return lock;
  }

  /** Releases the lock, which is a fence, and compares the access with others. */
  endAtomic(lock: LockIndex): void {
    this.slot[ThreadWord.PENDING] = 0;
    this.locks.unlock(lock);
    const { pending } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    try {
      const { shadow, plane, element, kind, stack } = pending;
      this.history.compareOne(shadow, plane, element, kind, stack);
    } catch (error) {
      this.survive(error);
    }
  }

  /** An atomic access that has just been made, with the lock still held. */
  atomic(shadow: Shadow, byteOffset: number, size: Log2, kind: Kind, stack: number): void {
    try {
      const element = Math.floor(byteOffset / (1 << size));
      const syncs = shadow.syncPlane(size);
      if (element >= syncs.length) return;
      if ((syncs[element] as number) !== 0 && (kind & (UPDATE | WRITE)) !== WRITE) {
        acquire(this.records, syncs[element] as number, this.clock);
      }
      const counted = this.counted(kind);
      if (this.tid !== 0 && counted !== undefined) this.atomicAccess(shadow, element, size, counted, stack);
      if ((kind & WRITE) === 0) return;
      if (counted === undefined || this.tid === 0) markSync(shadow.plane(classOf(size, kind)), element);
      this.closeEpoch();
      const record = recordAt(this.records, syncs, element);
      syncs[element] = replace(this.records, record, this.clock, this.registry.highTid());
      if (shadow.syncSizes() !== 1 << size) this.breakChainsLocked(shadow, byteOffset, size, size);
    } catch {
      atomicOr(this.registry.memory.control.words, Control.WEAKNESS, Weakness.EDGE_LOST);
    }
  }

  private atomicAccess(shadow: Shadow, element: number, size: Log2, kind: Kind, stack: number): void {
    try {
      if (this.base[0] === Number.POSITIVE_INFINITY) this.forgetEpoch();
      const plane = shadow.plane(classOf(size, kind));
      if (this.history.remembers(plane, element, kind)) return;
      this.history.remember(plane, element, kind, stack);
      this.pending = { shadow, plane, element, kind, stack };
      this.use();
    } catch (error) {
      // the block's lock is still held
      const out = error instanceof OutOfShadowMemory;
      const weakness = out ? Weakness.NO_MEMORY : Weakness.ACCESS_FAILED;
      atomicOr(this.registry.memory.control.words, Control.WEAKNESS, weakness);
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
    atomicOr(this.registry.memory.control.words, Control.WEAKNESS, weakness);
  }

  /** Whether what was found may be told. */
  get trusted(): boolean {
    return (atomicLoad(this.registry.memory.control.words, Control.WEAKNESS) & Weakness.EDGE_LOST) === 0;
  }

  /** A new epoch, so that nothing counts as remembered, although nothing was released. */
  private forgetEpoch(): void {
    this.used = true;
    this.closeEpoch();
    this.setBase();
  }

  /** The first element from `e` on, by `step`, whose block may have a sync variable; `end` when there is none. */
  private nextWithSync(shadow: Shadow, size: Log2, from: number, end: number, step: number): number {
    const sizes = shadow.syncSizes();
    for (let e = from; e < end; ) {
      // where to look next when there is none here
      let next = end;
      for (let other = 0; other <= 3; other++) {
        if ((sizes & (1 << other)) === 0) continue;
        const plane = shadow.plane(classOf(other as Log2, ATOMIC_READ));
        const block = Math.floor((e * 2 ** size) / 2 ** other / BLOCK);
        if (block * 2 + 1 >= plane.masks.length) continue;
        const until = ((block + 1) * BLOCK * 2 ** other) / 2 ** size;
        if (plane.masks[block * 2 + 1] !== 0) return e;
        next = Math.min(next, Math.max(until, e + 1));
      }
      e += Math.ceil((next - e) / step) * step;
    }
    return end;
  }

  /** A plain write ends the chains of sync variables on its bytes. */
  private breakChains(shadow: Shadow, byteOffset: number, size: Log2): void {
    if (!hasSyncs(shadow, byteOffset, size)) return;
    const lock = this.lockOf(shadow, byteOffset);
    this.locks.lock(lock);
    try {
      this.breakChainsLocked(shadow, byteOffset, size, -1);
    } finally {
      this.locks.unlock(lock);
    }
  }

  /** The same with the block's lock held, but for the size `except`. */
  private breakChainsLocked(shadow: Shadow, byteOffset: number, size: Log2, except: number): void {
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

  private note(
    shadow: Shadow,
    accessClass: AccessClass,
    element: number,
    kind: Kind,
    stack: number,
    previous: Previous,
  ): void {
    const size = sizeOf(accessClass);
    const before = kindOf(previous);
    const thread = this.registry.seqOf(previous.epoch);
    if ((kind & (ATOMIC | WRITE)) === (ATOMIC | WRITE) && before === WRITE && thread >= 0) {
      // its next plain write must come to the lock, to break the chain that this write starts
      this.registry.baseOf(thread)[0] = Number.POSITIVE_INFINITY;
    }
    this.races.push({
      kind: raceKind(kind, before),
      buffer: shadow.id,
      byteOffset: element * (1 << size),
      byteLength: 1 << size,
      view: '',
      index: element,
      current: access(kind, size, this.seq, stack),
      previous: access(
        isUpdateCell(previous.cell) ? before | UPDATE : before,
        sizeOf(previous.accessClass),
        thread,
        stackOfCell(previous.cell),
      ),
    });
  }
}

const NONE: Race[] = [];
/** Waiter lists hang on the sync variables of four bytes. */
const WORD: Log2 = 2;
/** Words of a block have counters of their own, but for the first and the last. */
const counterOf = (byteOffset: number): number => Math.floor((byteOffset % 64) / 4);

function hasSyncs(shadow: Shadow, byteOffset: number, size: Log2): boolean {
  const sizes = shadow.syncSizes();
  for (let other = 0; other <= 3; other++) {
    if ((sizes & (1 << other)) === 0) continue;
    const plane = shadow.syncPlane(other as Log2);
    const last = Math.floor((byteOffset + (1 << size) - 1) / (1 << other));
    for (let i = Math.floor(byteOffset / (1 << other)); i <= last; i++) if (plane[i]) return true;
  }
  return false;
}

function kindOf({ write, accessClass }: Previous): number {
  return (write ? WRITE : 0) | (isAtomic(accessClass) ? ATOMIC : 0);
}

function access(kind: number, size: Log2, thread: number, stack: number): Race['current'] {
  const type: AccessType = (kind & UPDATE) !== 0 ? 'update' : (kind & WRITE) !== 0 ? 'write' : 'read';
  return { type, atomic: (kind & ATOMIC) !== 0, size: 1 << size, thread, stack };
}

function raceKind(a: number, b: number): RaceKind {
  if ((a & b & ATOMIC) !== 0) return 'atomic-overlap';
  if (((a | b) & ATOMIC) !== 0) return 'atomic-plain';
  return (a & b & WRITE) !== 0 ? 'write-write' : 'read-write';
}

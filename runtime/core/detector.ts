/**
 * The rules, for one thread.
 *
 *   plain access n    remember n; for each access a of another thread to an overlapping range that is remembered:
 *                     race(a, n) if they conflict and a does not happen before n
 *   atomic access n   acquire the word's clock, if n reads; as above; if n writes, the word's clock := mine
 *   a happens before n   iff   clock(a) <= V(tid(a)), or a is of this thread
 *
 * After FastTrack (PLDI 2009) and DJIT+, with atomics as sync variables in the manner of C11 detectors
 * (ThreadSanitizer v3, miri), exact where those approximate: a release store replaces, and ranges of all sizes
 * are compared.
 *
 * Plain accesses take no lock (shadow/history.ts); those of single elements are compared later (shadow/backlog.ts). An
 * atomic operation and its record are one step under the lock of its 64-byte block, so that "reads from" is exact; a
 * load does without, and is made again if anybody had the lock meanwhile (a seqlock; Boehm, MSPC 2012). A plain write to a word with a sync variable empties it under that lock. The hooks' fast path would skip that for a
 * write which its epoch remembers; it may, as long as nobody has written the word atomically since, and who does that
 * without being ordered after the write finds the race and sets the writer's `base` to Infinity: the writer then
 * remembers nothing, and goes on in a new epoch.
 */

import { breakChains } from './chains.ts';
import { clockOf } from './clock/epoch.ts';
import { atomicOr } from './memory/atomics.ts';
import { Control, Weakness } from './memory/control.ts';
import type { LockIndex } from './memory/lock.ts';
import { OutOfShadowMemory } from './memory/table.ts';
import { PlainAccesses } from './plain-accesses.ts';
import type { AccessType, Race, RaceKind } from './race.ts';
import { beginWrite } from './recovery.ts';
import type { Shadow } from './shadow/buffers.ts';
import { isUpdateCell, stackOfCell } from './shadow/cell.ts';
import type { Previous } from './shadow/comparison.ts';
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
import { markSync, type Plane } from './shadow/plane.ts';
import { EventKind } from './sync/event-log.ts';
import { isKnown, RecordCopy } from './sync/sync-variable.ts';
import { ThreadWord } from './thread/registry.ts';

export class Detector extends PlainAccesses {
  private races: Race[] = [];
  /** an atomic access that is remembered and not yet compared: its buffer, if there is one, and the rest of it */
  private pendingOf: Shadow | undefined;
  private pendingIn!: Plane;
  private pendingAt = 0;
  private pendingKind: Kind = ATOMIC_READ;
  private pendingStack = 0;
  private pendingClock = 0;
  /** of the epoch of what is compared now; 0 is the running one */
  private comparedClock = 0;
  /** the lock of the word of the last `beginLoad` */
  private lookedAt = 0 as LockIndex;
  private readonly copy = new RecordCopy();

  /**
   * An atomic load needs no lock, if nobody changes its word meanwhile: the number to end it with, or -1 where somebody
   * is changing the word now.
   */
  beginLoad(shadow: Shadow, element: number, size: Log2): number {
    if (this.tid === 0) return -1;
    this.catchUp();
    const lock = this.locks.ofElement(shadow.id, element, size);
    this.lookedAt = lock;
    let version = this.locks.version(lock);
    // who waits for a word that is just being changed is to see that at once, and must not be next in the lock
    for (let looks = 0; version < 0 && looks < LOOKS; looks++) version = this.locks.version(lock);
    return version;
  }

  /**
   * Whether a load that has been made has nothing to record and nothing to acquire, as long as the word is `unchanged`:
   * most loads of a thread that spins. Throws OutOfShadowMemory.
   */
  isQuiet(shadow: Shadow, element: number, size: Log2): boolean {
    const record = shadow.syncPlane(size)[element] as number;
    if (record !== 0 && !isKnown(this.records, record, this.clock)) return false;
    const plane = shadow.plane(classOf(size, ATOMIC_READ));
    return this.history.remembers(plane, element, ATOMIC_READ);
  }

  /** Whether nobody has touched the word of the last `beginLoad` since. */
  unchanged(version: number): boolean {
    return this.locks.version(this.lookedAt) === version;
  }

  /**
   * A load that has been made since `beginLoad`, and is not quiet. false: the word has been changed meanwhile, and the
   * load must be made again, with the lock. Throws OutOfShadowMemory; nothing is lost then if it is made again.
   */
  endLoad(version: number, shadow: Shadow, element: number, size: Log2, stack: number): boolean {
    const { copy, history } = this;
    const record = shadow.syncPlane(size)[element] as number;
    const isNews = record !== 0 && !isKnown(this.records, record, this.clock);
    if (isNews) copy.take(this.records, record);
    // what was read before is not read after the version
    history.fence();
    if (!this.unchanged(version)) return false;
    if (isNews) this.acquireCopy(copy);
    if (this.counted(ATOMIC_READ) !== undefined) {
      if (this.base[0] === Number.POSITIVE_INFINITY) this.forgetEpoch();
      const plane = shadow.plane(classOf(size, ATOMIC_READ));
      if (!history.remembers(plane, element, ATOMIC_READ)) {
        history.remember(plane, element, ATOMIC_READ, stack);
        if (this.tracer !== undefined)
          this.tracer.access(shadow, size, element, element + 1, 1, ATOMIC_READ, stack);
        this.use();
        history.fence();
        history.compareOne(shadow, plane, element, ATOMIC_READ, stack);
      }
    }
    this.event(EventKind.ATOMIC_LOAD, shadow.id, element << size, stack);
    return true;
  }

  /** Takes the lock under which an atomic operation and `atomic` are one step. */
  beginAtomic(shadow: Shadow, element: number, size: Log2, kind: Kind): LockIndex {
    this.catchUp();
    const lock = this.locks.ofElement(shadow.id, element, size);
    this.locks.lock(lock);
    if ((kind & WRITE) !== 0) beginWrite(this.slot, shadow, element, size);
    return lock;
  }

  /** Releases the lock, which is a fence, and compares the access with others. */
  endAtomic(lock: LockIndex): void {
    this.slot[ThreadWord.PENDING] = 0;
    this.locks.unlock(lock);
    const shadow = this.pendingOf;
    if (shadow === undefined) return;
    this.pendingOf = undefined;
    // a write has released since
    this.comparedClock = this.pendingClock;
    try {
      this.history.compareOne(shadow, this.pendingIn, this.pendingAt, this.pendingKind, this.pendingStack);
    } catch (error) {
      this.survive(error);
    }
    this.comparedClock = 0;
  }

  /** An atomic access that has just been made, with the lock still held. */
  atomic(shadow: Shadow, element: number, size: Log2, kind: Kind, stack: number): void {
    try {
      const syncs = shadow.syncPlane(size);
      if (element >= syncs.length) return;
      if ((syncs[element] as number) !== 0 && (kind & (UPDATE | WRITE)) !== WRITE)
        this.acquireFrom(syncs[element] as number);
      const counted = this.counted(kind);
      if (this.tid !== 0 && counted !== undefined) this.atomicAccess(shadow, element, size, counted, stack);
      if ((kind & WRITE) === 0) {
        this.event(EventKind.ATOMIC_LOAD, shadow.id, element << size, stack);
        return;
      }
      if (counted === undefined || this.tid === 0) markSync(shadow.plane(classOf(size, kind)), element);
      // what a death leaves half written recovery.ts makes whole
      this.releaseTo(syncs, element, false);
      if (shadow.syncSizes() !== 1 << size)
        breakChains(this.records, shadow, element * (1 << size), size, size);
      const how = (kind & UPDATE) === 0 ? EventKind.ATOMIC_STORE : EventKind.ATOMIC_UPDATE;
      this.event(how, shadow.id, element << size, stack);
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
      if (this.tracer !== undefined) this.tracer.access(shadow, size, element, element + 1, 1, kind, stack);
      this.pendingOf = shadow;
      this.pendingIn = plane;
      this.pendingAt = element;
      this.pendingKind = kind;
      this.pendingStack = stack;
      this.pendingClock = this.running;
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
    if (!this.found) return NONE;
    this.found = false;
    const found = this.races;
    this.races = [];
    return found;
  }

  protected report(
    seq: number,
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
    // the same, for who had put its write off
    if ((kind & (ATOMIC | WRITE)) === WRITE && (before & (ATOMIC | WRITE)) === (ATOMIC | WRITE))
      this.registry.baseOf(seq)[0] = Number.POSITIVE_INFINITY;
    shadow.keep();
    this.found = true;
    this.races.push({
      kind: raceKind(kind, before),
      buffer: shadow.id,
      byteOffset: element * (1 << size),
      byteLength: 1 << size,
      view: '',
      index: element,
      current: access(kind, size, seq, stack, this.comparedClock || this.runningOf(seq)),
      previous: access(
        isUpdateCell(previous.cell) ? before | UPDATE : before,
        sizeOf(previous.accessClass),
        thread,
        stackOfCell(previous.cell),
        clockOf(previous.epoch),
      ),
    });
  }
}

const NONE: Race[] = [];
/** Longer than an atomic operation has a lock. */
const LOOKS = 100;

function kindOf({ write, accessClass }: Previous): number {
  return (write ? WRITE : 0) | (isAtomic(accessClass) ? ATOMIC : 0);
}

function access(kind: number, size: Log2, thread: number, stack: number, clock: number): Race['current'] {
  const type: AccessType = (kind & UPDATE) !== 0 ? 'update' : (kind & WRITE) !== 0 ? 'write' : 'read';
  return { type, atomic: (kind & ATOMIC) !== 0, size: 1 << size, thread, stack, clock };
}

function raceKind(a: number, b: number): RaceKind {
  if ((a & b & ATOMIC) !== 0) return 'atomic-overlap';
  if (((a | b) & ATOMIC) !== 0) return 'atomic-plain';
  return (a & b & WRITE) !== 0 ? 'write-write' : 'read-write';
}

/**
 * Atomic accesses. The operation itself is made by who asks, between the two halves of a step.
 */

import { breakChains } from './chains.ts';
import { MAX_CLOCK, type Tid } from './clock/epoch.ts';
import { atomicOr } from './memory/atomics.ts';
import { Control, Weakness } from './memory/control.ts';
import type { BlockLock } from './memory/lock.ts';
import { OutOfShadowMemory } from './memory/table.ts';
import { PlainAccesses } from './plain-accesses.ts';
import { beginWrite } from './recovery.ts';
import type { Shadow } from './shadow/buffers.ts';
import { FAR_CODE, makeCell, makeMark, makeShort } from './shadow/cell.ts';
import { LOST_CHUNK, NO_CHUNK } from './shadow/chunks.ts';
import { ATOMIC_READ, classOf, type Kind, type Log2, UPDATE, WRITE } from './shadow/kind.ts';
import { BLOCK_SHIFT, CHUNK_MASK, CHUNK_SHIFT, ENTRY_SHIFT, PART } from './shadow/layout.ts';
import { markSync, type Plane, tell } from './shadow/plane.ts';
import { EventKind } from './sync/event-log.ts';
import { hasRoom, isKnown, knows, overwrite, RecordCopy } from './sync/sync-variable.ts';
import { ThreadWord } from './thread/registry.ts';

export abstract class AtomicAccesses extends PlainAccesses {
  /** an atomic access that is remembered and not yet compared: its buffer, if there is one, and the rest of it */
  private pendingOf: Shadow | undefined;
  private pendingIn!: Plane;
  private pendingAt = 0;
  private pendingKind: Kind = ATOMIC_READ;
  private pendingStack = 0;
  private pendingClock = 0;
  /** of the epoch of what is compared now; 0 is the running one */
  protected comparedClock = 0;
  /** the lock of the word of the last `beginLoad` */
  private lookedAt = 0 as BlockLock;
  private readonly copy = new RecordCopy();
  /** the last quiet load: as long as its block is of that version, it would be quiet again in that epoch */
  private readonly quiet = {
    version: -1,
    /** of which buffer and size; a handle would be kept by it */
    syncs: NO_SYNCS,
    element: 0,
    tid: 0 as Tid,
    base: 0,
  };

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
   * most loads of a thread that spins. `version`: what `beginLoad` answered. Throws OutOfShadowMemory.
   */
  isQuiet(version: number, shadow: Shadow, element: number, size: Log2): boolean {
    const { quiet, tid } = this;
    const base = this.base[0] as number;
    const syncs = shadow.syncPlane(size);
    // who spins looks at the lock alone, and leaves the record to who will change it
    const same = element === quiet.element && syncs === quiet.syncs && tid === quiet.tid;
    if (same && version === quiet.version && base === quiet.base) return true;
    const record = syncs[element] as number;
    if (record !== 0 && !isKnown(this.records, record, this.clock)) return false;
    const plane = shadow.plane(classOf(size, ATOMIC_READ));
    if (!this.history.remembers(plane, element, ATOMIC_READ)) return false;
    quiet.version = version;
    quiet.syncs = syncs;
    quiet.element = element;
    quiet.tid = tid;
    quiet.base = base;
    return true;
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
  beginAtomic(shadow: Shadow, element: number, size: Log2, kind: Kind): BlockLock {
    this.catchUp();
    const lock = this.locks.ofElement(shadow.id, element, size);
    this.locks.lockBlock(lock);
    if ((kind & WRITE) !== 0) beginWrite(this.slot, shadow, element, size);
    return lock;
  }

  /** Releases the lock, which is a fence, and compares the access with others. */
  endAtomic(lock: BlockLock): void {
    this.slot[ThreadWord.PENDING] = 0;
    this.locks.unlockBlock(lock);
    const shadow = this.pendingOf;
    if (shadow === undefined) return;
    this.pendingOf = undefined;
    // accesses of one class do not race, if they are atomic
    if (shadow.classes() === 1 << this.pendingIn.accessClass) return;
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
      if ((kind & WRITE) !== 0 && this.usualWrite(shadow, syncs, element, size, kind, stack)) return;
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
      atomicOr(this.control, Control.WEAKNESS, Weakness.EDGE_LOST);
    }
  }

  /**
   * What `atomic` does of nearly all writes, in one piece: in as many calls as there, an Atomics operation costs a quarter
   * more. false: the write is another one, and nothing has been done.
   */
  private usualWrite(
    shadow: Shadow,
    syncs: Int32Array,
    element: number,
    size: Log2,
    kind: Kind,
    stack: number,
  ): boolean {
    const { tid, clock, start, running, ignored } = this;
    if (running === MAX_CLOCK || ignored.reads || ignored.writes) return false;
    const record = syncs[element] as number;
    const { words } = this.records.table;
    const high = this.control[Control.HIGH_TID] as number;
    if (!hasRoom(words, record, high) || this.tracer !== undefined) return false;
    const plane = shadow.knownPlane(classOf(size, ATOMIC_READ));
    const lane = plane?.known(tid);
    if (plane === undefined || lane === undefined || shadow.syncSizes() !== 1 << size) return false;
    const mark = makeMark(stack, kind);
    const code = lane.codeOf(mark);
    const cells = lane.writes[element >>> CHUNK_SHIFT] as Uint32Array;
    if (cells === NO_CHUNK || cells === LOST_CHUNK) return false;

    if ((kind & UPDATE) !== 0 && !knows(words, record, clock)) this.acquireFrom(record);
    // each such write ends its epoch: the running one has made none
    const block = element >>> BLOCK_SHIFT;
    this.use();
    if (code === FAR_CODE) lane.setFar(true, element, start, mark);
    else cells[element & CHUNK_MASK] = makeShort(start, code);
    const entry = (block << ENTRY_SHIFT) + PART;
    if (lane.wrote[entry] === 0) tell(plane.masks, block, lane.bit, true);
    lane.wrote[entry] = makeCell(start, mark);
    lane.touch(true, start);
    this.pend(shadow, plane, element, kind, stack, running);
    this.endEpoch();
    overwrite(words, record, clock, high, tid);
    const how = (kind & UPDATE) === 0 ? EventKind.ATOMIC_STORE : EventKind.ATOMIC_UPDATE;
    this.writeDown(how, shadow.id, element << size, stack, running);
    return true;
  }

  private pend(
    shadow: Shadow,
    plane: Plane,
    element: number,
    kind: Kind,
    stack: number,
    clock: number,
  ): void {
    this.pendingOf = shadow;
    this.pendingIn = plane;
    this.pendingAt = element;
    this.pendingKind = kind;
    this.pendingStack = stack;
    this.pendingClock = clock;
  }

  private atomicAccess(shadow: Shadow, element: number, size: Log2, kind: Kind, stack: number): void {
    try {
      if (this.base[0] === Number.POSITIVE_INFINITY) this.forgetEpoch();
      const plane = shadow.plane(classOf(size, kind));
      if (this.history.remembers(plane, element, kind)) return;
      this.history.remember(plane, element, kind, stack);
      if (this.tracer !== undefined) this.tracer.access(shadow, size, element, element + 1, 1, kind, stack);
      this.pend(shadow, plane, element, kind, stack, this.running);
      this.use();
    } catch (error) {
      // the block's lock is still held
      const out = error instanceof OutOfShadowMemory;
      const weakness = out ? Weakness.NO_MEMORY : Weakness.ACCESS_FAILED;
      atomicOr(this.control, Control.WEAKNESS, weakness);
    }
  }
}

const NO_SYNCS: Int32Array = new Int32Array(0);
/** Longer than an atomic operation has a lock. */
const LOOKS = 100;

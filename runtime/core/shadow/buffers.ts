/**
 * The shadow of a shared buffer: a plane for each class of access in use (kind.ts), and, once an Atomics operation
 * of a size has been seen, a word for each element of that size: its sync variable. All are made on first use, by
 * whichever thread comes first.
 *
 * The head of a buffer lies in the buffers table and is the same for all threads; a `Shadow` is one thread's
 * handle on it.
 *
 * All of it goes back to the free lists when the last reference to the head goes. References are
 *
 *   a thread that knows the buffer      from its first wrapper of the block until its handle has been collected
 *   a message on its way with it        the receiver takes the reference over
 *
 * and HOLDERS says which threads have one, so that a thread's creator can let go of those of a dead thread. Only who
 * has a reference makes another, so a count of 0 is final, and one thread brings it there. Then nobody reads what the
 * buffer had: an access has the handle on its stack, and handles are collected between tasks. A message that is never
 * received, or a thread that dies as it counts, leaves a count too high: memory stays, and no more. What outlives the
 * buffer and names its id (a race, an annotated place, a message to many) keeps the head for good.
 */

import { MAX_TID, type Tid } from '../clock/epoch.ts';
import { atomicAdd, atomicAnd, atomicLoad, atomicOr, atomicStore, exchange } from '../memory/atomics.ts';
import { Control, SingleLock } from '../memory/control.ts';
import type { Locks } from '../memory/lock.ts';
import type { Memory } from '../memory/memory.ts';
import { Arena, type Place } from './arena.ts';
import { type AccessClass, CLASSES, isAtomic, type Log2, sizeOf } from './kind.ts';
import type { Lane } from './lane.ts';
import { type Ground, Plane } from './plane.ts';

/** Words of a head. */
const Head = {
  /** byte length that the block can grow to, low and high part */
  LENGTH: 0,
  LENGTH_HIGH: 1,
  /** bit set of the classes that have a plane. Changed by Atomics, set before the first access */
  CLASSES: 2,
  /** bit s: there are sync variables of size 2 ** s */
  SYNCS: 3,
  ALLOCATED_BY: 4,
  ALLOCATED_AT: 5,
  /** how many buffers the process had before it, and itself: ids come again, this does not */
  SERIAL: 6,
  /** changes after a lane was made, and before anything is remembered there. Changed by Atomics */
  LANES: 7,
  /** per size: where its sync variables are, 0 when there are none */
  SYNC: 8,
  /** per class: index of its plane's words, 0 when there is none */
  PLANE: 12,
  /** references. Changed by Atomics, as are the next two */
  COUNT: 20,
  /** 1 when the head is never to go */
  KEPT: 21,
  /** bit t of these words: the thread whose first tid is t has a reference */
  HOLDERS: 32,
} as const;
const HOLDERS_WORDS = 16;
if (HOLDERS_WORDS * 32 <= MAX_TID) throw new Error('a head has not a bit for each tid');
const HEAD_WORDS = 48;

/** Lane of a thread's entry (thread/registry.ts). */
const HOLDER = 31;

const { apply } = Reflect;
const { deref } = WeakRef.prototype;
const { register } = FinalizationRegistry.prototype;
const Weak = WeakRef;

/** element indices are unsigned 32-bit integers */
const MOST_ELEMENTS = 2 ** 32 - 64;

/** Lanes of others: in planes of plain accesses, in those of atomic ones, and both. */
interface Rivals {
  readonly all: readonly Lane[];
  readonly plain: readonly Lane[];
  readonly atomic: readonly Lane[];
}

export class Shadow {
  readonly id: number;
  readonly byteLength: number;
  private readonly planes: (Plane | undefined)[] = new Array(CLASSES).fill(undefined);
  private readonly syncs: (Int32Array | undefined)[] = [undefined, undefined, undefined, undefined];
  private readonly buffers: Buffers;
  private readonly words: Int32Array;
  private readonly head: number;
  /** what `rivals` has found, and as of when */
  private others: Rivals = { all: [], plain: [], atomic: [] };
  private othersAt = 0;

  constructor(buffers: Buffers, id: number) {
    this.buffers = buffers;
    this.id = id;
    this.head = id * HEAD_WORDS;
    this.words = buffers.head(id);
    this.byteLength =
      (this.words[this.head + Head.LENGTH] as number) +
      (this.words[this.head + Head.LENGTH_HIGH] as number) * 2 ** 30;
  }

  /** Bit set of the classes of accesses that any thread has made. */
  classes(): number {
    return this.words[this.head + Head.CLASSES] as number;
  }

  /** Bit set of the sizes that have sync variables. */
  syncSizes(): number {
    return this.words[this.head + Head.SYNCS] as number;
  }

  /** The plane of a class, if this thread has used it before. */
  knownPlane(accessClass: AccessClass): Plane | undefined {
    return this.planes[accessClass];
  }

  /** The plane of a class, made when there is none. Throws OutOfShadowMemory. */
  plane(accessClass: AccessClass): Plane {
    return this.planes[accessClass] ?? this.meet(accessClass);
  }

  /** The lanes that are not the tid's: of the thread whose handle this is. */
  rivals(tid: Tid): Rivals {
    if (this.words[this.head + Head.LANES] !== this.othersAt) this.findRivals(tid);
    return this.others;
  }

  private findRivals(tid: Tid): void {
    const now = atomicLoad(this.words, this.head + Head.LANES);
    const plain: Lane[] = [];
    const atomic: Lane[] = [];
    for (let rest = this.classes(); rest !== 0; rest &= rest - 1) {
      const accessClass = (31 - Math.clz32(rest & -rest)) as AccessClass;
      const found = isAtomic(accessClass) ? atomic : plain;
      for (const lane of this.plane(accessClass).lanes()) if (lane.tid !== tid) found.push(lane);
    }
    this.others = { all: [...plain, ...atomic], plain, atomic };
    this.othersAt = now;
  }

  private meet(accessClass: AccessClass): Plane {
    const { ground } = this.buffers;
    const elements = Math.min(this.elements(sizeOf(accessClass)), MOST_ELEMENTS);
    const at = this.buffers.once(this.head + Head.PLANE + accessClass, () => Plane.make(ground, elements));
    // a plane does not keep its handle
    const { words } = this;
    const counter = this.head + Head.LANES;
    const plane = new Plane(ground, at, accessClass, elements, () => {
      atomicAdd(words, counter, 1);
    });
    this.planes[accessClass] = plane;
    atomicOr(this.words, this.head + Head.CLASSES, 1 << accessClass);
    return plane;
  }

  /** The sync variables of a size: one word an element, 0 when it has none. Throws OutOfShadowMemory. */
  syncPlane(size: Log2): Int32Array {
    let plane = this.syncs[size];
    if (plane === undefined) {
      const { arena } = this.buffers.ground;
      const count = this.elements(size);
      const place = this.buffers.once(this.head + Head.SYNC + size, () => arena.take(count * 4)) as Place;
      plane = arena.int32(place, count);
      this.syncs[size] = plane;
      atomicOr(this.words, this.head + Head.SYNCS, 1 << size);
    }
    return plane;
  }

  /** Something names the id that may outlive the buffer. */
  keep(): void {
    atomicStore(this.words, this.head + Head.KEPT, 1);
  }

  /** Gives back all that was taken for the buffer, but for the head. */
  dispose(freeSync: FreeSync): void {
    const { words, head } = this;
    const { arena } = this.buffers.ground;
    for (let size = 0; size <= 3; size++) {
      const place = words[head + Head.SYNC + size] as Place;
      if (place === 0) continue;
      const count = this.elements(size as Log2);
      const plane = arena.int32(place, count);
      for (let i = 0; i < count; i++) if (plane[i] !== 0) freeSync(plane, i);
      arena.give(place, count * 4);
    }
    for (let c = 0; c < CLASSES; c++) {
      if (words[head + Head.PLANE + c] !== 0) this.plane(c as AccessClass).dispose();
    }
  }

  private elements(size: Log2): number {
    return Math.floor(this.byteLength / 2 ** size);
  }

  get serial(): number {
    return this.words[this.head + Head.SERIAL] as number;
  }

  get allocatedBy(): number {
    return (this.words[this.head + Head.ALLOCATED_BY] as number) - 1;
  }

  get allocatedAt(): number {
    return this.words[this.head + Head.ALLOCATED_AT] as number;
  }
}

/** Gives back the sync variable that stands in plane[i], and what hangs on it. */
type FreeSync = (plane: Int32Array, i: number) => void;

export class Buffers {
  readonly ground: Ground;
  private readonly memory: Memory;
  private readonly locks: Locks;
  /** this thread's entry */
  private readonly slot: Int32Array;
  private readonly handles = new Map<number, Shadow | WeakRef<Shadow>>();
  private collected: FinalizationRegistry<number> | undefined;
  freeSync: FreeSync = () => {};

  constructor(memory: Memory, locks: Locks, slot: Int32Array) {
    this.memory = memory;
    this.locks = locks;
    this.slot = slot;
    const control = memory.control.words;
    this.ground = { arena: new Arena(memory, locks), table: memory.lanes, locks, control };
  }

  head(id: number): Int32Array {
    return this.memory.buffers.ensure((id + 1) * HEAD_WORDS);
  }

  /** A new head, which this thread holds; its id is never 0. `allocatedBy` is a thread's sequence number or -1. */
  create(byteLength: number, allocatedBy: number, allocatedAt: number): Shadow {
    const id = this.takeHead();
    const words = this.head(id);
    const at = id * HEAD_WORDS;
    words[at + Head.LENGTH] = byteLength % 2 ** 30;
    words[at + Head.LENGTH_HIGH] = Math.floor(byteLength / 2 ** 30);
    words[at + Head.ALLOCATED_BY] = allocatedBy + 1;
    words[at + Head.ALLOCATED_AT] = allocatedAt;
    words[at + Head.SERIAL] = atomicAdd(this.memory.control.words, Control.BUFFERS, 1) + 1;
    this.send(id);
    return this.receive(id);
  }

  private takeHead(): number {
    const { control } = this.ground;
    const { buffers } = this.memory;
    if (atomicLoad(control, Control.FREE_BUFFERS) === 0)
      return buffers.take(HEAD_WORDS, HEAD_WORDS) / HEAD_WORDS;
    const lock = this.locks.single(SingleLock.ALLOCATE);
    this.locks.lock(lock);
    try {
      const id = control[Control.FREE_BUFFERS] as number;
      if (id === 0) return buffers.take(HEAD_WORDS, HEAD_WORDS) / HEAD_WORDS;
      const words = this.head(id);
      control[Control.FREE_BUFFERS] = words[id * HEAD_WORDS] as number;
      words[id * HEAD_WORDS] = 0;
      return id;
    } finally {
      this.locks.unlock(lock);
    }
  }

  /** This thread's handle. */
  get(id: number): Shadow {
    const known = this.known(id);
    if (known !== undefined) return known;
    const shadow = new Shadow(this, id);
    this.handles.set(id, this.collected === undefined ? shadow : new Weak(shadow));
    if (this.collected !== undefined) apply(register, this.collected, [shadow, id]);
    return shadow;
  }

  private known(id: number): Shadow | undefined {
    const handle = this.handles.get(id);
    if (handle === undefined || handle instanceof Shadow) return handle;
    return apply(deref, handle, []) as Shadow | undefined;
  }

  /** From now on a handle that nobody uses any more goes, and with the last what the buffer has. */
  collectHandles(): void {
    this.collected = new FinalizationRegistry((id) => this.forget(id));
  }

  /** A look at a head for the moment, by whoever knows that it does not go meanwhile. */
  glance(id: number): Shadow {
    return new Shadow(this, id);
  }

  count(): number {
    return atomicLoad(this.memory.control.words, Control.BUFFERS);
  }

  /** A reference for a message that takes the buffer along, from a thread that has one. */
  send(id: number): void {
    atomicAdd(this.head(id), id * HEAD_WORDS + Head.COUNT, 1);
  }

  /** The message has come: its reference is this thread's now, or is let go if the thread has one already. */
  receive(id: number): Shadow {
    const shadow = this.get(id);
    const tid = this.slot[HOLDER] as number;
    // a thread that has never had a tid never lets go
    if (
      tid !== 0 &&
      (atomicOr(this.head(id), holderWord(id, tid), 1 << (tid & 31)) & (1 << (tid & 31))) !== 0
    )
      this.letGo(id);
    return shadow;
  }

  /** Lets go of all that a thread which has ended had. */
  letGoOf(slot: Int32Array): void {
    const tid = exchange(slot, HOLDER, 0);
    if (tid === 0) return;
    const words = this.memory.buffers.words;
    const heads = Math.floor((atomicLoad(words, 0) >>> 0) / HEAD_WORDS);
    for (let id = 1; id < heads; id++) this.letGoAs(tid, id);
  }

  /** A handle has been collected. The buffer may have come back meanwhile. */
  private forget(id: number): void {
    try {
      if (this.known(id) !== undefined) return;
      this.drop(id);
    } catch {
      // it stays then
    }
  }

  /** This thread has no wrapper of the buffer any more. */
  drop(id: number): void {
    this.handles.delete(id);
    this.letGoAs(this.slot[HOLDER] as number, id);
  }

  private letGoAs(tid: number, id: number): void {
    const words = this.head(id);
    const [word, bit] = [holderWord(id, tid), 1 << (tid & 31)];
    if (((words[word] as number) & bit) !== 0 && (atomicAnd(words, word, ~bit) & bit) !== 0) this.letGo(id);
  }

  private letGo(id: number): void {
    const words = this.head(id);
    const at = id * HEAD_WORDS;
    if (atomicAdd(words, at + Head.COUNT, -1) !== 1 || atomicLoad(words, at + Head.KEPT) !== 0) return;
    this.glance(id).dispose(this.freeSync);
    for (let i = 0; i < HEAD_WORDS; i++) words[at + i] = 0;
    const { control } = this.ground;
    const lock = this.locks.single(SingleLock.ALLOCATE);
    this.locks.lock(lock);
    words[at] = control[Control.FREE_BUFFERS] as number;
    control[Control.FREE_BUFFERS] = id;
    this.locks.unlock(lock);
  }

  /** The number at a word of the table of buffers, made by the first thread that asks. */
  once(word: number, make: () => number): number {
    const { words } = this.memory.buffers;
    const made = atomicLoad(words, word);
    if (made !== 0) return made;
    const lock = this.locks.single(SingleLock.ALLOCATE);
    this.locks.lock(lock);
    try {
      if (atomicLoad(words, word) === 0) atomicStore(words, word, make());
      return atomicLoad(words, word);
    } finally {
      this.locks.unlock(lock);
    }
  }
}

/** Where the bit of a holder is. */
function holderWord(id: number, tid: number): number {
  return id * HEAD_WORDS + Head.HOLDERS + (tid >>> 5);
}

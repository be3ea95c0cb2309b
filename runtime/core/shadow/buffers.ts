/**
 * The shadow of a shared buffer: a plane for each class of access in use (kind.ts), and, once an Atomics operation
 * of a size has been seen, a word for each element of that size: its sync variable. All are made on first use, by
 * whichever thread comes first.
 *
 * The head of a buffer lies in the buffers table and is the same for all threads; a `Shadow` is one thread's
 * handle on it.
 */
import { atomicAdd, atomicLoad, atomicOr, atomicStore } from '../memory/atomics.ts';
import { Control, SingleLock } from '../memory/control.ts';
import type { Locks } from '../memory/lock.ts';
import type { Memory } from '../memory/memory.ts';
import { Arena, type Place } from './arena.ts';
import { type AccessClass, CLASSES, type Log2, sizeOf } from './kind.ts';
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
  /** per size: where its sync variables are, 0 when there are none */
  SYNC: 8,
  /** per class: index of its plane's words, 0 when there is none */
  PLANE: 12,
} as const;
const HEAD_WORDS = 32;
/** element indices are unsigned 32-bit integers */
const MOST_ELEMENTS = 2 ** 32 - 64;

export class Shadow {
  readonly id: number;
  readonly byteLength: number;
  private readonly planes: (Plane | undefined)[] = new Array(CLASSES).fill(undefined);
  private readonly syncs: (Int32Array | undefined)[] = [undefined, undefined, undefined, undefined];
  private readonly buffers: Buffers;
  private readonly words: Int32Array;
  private readonly head: number;

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
    return atomicLoad(this.words, this.head + Head.SYNCS);
  }

  /** The plane of a class, made when there is none. Throws OutOfShadowMemory. */
  plane(accessClass: AccessClass): Plane {
    return this.planes[accessClass] ?? this.meet(accessClass);
  }

  private meet(accessClass: AccessClass): Plane {
    const { ground } = this.buffers;
    const elements = Math.min(this.elements(sizeOf(accessClass)), MOST_ELEMENTS);
    const at = this.buffers.once(this.head + Head.PLANE + accessClass, () => Plane.make(ground, elements));
    const plane = new Plane(ground, at, accessClass, elements);
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

  private elements(size: Log2): number {
    return Math.floor(this.byteLength / 2 ** size);
  }

  get allocatedBy(): number {
    return (this.words[this.head + Head.ALLOCATED_BY] as number) - 1;
  }

  get allocatedAt(): number {
    return this.words[this.head + Head.ALLOCATED_AT] as number;
  }
}

export class Buffers {
  readonly ground: Ground;
  private readonly memory: Memory;
  private readonly locks: Locks;
  private readonly handles = new Map<number, Shadow>();

  constructor(memory: Memory, locks: Locks) {
    this.memory = memory;
    this.locks = locks;
    this.ground = { arena: new Arena(memory), table: memory.buffers, locks };
  }

  head(id: number): Int32Array {
    return this.memory.buffers.ensure((id + 1) * HEAD_WORDS);
  }

  /** A new head; its id is never 0. `allocatedBy` is a thread's sequence number or -1. */
  create(byteLength: number, allocatedBy: number, allocatedAt: number): Shadow {
    const at = this.memory.buffers.take(HEAD_WORDS, HEAD_WORDS);
    const words = this.memory.buffers.words;
    words[at + Head.LENGTH] = byteLength % 2 ** 30;
    words[at + Head.LENGTH_HIGH] = Math.floor(byteLength / 2 ** 30);
    words[at + Head.ALLOCATED_BY] = allocatedBy + 1;
    words[at + Head.ALLOCATED_AT] = allocatedAt;
    atomicAdd(this.memory.control.words, Control.BUFFERS, 1);
    return this.get(at / HEAD_WORDS);
  }

  get(id: number): Shadow {
    let shadow = this.handles.get(id);
    if (shadow === undefined) {
      shadow = new Shadow(this, id);
      this.handles.set(id, shadow);
    }
    return shadow;
  }

  count(): number {
    return atomicLoad(this.memory.control.words, Control.BUFFERS);
  }

  /** A handle that no wrapper of this thread needs any longer. */
  forget(id: number): void {
    this.handles.delete(id);
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

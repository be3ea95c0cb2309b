/**
 * The segments that hold what is as large as the user's memory: cells, blocks, masks, sync variables. A place in
 * them is one number, in units of 64 bytes; 0 is none. What is taken is zero.
 *
 * What is given back waits in a list for the next of its size, four sizes to a power of two. It is zeroed first, only
 * where it is not zero already, so that pages that were never touched stay so. The lists are changed under the lock of
 * allocation by code without calls (recovery.ts): who dies in between loses one place.
 */
import { atomicLoad, atomicOr } from '../memory/atomics.ts';
import { Control, FREE_PLACES_AT, SingleLock, Weakness } from '../memory/control.ts';
import type { Locks } from '../memory/lock.ts';
import type { Memory } from '../memory/memory.ts';
import { OutOfShadowMemory, type Table } from '../memory/table.ts';

export type Place = number & { readonly placeBrand: true };

const UNIT_WORDS = 16;
const UNIT_BYTES = UNIT_WORDS * 4;
/** a segment is less than 4 GiB */
const SEGMENT_UNITS = 2 ** 26;
/** no size is rounded up beyond this, so that one place fits a segment */
const LARGEST = SEGMENT_UNITS - 2048;
/** it may be thrown at every access, so it is made once */
const FULL = new OutOfShadowMemory('no segment has room for the shadow of a shared buffer');

export class Arena {
  private readonly segments: Table[];
  private readonly control: Int32Array;
  private readonly locks: Locks;

  constructor(memory: Memory, locks: Locks) {
    this.segments = memory.cells;
    this.control = memory.control.words;
    this.locks = locks;
  }

  /** Under the lock of allocation. Throws OutOfShadowMemory. */
  take(bytes: number): Place {
    const { control, segments } = this;
    const { list, units } = sizeFor(bytes);
    const free = control[FREE_PLACES_AT + list] as number;
    if (free !== 0) {
      const words = this.int32(free as Place, 1);
      control[FREE_PLACES_AT + list] = words[0] as number;
      words[0] = 0;
      return free as Place;
    }
    for (let s = atomicLoad(control, Control.SEGMENT); s < segments.length; s++) {
      const segment = segments[s] as Table;
      if (!segment.hasRoom(units * UNIT_WORDS)) continue;
      return (s * SEGMENT_UNITS + segment.take(units * UNIT_WORDS, UNIT_WORDS) / UNIT_WORDS) as Place;
    }
    throw FULL;
  }

  /** The same without the lock. */
  takeAlone(bytes: number): Place {
    const lock = this.locks.single(SingleLock.ALLOCATE);
    this.locks.lock(lock);
    try {
      return this.take(bytes);
    } finally {
      this.locks.unlock(lock);
    }
  }

  /** Gives back a place of so many bytes that nobody reads any more. Without the lock. */
  give(place: Place, bytes: number): void {
    const words = this.int32(place, Math.ceil(bytes / UNIT_BYTES) * UNIT_WORDS);
    for (let i = 0; i < words.length; i++) if (words[i] !== 0) words[i] = 0;
    const { control } = this;
    const head = FREE_PLACES_AT + sizeFor(bytes).list;
    const lock = this.locks.single(SingleLock.ALLOCATE);
    this.locks.lock(lock);
    words[0] = control[head] as number;
    control[head] = place;
    this.locks.unlock(lock);
  }

  /** The summary says that some accesses are not checked. */
  tellFull(): void {
    atomicOr(this.control, Control.WEAKNESS, Weakness.NO_MEMORY);
  }

  int32(place: Place, length: number): Int32Array {
    const byte = this.commit(place, length * 4);
    return new Int32Array(this.bufferOf(place), byte, length);
  }

  uint32(place: Place, length: number): Uint32Array {
    const byte = this.commit(place, length * 4);
    return new Uint32Array(this.bufferOf(place), byte, length);
  }

  float64(place: Place, length: number): Float64Array {
    const byte = this.commit(place, length * 8);
    return new Float64Array(this.bufferOf(place), byte, length);
  }

  private bufferOf(place: Place): SharedArrayBuffer {
    return (this.segments[Math.floor(place / SEGMENT_UNITS)] as Table).buffer;
  }

  private commit(place: Place, bytes: number): number {
    const byte = (place % SEGMENT_UNITS) * UNIT_BYTES;
    (this.segments[Math.floor(place / SEGMENT_UNITS)] as Table).ensure(Math.ceil((byte + bytes) / 4));
    return byte;
  }
}

/** The smallest of the sizes that holds so many bytes: 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, … units. */
function sizeFor(bytes: number): { list: number; units: number } {
  const units = Math.max(1, Math.ceil(bytes / UNIT_BYTES));
  const octave = Math.max(0, 29 - Math.clz32(units));
  const step = 2 ** octave;
  const steps = Math.ceil(units / step);
  return { list: octave * 4 + steps - 1, units: Math.min(steps * step, Math.max(units, LARGEST)) };
}

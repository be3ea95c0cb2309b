/**
 * The segments that hold what is as large as the user's memory: cells, blocks, masks, sync variables. A place in
 * them is one number, in units of 64 bytes; 0 is none. What is taken is zero.
 */
import { atomicLoad } from '../memory/atomics.ts';
import { Control } from '../memory/control.ts';
import type { Memory } from '../memory/memory.ts';
import { OutOfShadowMemory, type Table } from '../memory/table.ts';

export type Place = number & { readonly placeBrand: true };

const UNIT_WORDS = 16;
const UNIT_BYTES = UNIT_WORDS * 4;
/** a segment is less than 4 GiB */
const SEGMENT_UNITS = 2 ** 26;

export class Arena {
  private readonly segments: Table[];
  private readonly control: Int32Array;

  constructor(memory: Memory) {
    this.segments = memory.cells;
    this.control = memory.control.words;
  }

  /** Throws OutOfShadowMemory. */
  take(bytes: number): Place {
    const words = Math.ceil(bytes / UNIT_BYTES) * UNIT_WORDS;
    for (let s = atomicLoad(this.control, Control.SEGMENT); s < this.segments.length; s++) {
      const segment = this.segments[s] as Table;
      if (!segment.hasRoom(words)) continue;
      return (s * SEGMENT_UNITS + segment.take(words, UNIT_WORDS) / UNIT_WORDS) as Place;
    }
    throw new OutOfShadowMemory('no segment has room for the shadow of a shared buffer');
  }

  int32(place: Place, length: number): Int32Array {
    const byte = this.commit(place, length * 4);
    return new Int32Array(this.bufferOf(place), byte, length);
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

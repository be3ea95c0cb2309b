/**
 * A table of 32-bit words in shared memory that any thread may grow. Its address space is reserved at once
 * and committed as it grows, so a table never moves, and pages cost nothing until they are touched.
 *
 * Word 0 is the index of the next free word, changed by Atomics only. Views of fixed length over a growable
 * SharedArrayBuffer are as fast as any (measured; length-tracking ones are 30 times slower), so each thread
 * keeps such a view and makes a longer one when it meets an index past its end.
 */
import { atomicLoad, compareExchange } from './atomics.ts';

const FIRST = 1 << 16;
/** Words reserved at the start of every table; index 0 is never a valid entry. */
const RESERVED_WORDS = 16;

export class OutOfShadowMemory extends Error {
  override name = 'OutOfShadowMemory';
}

/** Reserves address space for `maxBytes`, or as much as this platform gives. */
export function reserve(maxBytes: number): SharedArrayBuffer {
  for (let bytes = maxBytes; bytes >= FIRST; bytes /= 2) {
    try {
      return new SharedArrayBuffer(Math.min(FIRST, bytes), { maxByteLength: Math.floor(bytes) });
    } catch {
      // less then
    }
  }
  throw new OutOfShadowMemory('no address space for shadow memory');
}

export class Table {
  readonly buffer: SharedArrayBuffer;
  /** Covers at least every index below the last `ensure`d. */
  words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = view(buffer);
    compareExchange(this.words, 0, 0, RESERVED_WORDS);
  }

  /** Takes `count` zeroed words, aligned to `align` words, and returns the index of the first. */
  take(count: number, align = 1): number {
    for (;;) {
      const next = atomicLoad(this.words, 0) >>> 0;
      const at = Math.ceil(next / align) * align;
      if ((at + count) * 4 > this.buffer.maxByteLength) throw new OutOfShadowMemory('shadow memory is full');
      if (compareExchange(this.words, 0, next | 0, (at + count) | 0) >>> 0 !== next) continue;
      this.ensure(at + count);
      return at;
    }
  }

  hasRoom(count: number): boolean {
    return ((atomicLoad(this.words, 0) >>> 0) + count + 64) * 4 <= this.buffer.maxByteLength;
  }

  /** Makes `words` cover indices below `end`. */
  ensure(end: number): Int32Array {
    if (end > this.words.length) {
      const bytes = end * 4;
      if (bytes > this.buffer.maxByteLength) throw new OutOfShadowMemory('shadow memory is full');
      while (this.buffer.byteLength < bytes) {
        const wish = Math.min(this.buffer.maxByteLength, Math.max(bytes, this.buffer.byteLength * 2));
        try {
          this.buffer.grow(
            Math.ceil(wish / FIRST) * FIRST > this.buffer.maxByteLength
              ? wish
              : Math.ceil(wish / FIRST) * FIRST,
          );
        } catch (error) {
          // another thread grew it further in the meantime; anything else is final
          if (this.buffer.byteLength < bytes) throw new OutOfShadowMemory(String(error));
        }
      }
      this.words = view(this.buffer);
    }
    return this.words;
  }
}

function view(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
}

// Single-producer single-consumer ring: sixteen plain words a message, published by the atomic
// indices. Even workers produce, odd ones consume. Each side keeps the last value it saw of the
// other's index, and looks again only when the ring seems full (or empty).
import type { Context, Work } from './kernel.ts';
import { lcg } from './util.ts';

interface Shared {
  rings: { indexBuffer: SharedArrayBuffer; slotsBuffer: SharedArrayBuffer }[];
}

const RING = 256;
const WORDS = 16;

// the indices, each on a cache line of its own
const HEAD = 0;
const TAIL = 16;

export function setup(_size: number, threads: number): Shared {
  if (threads % 2 !== 0) throw new RangeError('spsc: threads must be even');
  const rings: Shared['rings'] = [];
  for (let i = 0; i < threads / 2; i++) {
    rings.push({
      indexBuffer: new SharedArrayBuffer(4 * 32),
      slotsBuffer: new SharedArrayBuffer(4 * RING * WORDS),
    });
  }
  return { rings };
}

function produce(index: Int32Array, slots: Int32Array, n: number): void {
  let tail = Atomics.load(index, TAIL);
  let head = Atomics.load(index, HEAD);
  let x = (tail + 1) | 0;
  for (let i = 0; i < n; i++) {
    while (((tail - head) | 0) === RING) head = Atomics.load(index, HEAD);
    const s = (tail & (RING - 1)) * WORDS;
    for (let k = 0; k < WORDS; k++) {
      x = lcg(x);
      slots[s + k] = x;
    }
    tail = (tail + 1) | 0;
    Atomics.store(index, TAIL, tail);
  }
}

function consume(index: Int32Array, slots: Int32Array, n: number): number {
  let head = Atomics.load(index, HEAD);
  let tail = Atomics.load(index, TAIL);
  let h = 0;
  for (let i = 0; i < n; i++) {
    while (tail === head) tail = Atomics.load(index, TAIL);
    const s = (head & (RING - 1)) * WORDS;
    for (let k = 0; k < WORDS; k++) h = (Math.imul(h, 31) + slots[s + k]) | 0;
    head = (head + 1) | 0;
    Atomics.store(index, HEAD, head);
  }
  return h;
}

export function create({ shared, id, size }: Context<Shared>): Work {
  const { indexBuffer, slotsBuffer } = shared.rings[id >> 1];
  const index = new Int32Array(indexBuffer);
  const slots = new Int32Array(slotsBuffer);

  function run(reps: number): number {
    let h = 0;
    for (let r = 0; r < reps; r++) {
      if (id % 2 === 0) produce(index, slots, size);
      else h = (Math.imul(h, 31) + consume(index, slots, size)) | 0;
    }
    return h >>> 0;
  }

  return { run };
}

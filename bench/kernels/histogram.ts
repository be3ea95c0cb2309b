// Atomic adds into shared bins over a shared input.
import type { Context, Work } from './kernel.ts';
import { lcg, slice } from './util.ts';

interface Shared {
  inputBuffer: SharedArrayBuffer;
  binsBuffer: SharedArrayBuffer;
}

const BINS = 4096;

export function setup(size: number): Shared {
  const inputBuffer = new SharedArrayBuffer(4 * size);
  const input = new Int32Array(inputBuffer);
  let x = 1;
  for (let i = 0; i < size; i++) {
    x = lcg(x);
    input[i] = x;
  }
  return { inputBuffer, binsBuffer: new SharedArrayBuffer(4 * BINS) };
}

function histogram(input: Int32Array, bins: Int32Array, lo: number, hi: number): void {
  for (let i = lo; i < hi; i++) Atomics.add(bins, input[i] >>> 20, 1);
}

export function create({ shared, id, threads, size }: Context<Shared>): Work {
  const input = new Int32Array(shared.inputBuffer);
  const bins = new Int32Array(shared.binsBuffer);
  const lo = slice(size, id, threads);
  const hi = slice(size, id + 1, threads);

  function run(reps: number): void {
    for (let r = 0; r < reps; r++) histogram(input, bins, lo, hi);
  }

  function result(): number {
    let s = 0;
    const end = slice(BINS, id + 1, threads);
    for (let b = slice(BINS, id, threads); b < end; b++) s += Atomics.load(bins, b) * (b % 17);
    return s;
  }

  return { run, result };
}

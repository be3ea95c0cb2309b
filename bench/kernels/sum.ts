// Each worker sums its part of a shared Int32Array: reads only.
import type { Context, Work } from './kernel.ts';
import { lcg, slice } from './util.ts';

interface Shared {
  buffer: SharedArrayBuffer;
}

export function setup(size: number): Shared {
  const buffer = new SharedArrayBuffer(4 * size);
  const a = new Int32Array(buffer);
  let x = 1;
  for (let i = 0; i < size; i++) {
    x = lcg(x);
    a[i] = x;
  }
  return { buffer };
}

function sumRange(a: Int32Array, lo: number, hi: number): number {
  let s = 0;
  for (let i = lo; i < hi; i++) s = (s + a[i]) | 0;
  return s;
}

export function create({ shared, id, threads, size }: Context<Shared>): Work {
  const a = new Int32Array(shared.buffer);
  const lo = slice(size, id, threads);
  const hi = slice(size, id + 1, threads);

  function run(reps: number): number {
    let h = 0;
    for (let r = 0; r < reps; r++) h = (Math.imul(h, 31) + sumRange(a, lo, hi)) | 0;
    return h >>> 0;
  }

  return { run };
}

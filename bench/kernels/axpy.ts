// y[i] += a * x[i] on shared Float64Arrays, disjoint parts.
import type { Context, Work } from './kernel.ts';
import { slice } from './util.ts';

interface Shared {
  xBuffer: SharedArrayBuffer;
  yBuffer: SharedArrayBuffer;
}

export function setup(size: number): Shared {
  const xBuffer = new SharedArrayBuffer(8 * size);
  const yBuffer = new SharedArrayBuffer(8 * size);
  const x = new Float64Array(xBuffer);
  const y = new Float64Array(yBuffer);
  for (let i = 0; i < size; i++) {
    x[i] = (i % 1000) * 0.001;
    y[i] = i % 7;
  }
  return { xBuffer, yBuffer };
}

function axpy(a: number, x: Float64Array, y: Float64Array, lo: number, hi: number): void {
  for (let i = lo; i < hi; i++) y[i] += a * x[i];
}

export function create({ shared, id, threads, size }: Context<Shared>): Work {
  const x = new Float64Array(shared.xBuffer);
  const y = new Float64Array(shared.yBuffer);
  const lo = slice(size, id, threads);
  const hi = slice(size, id + 1, threads);

  function run(reps: number): void {
    for (let r = 0; r < reps; r++) axpy(0.5, x, y, lo, hi);
  }

  function result(): number {
    let s = 0;
    for (let i = lo; i < hi; i++) s += y[i];
    return s;
  }

  return { run, result };
}

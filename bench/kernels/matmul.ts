// C = A * B: every worker reads all of B, and its own rows of A.
import type { Context, Work } from './kernel.ts';
import { slice } from './util.ts';

interface Shared {
  aBuffer: SharedArrayBuffer;
  bBuffer: SharedArrayBuffer;
  cBuffer: SharedArrayBuffer;
}

export function setup(size: number): Shared {
  const aBuffer = new SharedArrayBuffer(8 * size * size);
  const bBuffer = new SharedArrayBuffer(8 * size * size);
  const cBuffer = new SharedArrayBuffer(8 * size * size);
  const a = new Float64Array(aBuffer);
  const b = new Float64Array(bBuffer);
  for (let i = 0; i < size * size; i++) {
    a[i] = (i % 13) * 0.25;
    b[i] = (i % 17) * 0.5;
  }
  return { aBuffer, bBuffer, cBuffer };
}

function matmul(a: Float64Array, b: Float64Array, c: Float64Array, n: number, lo: number, hi: number): void {
  for (let i = lo; i < hi; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0;
      for (let k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
      c[i * n + j] = s;
    }
  }
}

export function create({ shared, id, threads, size }: Context<Shared>): Work {
  const a = new Float64Array(shared.aBuffer);
  const b = new Float64Array(shared.bBuffer);
  const c = new Float64Array(shared.cBuffer);
  const lo = slice(size, id, threads);
  const hi = slice(size, id + 1, threads);

  function run(reps: number): void {
    for (let r = 0; r < reps; r++) matmul(a, b, c, size, lo, hi);
  }

  function result(): number {
    let s = 0;
    for (let i = lo * size; i < hi * size; i++) s += c[i];
    return s;
  }

  return { run, result };
}

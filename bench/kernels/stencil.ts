// 2-D Jacobi on a size x size grid of Float64: two sweeps and two barriers a repetition.
import type { Context, Work } from './kernel.ts';
import { barrierWait } from './sync.ts';
import { slice } from './util.ts';

interface Shared {
  aBuffer: SharedArrayBuffer;
  bBuffer: SharedArrayBuffer;
}

export function setup(size: number): Shared {
  const aBuffer = new SharedArrayBuffer(8 * size * size);
  const bBuffer = new SharedArrayBuffer(8 * size * size);
  const a = new Float64Array(aBuffer);
  const b = new Float64Array(bBuffer);
  for (let i = 0; i < size * size; i++) {
    a[i] = ((i * 7) % 101) * 0.01;
    b[i] = a[i];
  }
  return { aBuffer, bBuffer };
}

function sweep(src: Float64Array, dst: Float64Array, n: number, lo: number, hi: number): void {
  for (let y = lo; y < hi; y++) {
    const end = y * n + n - 1;
    for (let i = y * n + 1; i < end; i++) {
      dst[i] = 0.25 * (src[i - 1] + src[i + 1] + src[i - n] + src[i + n]);
    }
  }
}

export function create({ shared, barrier, id, threads, size }: Context<Shared>): Work {
  const a = new Float64Array(shared.aBuffer);
  const b = new Float64Array(shared.bBuffer);
  const lo = 1 + slice(size - 2, id, threads);
  const hi = 1 + slice(size - 2, id + 1, threads);

  function run(reps: number): void {
    for (let r = 0; r < reps; r++) {
      sweep(a, b, size, lo, hi);
      barrierWait(barrier);
      sweep(b, a, size, lo, hi);
      barrierWait(barrier);
    }
  }

  function result(): number {
    let s = 0;
    const end = slice(size, id + 1, threads) * size;
    for (let i = slice(size, id, threads) * size; i < end; i++) s += a[i];
    return s;
  }

  return { run, result };
}

// Mandelbrot set: much computing, one store a pixel to a shared Uint8Array.
import type { Context, Work } from './kernel.ts';
import { slice } from './util.ts';

interface Shared {
  buffer: SharedArrayBuffer;
}

const LIMIT = 250;

export function setup(size: number): Shared {
  return { buffer: new SharedArrayBuffer(size * size) };
}

function escapeTime(cr: number, ci: number): number {
  let zr = 0;
  let zi = 0;
  let i = 0;
  while (i < LIMIT && zr * zr + zi * zi <= 4) {
    const t = zr * zr - zi * zi + cr;
    zi = 2 * zr * zi + ci;
    zr = t;
    i++;
  }
  return i;
}

function mandel(pixels: Uint8Array, n: number, first: number, step: number): void {
  for (let y = first; y < n; y += step) {
    const ci = (2.5 * y) / n - 1.25;
    for (let x = 0; x < n; x++) pixels[y * n + x] = escapeTime((2.5 * x) / n - 2, ci);
  }
}

export function create({ shared, id, threads, size }: Context<Shared>): Work {
  const pixels = new Uint8Array(shared.buffer);

  function run(reps: number): void {
    for (let r = 0; r < reps; r++) mandel(pixels, size, id, threads);
  }

  function result(): number {
    let s = 0;
    const end = slice(size, id + 1, threads) * size;
    for (let i = slice(size, id, threads) * size; i < end; i++) s += pixels[i];
    return s;
  }

  return { run, result };
}

// Each worker quicksorts its part of a shared Int32Array; then a tree of merges.
import type { Context, Work } from './kernel.ts';
import { barrierWait } from './sync.ts';
import { lcg, slice } from './util.ts';

interface Shared {
  srcBuffer: SharedArrayBuffer;
  aBuffer: SharedArrayBuffer;
  bBuffer: SharedArrayBuffer;
}

export function setup(size: number): Shared {
  const srcBuffer = new SharedArrayBuffer(4 * size);
  const src = new Int32Array(srcBuffer);
  let x = 1;
  for (let i = 0; i < size; i++) {
    x = lcg(x);
    src[i] = x;
  }
  return {
    srcBuffer,
    aBuffer: new SharedArrayBuffer(4 * size),
    bBuffer: new SharedArrayBuffer(4 * size),
  };
}

function insertionSort(a: Int32Array, lo: number, hi: number): void {
  for (let i = lo + 1; i <= hi; i++) {
    const v = a[i];
    let j = i - 1;
    while (j >= lo && a[j] > v) {
      a[j + 1] = a[j];
      j--;
    }
    a[j + 1] = v;
  }
}

function median3(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}

function quicksort(a: Int32Array, lo: number, hi: number): void {
  while (hi - lo > 16) {
    const pivot = median3(a[lo], a[(lo + hi) >> 1], a[hi]);
    let i = lo;
    let j = hi;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        const t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - lo < hi - i) {
      quicksort(a, lo, j);
      lo = i;
    } else {
      quicksort(a, i, hi);
      hi = j;
    }
  }
  insertionSort(a, lo, hi);
}

function merge(from: Int32Array, to: Int32Array, lo: number, mid: number, hi: number): void {
  let i = lo;
  let j = mid;
  for (let k = lo; k < hi; k++) {
    if (i < mid && (j >= hi || from[i] <= from[j])) to[k] = from[i++];
    else to[k] = from[j++];
  }
}

export function create({ shared, barrier, id, threads, size }: Context<Shared>): Work {
  const src = new Int32Array(shared.srcBuffer);
  const a = new Int32Array(shared.aBuffer);
  const b = new Int32Array(shared.bBuffer);
  const lo = slice(size, id, threads);
  const hi = slice(size, id + 1, threads);
  let sorted = a;

  function run(reps: number): void {
    for (let r = 0; r < reps; r++) {
      let from = a;
      let to = b;
      for (let i = lo; i < hi; i++) from[i] = src[i];
      quicksort(from, lo, hi - 1);
      barrierWait(barrier);
      for (let width = 1; width < threads; width *= 2) {
        if (id % (2 * width) === 0) {
          const mid = slice(size, Math.min(id + width, threads), threads);
          const end = slice(size, Math.min(id + 2 * width, threads), threads);
          merge(from, to, lo, mid, end);
        }
        barrierWait(barrier);
        [from, to] = [to, from];
      }
      sorted = from;
    }
  }

  function result(): number {
    if (id !== 0) return 0;
    let h = 0;
    for (let i = 0; i < size; i++) h = (Math.imul(h, 31) + sorted[i]) | 0;
    return h >>> 0;
  }

  return { run, result };
}

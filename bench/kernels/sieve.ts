// Sieve of Eratosthenes in a shared Uint8Array, by segments handed out by an atomic counter.
import type { Context, Work } from './kernel.ts';
import { barrierWait } from './sync.ts';

interface Shared {
  primesBuffer: SharedArrayBuffer;
  flagsBuffer: SharedArrayBuffer;
  nextBuffer: SharedArrayBuffer;
}

const SEGMENT = 65536;

export function setup(size: number): Shared {
  const root = Math.floor(Math.sqrt(size)) + 1;
  const composite = new Uint8Array(root + 1);
  const found: number[] = [];
  for (let p = 2; p <= root; p++) {
    if (composite[p]) continue;
    found.push(p);
    for (let j = p * p; j <= root; j += p) composite[j] = 1;
  }
  const primesBuffer = new SharedArrayBuffer(4 * found.length);
  new Int32Array(primesBuffer).set(found);
  return {
    primesBuffer,
    flagsBuffer: new SharedArrayBuffer(size),
    nextBuffer: new SharedArrayBuffer(4),
  };
}

function sieveSegment(flags: Uint8Array, primes: Int32Array, lo: number, hi: number): number {
  for (let i = lo; i < hi; i++) flags[i] = 0;
  for (let k = 0; k < primes.length; k++) {
    const p = primes[k];
    if (p * p >= hi) break;
    let j = p * p;
    if (j < lo) j = Math.ceil(lo / p) * p;
    for (; j < hi; j += p) flags[j] = 1;
  }
  let found = 0;
  for (let i = Math.max(lo, 2); i < hi; i++) {
    if (flags[i] === 0) found++;
  }
  return found;
}

export function create({ shared, barrier, id, size }: Context<Shared>): Work {
  const primes = new Int32Array(shared.primesBuffer);
  const flags = new Uint8Array(shared.flagsBuffer);
  const next = new Int32Array(shared.nextBuffer);
  const segments = Math.ceil(size / SEGMENT);

  function run(reps: number): number {
    let found = 0;
    for (let r = 0; r < reps; r++) {
      if (id === 0) Atomics.store(next, 0, 0);
      barrierWait(barrier);
      found = 0;
      for (;;) {
        const s = Atomics.add(next, 0, 1);
        if (s >= segments) break;
        const lo = s * SEGMENT;
        found += sieveSegment(flags, primes, lo, Math.min(lo + SEGMENT, size));
      }
      barrierWait(barrier);
    }
    return found;
  }

  return { run };
}

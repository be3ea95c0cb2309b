// Random reads of a 1M-entry table under a read lock (256 at a time); worker 0 writes now and then.
import type { Context, Work } from './kernel.ts';
import { readLock, readUnlock, writeLock, writeUnlock } from './sync.ts';
import { xorshift } from './util.ts';

interface Shared {
  buffer: SharedArrayBuffer;
  lockBuffer: SharedArrayBuffer;
}

const ENTRIES = 1 << 20;
const BATCH = 256;

function tableValue(i: number): number {
  return Math.imul(i, 2654435761);
}

export function setup(): Shared {
  const buffer = new SharedArrayBuffer(4 * ENTRIES);
  const table = new Int32Array(buffer);
  for (let i = 0; i < ENTRIES; i++) table[i] = tableValue(i);
  return { buffer, lockBuffer: new SharedArrayBuffer(8) };
}

function pass(table: Int32Array, lock: Int32Array, id: number, n: number): number {
  const batches = Math.floor(n / BATCH);
  let x = id * 7919 + 1;
  let s = 0;
  for (let batch = 0; batch < batches; batch++) {
    readLock(lock);
    for (let k = 0; k < BATCH; k++) {
      x = xorshift(x);
      s = (s + table[x >>> 12]) | 0;
    }
    readUnlock(lock);
    if (id === 0 && batch % 64 === 63) {
      writeLock(lock);
      for (let k = 0; k < 16; k++) {
        x = xorshift(x);
        table[x >>> 12] = tableValue(x >>> 12); // a refresh: readers' sums stay the same
      }
      writeUnlock(lock);
    }
  }
  return s;
}

export function create({ shared, id, size }: Context<Shared>): Work {
  const table = new Int32Array(shared.buffer);
  const lock = new Int32Array(shared.lockBuffer);

  function run(reps: number): number {
    let h = 0;
    for (let r = 0; r < reps; r++) h = (Math.imul(h, 31) + pass(table, lock, id, size)) | 0;
    return h >>> 0;
  }

  return { run };
}

// A counter and a struct of four words, updated by every worker under one mutex.
import type { Context, Work } from './kernel.ts';
import { mutexLock, mutexUnlock } from './sync.ts';
import { xorshift } from './util.ts';

interface Shared {
  buffer: SharedArrayBuffer;
}

// word indices; the lock is on a cache line of its own
const LOCK = 0;
const COUNTER = 16;
const OPS = 17;
const SUM = 18;
const MIX = 19;
const MAX = 20;

export function setup(): Shared {
  return { buffer: new SharedArrayBuffer(4 * 32) };
}

function update(words: Int32Array, value: number): void {
  mutexLock(words, LOCK);
  words[COUNTER]++;
  words[OPS] += 3;
  words[SUM] += value;
  words[MIX] ^= value;
  if (value > words[MAX]) words[MAX] = value;
  mutexUnlock(words, LOCK);
}

export function create({ shared, id, size }: Context<Shared>): Work {
  const words = new Int32Array(shared.buffer);

  function run(reps: number): void {
    let x = id * 7919 + 1;
    for (let r = 0; r < reps; r++) {
      for (let i = 0; i < size; i++) {
        for (let k = 0; k < 32; k++) x = xorshift(x); // a little work of one's own between updates
        update(words, x >>> 8);
      }
    }
  }

  function result(): number {
    if (id !== 0) return 0;
    return words[COUNTER] + (words[OPS] >>> 0) + (words[SUM] >>> 0) + (words[MIX] >>> 0) + words[MAX];
  }

  return { run, result };
}

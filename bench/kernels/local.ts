// Sums a plain array of one's own: nothing shared, every element behind a guard.
import type { Kernel } from './kernel.ts';

function sumArray(a: number[]): number {
  let s = 0;
  for (let i = 0; i < a.length; i++) s = (s + a[i]) | 0;
  return s;
}

export const setup: Kernel['setup'] = () => ({});

export const create: Kernel['create'] = ({ id, size }) => {
  const a = Array.from({ length: size }, (_, i) => (i * 7 + id) & 1023);

  function run(reps: number): number {
    let h = 0;
    for (let r = 0; r < reps; r++) h = (Math.imul(h, 31) + sumArray(a)) | 0;
    return h >>> 0;
  }

  return { run };
};

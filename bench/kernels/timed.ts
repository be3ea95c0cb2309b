// What a worker does: one warm-up repetition that is not timed, then `reps` timed ones (worker 0's clock, barrier to
// barrier).
import type { Context, Kernel } from './kernel.ts';
import { barrierWait } from './sync.ts';

export interface Answer {
  value: number;
  seconds: number;
}

export interface Job extends Omit<Context<unknown>, 'barrier'> {
  kernel: string;
  barrier: SharedArrayBuffer;
  reps: number;
  meetEachRep: boolean;
}

export function timed({ create }: Kernel, job: Job): Answer {
  const barrier = new Int32Array(job.barrier);
  const { run, result } = create({ ...job, barrier });
  barrierWait(barrier);
  run(1);
  barrierWait(barrier);
  const start = performance.now();
  let value: unknown;
  if (job.meetEachRep) {
    for (let rep = 0; rep < job.reps; rep++) {
      value = run(1);
      barrierWait(barrier);
    }
  } else {
    value = run(job.reps);
    barrierWait(barrier);
  }
  const seconds = (performance.now() - start) / 1000;
  if (result) value = result();
  return { value: value as number, seconds };
}

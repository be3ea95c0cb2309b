// A kernel once, on workers that are made here: its checksum, and the seconds of worker 0.
import { load } from './kernel.ts';
import { createBarrier } from './sync.ts';
import type { Answer, Job } from './timed.ts';

export type Given = Pick<Job, 'kernel' | 'size' | 'threads' | 'reps' | 'meetEachRep'>;

export async function measured(given: Given, startWorker: (job: Job) => Promise<Answer>): Promise<string> {
  const { kernel, size, threads } = given;
  const { setup } = await load(kernel);
  const shared = setup(size, threads);
  const barrier = createBarrier(threads);
  const answers = await Promise.all(
    Array.from({ length: threads }, (_, id) => startWorker({ ...given, shared, barrier, id })),
  );
  let checksum = 0;
  for (const { value } of answers) checksum += value;
  return `checksum=${checksum.toFixed(6)} seconds=${answers[0]!.seconds.toFixed(6)}`;
}

// Twelve kernels for measuring a race detector's slowdown: worker_threads + SharedArrayBuffer.
// Usage: main.ts <kernel> <size> <threads> <reps> [barrier]
// With `barrier` the threads meet after every repetition, so that each one starts a new epoch.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { load, NAMES } from './kernel.ts';
import { createBarrier } from './sync.ts';
import { type Answer, type Job, timed } from './timed.ts';

function startWorker(job: Job): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: job });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function main(): Promise<void> {
  const [kernel = '', sizeText, threadsText, repsText, mode] = process.argv.slice(2);
  const [size = 0, threads = 0, reps = 0] = [sizeText, threadsText, repsText].map(Number);
  const meetEachRep = mode === 'barrier';
  if (!NAMES.includes(kernel) || ![size, threads, reps].every((n) => Number.isInteger(n) && n > 0)) {
    console.error('usage: main.ts kernel size threads reps [barrier]');
    process.exit(2);
  }
  const { setup } = await load(kernel);
  const shared = setup(size, threads);
  const barrier = createBarrier(threads);
  const answers = await Promise.all(
    Array.from({ length: threads }, (_, id) =>
      startWorker({ kernel, shared, barrier, id, threads, size, reps, meetEachRep }),
    ),
  );
  let checksum = 0;
  for (const { value } of answers) checksum += value;
  console.log(
    `${kernel} size=${size} threads=${threads} reps=${reps} ` +
      `checksum=${checksum.toFixed(6)} seconds=${answers[0]!.seconds.toFixed(6)}`,
  );
}

if (isMainThread) await main();
else {
  const job = workerData as Job;
  parentPort!.postMessage(timed(await load(job.kernel), job));
}

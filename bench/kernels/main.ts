// Twelve kernels for measuring a race detector's slowdown: worker_threads + SharedArrayBuffer.
// Usage: main.ts <kernel> <size> <threads> <reps> [barrier]
// With `barrier` the threads meet after every repetition, so that each one starts a new epoch.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { load, NAMES } from './kernel.ts';
import { measured } from './measured.ts';
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
  const result = await measured({ kernel, size, threads, reps, meetEachRep }, startWorker);
  console.log(`${kernel} size=${size} threads=${threads} reps=${reps} ${result}`);
}

if (isMainThread) await main();
else {
  const job = workerData as Job;
  parentPort!.postMessage(timed(await load(job.kernel), job));
}

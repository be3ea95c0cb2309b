// Twelve kernels for measuring a race detector's slowdown: worker_threads + SharedArrayBuffer.
// Usage: main.ts <kernel> <size> <threads> <reps> [barrier]
// With `barrier` the threads meet after every repetition, so that each one starts a new epoch.
// One warm-up repetition that is not timed, then <reps> timed ones (worker 0's clock, barrier to barrier).
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Context, type Kernel, NAMES } from './kernel.ts';
import { barrierWait, createBarrier } from './sync.ts';

interface Answer {
  value: number;
  seconds: number;
}

interface Job extends Omit<Context<unknown>, 'barrier'> {
  kernel: string;
  barrier: SharedArrayBuffer;
  reps: number;
  meetEachRep: boolean;
}

// The names' extension is that of this file, so that a transpiled copy finds its own.
const load = (kernel: string): Promise<Kernel> =>
  import(new URL(`${kernel}${/\.\w+$/.exec(import.meta.url)![0]}`, import.meta.url).href);

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

async function work(job: Job): Promise<void> {
  const barrier = new Int32Array(job.barrier);
  const { create } = await load(job.kernel);
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
  parentPort!.postMessage({ value: value as number, seconds } satisfies Answer);
}

if (isMainThread) await main();
else await work(workerData as Job);

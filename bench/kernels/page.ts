// main.ts for browsers: the page makes the workers. `page.html?kernel=sum&size=4096&threads=2&reps=1&mode=barrier`
import { load } from './kernel.ts';
import { createBarrier } from './sync.ts';
import type { Answer, Job } from './timed.ts';

function startWorker(job: Job): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker('page-worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(job);
  });
}

async function main(): Promise<string> {
  const given = new URL(location.href).searchParams;
  const kernel = given.get('kernel')!;
  const [size = 0, threads = 0, reps = 0] = ['size', 'threads', 'reps'].map((name) =>
    Number(given.get(name)),
  );
  const meetEachRep = given.get('mode') === 'barrier';
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
  return `checksum=${checksum.toFixed(6)} seconds=${answers[0]!.seconds.toFixed(6)}`;
}

const result = main();
result.then(
  (text) => {
    document.title = text;
  },
  (error) => {
    document.title = `failed: ${error}`;
  },
);

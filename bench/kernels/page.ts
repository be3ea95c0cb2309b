// main.ts for browsers: the page makes the workers. `page?kernel=sum&size=4096&threads=2&reps=1&mode=barrier`
import { measured } from './measured.ts';
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

function main(): Promise<string> {
  const given = new URL(location.href).searchParams;
  const kernel = given.get('kernel')!;
  const [size = 0, threads = 0, reps = 0] = ['size', 'threads', 'reps'].map((name) =>
    Number(given.get(name)),
  );
  const meetEachRep = given.get('mode') === 'barrier';
  return measured({ kernel, size, threads, reps, meetEachRep }, startWorker);
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

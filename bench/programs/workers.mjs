// Prints what starting a worker takes, in milliseconds: from `new Worker` to its first message, one after the other.
// node workers.mjs COUNT
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

if (isMainThread) {
  const count = Number(process.argv[2]);
  let total = 0;
  // the first one also finds what later ones find warm
  for (let turn = 0; turn <= count; turn++) {
    const started = performance.now();
    const worker = new Worker(new URL(import.meta.url));
    // it may come in the turn of the message
    const ended = once(worker, 'exit');
    await once(worker, 'message');
    if (turn > 0) total += performance.now() - started;
    await ended;
  }
  console.log(JSON.stringify({ milliseconds: total / count }));
} else {
  parentPort.postMessage('here');
}

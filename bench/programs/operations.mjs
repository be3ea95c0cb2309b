// Prints the nanoseconds that one operation takes, its loop included. The memory is shared with a worker that sleeps: it
// has left its thread, and nobody contends for it. Made twice as often until it takes long enough, which warms it up.
// node operations.mjs OPERATION MILLISECONDS
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const ELEMENTS = 1 << 16;
/** of the elements, as many are touched in each epoch: far apart, in an order that no loop shows */
const IN_EPOCH = 1 << 12;

const OPERATIONS = {
  load({ words }, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Atomics.load(words, 0);
    return sum;
  },
  store({ words }, n) {
    for (let i = 0; i < n; i++) Atomics.store(words, 0, i);
  },
  add({ words }, n) {
    for (let i = 0; i < n; i++) Atomics.add(words, 0, 1);
  },
  compareExchange({ words }, n) {
    Atomics.store(words, 0, 0);
    for (let i = 0; i < n; i++) Atomics.compareExchange(words, 0, i, i + 1);
  },
  'first-read'({ words, epoch }, n) {
    let sum = 0;
    for (let at = 0, left = n; left > 0; left -= IN_EPOCH) {
      Atomics.add(epoch, 0, 1);
      for (let k = 0; k < IN_EPOCH; k++) {
        at = next(at, ELEMENTS);
        sum = (sum + words[at]) | 0;
      }
    }
    return sum;
  },
  'first-write'({ words, epoch }, n) {
    for (let at = 0, left = n; left > 0; left -= IN_EPOCH) {
      Atomics.add(epoch, 0, 1);
      for (let k = 0; k < IN_EPOCH; k++) {
        at = next(at, ELEMENTS);
        words[at] = k;
      }
    }
  },
  'further-read'({ words }, n) {
    let sum = 0;
    for (let at = 0, i = 0; i < n; i++) {
      at = next(at, IN_EPOCH);
      sum = (sum + words[at]) | 0;
    }
    return sum;
  },
  'further-write'({ words }, n) {
    for (let at = 0, i = 0; i < n; i++) {
      at = next(at, IN_EPOCH);
      words[at] = i;
    }
  },
  // a full tree of them, one less than a power of two
  call(_, n) {
    return callTree(Math.log2(n));
  },
  async message({ worker }, n) {
    for (let i = 0; i < n; i++) {
      worker.postMessage(i);
      await once(worker, 'message');
    }
  },
};

/** Goes through all elements of a power of two before it meets one again. */
const next = (at, elements) => (at * 5 + 12345) & (elements - 1);

function callTree(height) {
  return height === 1 ? 1 : callTree(height - 1) + callTree(height - 1) + 1;
}

async function main() {
  const [name, enough] = process.argv.slice(2);
  const buffer = new SharedArrayBuffer(4 * ELEMENTS);
  const epoch = new Int32Array(new SharedArrayBuffer(64));
  const worker = new Worker(new URL(import.meta.url), { workerData: [buffer, epoch.buffer] });
  await once(worker, 'message');
  const given = { words: new Int32Array(buffer), epoch, worker };
  for (let n = name === 'message' ? 64 : 2 * IN_EPOCH; ; n *= 2) {
    const started = performance.now();
    await OPERATIONS[name](given, n);
    const elapsed = performance.now() - started;
    if (elapsed < Number(enough)) continue;
    console.log(JSON.stringify({ nanoseconds: (elapsed * 1e6) / n }));
    break;
  }
  await worker.terminate();
}

function work() {
  // at home here too: read once, so that it is shared for real
  const home = workerData.map((buffer) => Atomics.load(new Int32Array(buffer), 8));
  parentPort.on('message', (message) => parentPort.postMessage(message));
  parentPort.postMessage(home);
}

if (isMainThread) await main();
else work();

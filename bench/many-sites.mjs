// A program with a given number of access sites, which touches the same elements as often, in as many epochs, whatever that
// number is: ten sites a function, each call on ten elements that move on with the calls.
const SITES_PER_FUNCTION = 10;
const CALLS_PER_EPOCH = 1000;

/** @returns its text; it takes the number of epochs, and prints what kernels print */
export function programWithSites(sites) {
  const count = sites / SITES_PER_FUNCTION;
  const names = Array.from({ length: count }, (_, i) => `f${i}`);
  const body = Array.from(
    { length: SITES_PER_FUNCTION / 2 },
    (_, k) => `  a[at + ${2 * k}] = (a[at + ${2 * k + 1}] + ${k}) | 0;`,
  ).join('\n');
  return `import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

${names.map((name) => `function ${name}(a, at) {\n${body}\n}`).join('\n')}
const functions = [${names.join(', ')}];

const ELEMENTS = ${SITES_PER_FUNCTION * 100};
const THREADS = 2;

function pass(a, epochs, first) {
  let turn = 0;
  for (let e = 0; e < epochs; e++) {
    for (let call = 0; call < ${CALLS_PER_EPOCH}; call++) {
      functions[turn](a, first + ${SITES_PER_FUNCTION} * (call % 100));
      turn = turn + 1 === functions.length ? 0 : turn + 1;
    }
    Atomics.add(a, 0, 1);
  }
}

if (isMainThread) {
  const epochs = Number(process.argv[2]);
  // the first line is for the epochs' word
  const buffer = new SharedArrayBuffer(4 * (16 + THREADS * ELEMENTS));
  const answers = await Promise.all(
    Array.from(
      { length: THREADS },
      (_, id) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: { buffer, id, epochs } });
          worker.once('message', resolve).once('error', reject);
        }),
    ),
  );
  const checksum = new Int32Array(buffer).reduce((sum, x) => (Math.imul(sum, 31) + x) | 0, 0);
  console.log(\`checksum=\${checksum} seconds=\${Math.max(...answers).toFixed(6)}\`);
} else {
  const { buffer, id, epochs } = workerData;
  const a = new Int32Array(buffer);
  const first = 16 + id * ELEMENTS;
  pass(a, Math.ceil(epochs / 10), first);
  const started = performance.now();
  pass(a, epochs, first);
  parentPort.postMessage((performance.now() - started) / 1000);
}
`;
}

/** Views that a thread makes and drops are garbage at once, also in a thread whose only turn of the event loop never ends. */
import { expect, test } from 'vitest';
import { Project } from './project.ts';

const VIEWS = 400_000;
const PROGRAM = `
const { Worker, isMainThread, workerData } = require('node:worker_threads');
if (isMainThread) {
  const buffer = new SharedArrayBuffer(65536);
  const worker = new Worker(__filename, { workerData: buffer, resourceLimits: { maxOldGenerationSizeMb: 48 } });
  worker.on('error', (error) => { console.error(error.code); process.exitCode = 1; });
  worker.on('exit', () => console.log('over'));
} else {
  const kept = new Int32Array(workerData, 0, 16);
  for (let i = 0; i < ${VIEWS}; i++) {
    const view = new Int32Array(workerData, (i & 255) * 256, 64);
    for (let k = 0; k < 3; k++) view[k]++;
    const part = view.subarray(8, 16);
    part[i & 7] = i;
    kept[i & 15]++;
  }
}
`;

test('a worker whose loop makes views goes on with the heap that it has', async () => {
  using project = new Project({ 'main.cjs': PROGRAM });
  const { code, stdout, stderr } = await project.tsrace(['node', 'main.cjs']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'over\n', stderr: '' });
});

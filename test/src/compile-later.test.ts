/** Workers that have shared memory compile later on Node 20, and threads that start find V8's flags as Node was built with. */
import { expect, test } from 'vitest';
import { Project } from './project.ts';

const PROGRAM = `
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const { cachedDataVersionTag } = require('node:v8');
const atStart = cachedDataVersionTag();
if (isMainThread) {
  const buffer = new SharedArrayBuffer(4);
  const say = (what) => console.log(what, cachedDataVersionTag() === atStart);
  const start = (workerData) => new Worker(__filename, { workerData }).on('error', (error) => console.error(error));
  start(undefined).on('exit', () => {
    say('a worker without shared memory:');
    start(buffer).on('exit', () => {
      say('a worker with shared memory:');
      start(buffer);
      say('the next one starts:');
    });
  });
} else if (workerData !== undefined) {
  Atomics.add(new Int32Array(workerData), 0, 1);
}
`;

const said = (shared: boolean): string => `a worker without shared memory: true
a worker with shared memory: ${shared}
the next one starts: true
`;

const isHasty = process.versions.v8.startsWith('11.3.');

test('later once a worker has met shared memory, as usual while one starts', async () => {
  using project = new Project({ 'main.cjs': PROGRAM });
  const { code, stdout, stderr } = await project.tsrace(['node', 'main.cjs']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: said(!isHasty), stderr: '' });
});

test.runIf(isHasty)('what the command line says of it stays', async () => {
  using project = new Project({ 'main.cjs': PROGRAM });
  const { code, stdout, stderr } = await project.tsrace(['node', '--interrupt-budget=70000', 'main.cjs']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: said(true), stderr: '' });
});

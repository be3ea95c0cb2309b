/** How much of the hooks V8 inlines (runtime/views.ts): it takes 920 bytes of bytecode into a function. */
import { expect, test } from 'vitest';
import { LONGER } from '../../plugin/hooks.ts';
import { Project } from './project.ts';

const PROGRAM = `
const { Worker } = require('node:worker_threads');
const words = new Int32Array(new SharedArrayBuffer(1024));
new Worker('', { eval: true, workerData: words });
for (let i = 0; i < 10; i++) words[i * i] += words[i];
for (let i = 0; i < 10; i++) words[i] = words[i * i];
`;

/** Bytes of the largest function of that name and of three parameters that a program with shared memory runs. */
async function bytecodeOf(name: string): Promise<number> {
  using project = new Project({ 'main.cjs': PROGRAM });
  const flags = ['--print-bytecode', `--print-bytecode-filter=${name}`];
  const { stdout } = await project.tsrace(['node', ...flags, 'main.cjs']);
  // V8 counts the receiver
  const printed = stdout.matchAll(/^Bytecode length: (\d+)\nParameter count 4$/gm);
  return Math.max(...[...printed].map(([, length]) => Number(length)));
}

test.for([
  ['r', 920 / 16],
  ['w', 920 / 12],
  ['u', 920 / 12],
  ['R', LONGER.r],
  ['W', LONGER.w],
  ['U', LONGER.u],
] as const)('the hook %s is as short as the plugin takes it for', async ([hook, most]) => {
  const length = await bytecodeOf(hook);
  expect(length).toBeGreaterThan(0);
  expect(length).toBeLessThanOrEqual(most);
});

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

/** Bytes of the largest function of that name, with so many parameters, that a program with shared memory runs. */
async function bytecodeOf(name: string, parameters = 3): Promise<number> {
  using project = new Project({ 'main.cjs': PROGRAM });
  const flags = ['--print-bytecode', `--print-bytecode-filter=${name}`];
  const { stdout } = await project.tsrace(['node', ...flags, 'main.cjs']);
  const printed = [...stdout.matchAll(/^Bytecode length: (\d+)\nParameter count (\d+)$/gm)];
  // V8 counts the receiver
  const lengths = printed.filter(([, , count]) => Number(count) === parameters + 1);
  return Math.max(...lengths.map(([, length]) => Number(length)));
}

test.for([
  ['r', 920 / 16],
  ['w', 920 / 12],
  ['u', 920 / 12],
] as const)('a dozen hooks %s and more are inlined', async ([hook, most]) => {
  const length = await bytecodeOf(hook);
  expect(length).toBeGreaterThan(0);
  expect(length).toBeLessThanOrEqual(most);
});

test.for([
  ['R', 'hasRead', LONGER.r],
  ['W', 'hasWritten', LONGER.w],
  ['U', 'hasWritten', LONGER.u],
] as const)('the hook %s and %s are as long as the plugin takes them for', async ([hook, asked, most]) => {
  const lengths = [await bytecodeOf(hook), await bytecodeOf(asked, 1)];
  expect(Math.min(...lengths)).toBeGreaterThan(0);
  expect(lengths[0]! + lengths[1]!).toBeLessThanOrEqual(most);
});

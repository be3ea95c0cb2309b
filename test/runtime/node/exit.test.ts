import { expect, test } from 'vitest';
import { program, run } from '../intercept/harness.ts';

const ends: Record<string, string> = {
  'no work left': '',
  'an exit code set': 'process.exitCode = 3;',
  'process.exit': 'setTimeout(() => process.exit(4), 1);',
  'process.exit in an exit listener': "process.on('exit', () => process.exit(5));",
  'an exit code set in an exit listener': "process.on('exit', () => { process.exitCode = 6; });",
  'an uncaught error': "process.on('exit', (code) => console.log(code)); throw new Error('uncaught');",
  'a rejection': "await Promise.reject(new TypeError('rejected'));",
  'an unsettled await': 'await new Promise(() => {});',
  'beforeExit that goes on':
    "let n = 0; process.on('beforeExit', () => { if (n++ < 2) setTimeout(() => console.log(n), 1); });",
  'an exit listener that throws': "process.on('exit', () => { throw new Error('listener'); });",
  reallyExit: 'process.exitCode = 1; process.reallyExit(7);',
  'exit emitted by hand': "process.emit('exit', 1); console.log('goes on');",
  'a worker that exits':
    "import { Worker } from 'node:worker_threads'; new Worker('process.exit(9)', { eval: true }).on('exit', console.log);",
};

const seen = `
process.on('exit', (code) => console.log('exit', code, process.listenerCount('exit')));
console.log(process.eventNames(), Object.keys(process).length, Object.hasOwn(process, 'emit'), process.emit.name, process.emit.length);
`;

test.concurrent.each(Object.keys(ends))('the end by %s is seen last and stays as it is', async (end) => {
  const file = program(`${seen}${ends[end]}`);
  const [plain, watched, failing] = await Promise.all([
    run(file, false),
    run(file, true, [], { AT_EXIT: '' }),
    run(file, true, [], { AT_EXIT: '66' }),
  ]);
  expect(watched.stdout).toBe(plain.stdout);
  expect(watched.code).toBe(plain.code);
  expect(watched.stderr.match(/last/g)).toHaveLength(1);
  expect(watched.stderr.replace(/last .*\n|.*preload\.cjs.*\n/g, '')).toBe(plain.stderr);
  expect(failing.code).toBe(66);
});

/** Each way to start a worker is seen by the user as without us, and yet the preload runs in it. */
import { expect, test } from 'vitest';
import { nothing, preload, program, run } from './harness.ts';

const worker = `
const { parentPort, workerData, resourceLimits } = require('worker_threads');
const instrumented = typeof INSTRUMENTED === 'undefined' ? false : INSTRUMENTED;
console.log(JSON.stringify([
  typeof workerData, workerData, process.execArgv, process.argv.slice(2), process.env.NODE_OPTIONS ?? null,
  Object.keys(process.env).sort().filter((key) => /^(A|B|.*NODE.*|.*TSRACE.*)$/i.test(key)),
  resourceLimits.maxOldGenerationSizeMb, instrumented, globalThis.__fake !== undefined,
]));
parentPort.close();
`;

const cases: Record<string, string> = {
  'no options': 'undefined',
  'empty options': '{}',
  'workerData null': '{ workerData: null }',
  'workerData undefined': '{ workerData: undefined }',
  'workerData primitive': '{ workerData: 0 }',
  'workerData array': '{ workerData: [1, , 3] }',
  execArgv: "{ execArgv: ['--no-warnings'] }",
  'empty execArgv': '{ execArgv: [] }',
  env: "{ env: { A: '1' } }",
  'env and execArgv': "{ env: { A: 1 }, execArgv: ['--no-warnings'] }",
  'env with NODE_OPTIONS': "{ env: { NODE_OPTIONS: '--no-warnings', B: 'x' } }",
  'env copied': '{ env: { ...process.env, A: 1 } }',
  'env of the process': '{ env: process.env }',
  'env null': '{ env: null }',
  SHARE_ENV: '{ env: SHARE_ENV }',
  'SHARE_ENV and execArgv': '{ env: SHARE_ENV, execArgv: [] }',
  argv: "{ argv: ['x', 1] }",
  resourceLimits: '{ resourceLimits: { maxOldGenerationSizeMb: 77 } }',
  'stdout and stdin': '{ stdout: true, stderr: true, stdin: true }',
  name: "{ name: ' n ', trackUnmanagedFds: false }",
  'frozen options': 'Object.freeze({ workerData: 1, env: Object.freeze({ A: 1 }) })',
  'options by inheritance': 'Object.create({ workerData: 5, argv: [1] })',
  'options of a class':
    'new (class { #secret = 1; get workerData() { return Object.keys(this).length; } })()',
};

const main = (kind: string): string => `
import wt, { Worker, SHARE_ENV } from 'node:worker_threads';
import events from 'node:events';
import fs from 'node:fs';
const code = ${JSON.stringify(worker)};
const file = new URL('./worker-' + process.pid + '.cjs', import.meta.url);
const start = {
  file: (options) => { fs.writeFileSync(file, code); return new Worker(file, options); },
  eval: (options) => new Worker('const INSTRUMENTED = false;' + code, Object.assign(Object.create(options ?? null), { eval: true })),
  data: (options) => {
    const module = 'import { createRequire } from "node:module"; const require = createRequire("file:///x.js");' + code;
    return new Worker(new URL('data:text/javascript,' + encodeURIComponent(module)), options);
  },
};
const cases = {
  ${Object.entries(cases)
    .map(([name, options]) => `${JSON.stringify(name)}: ${options},`)
    .join('\n  ')}
};
const unchanged = JSON.stringify(process.env);
for (const [name, options] of Object.entries(cases)) {
  const w = start.${kind}(options);
  w.stdin?.end();
  if (options?.stdout) w.stdout.on('data', (chunk) => console.log('read', String(chunk)));
  const [code] = await events.once(w, 'exit');
  console.log(name, code, options && JSON.stringify([Object.keys(options), options.env?.A, options.env?.NODE_OPTIONS]));
  if (process.argv[2] && name === 'empty options') delete process.env.NODE_OPTIONS;
}
fs.rmSync(file, { force: true });
console.log(process.argv[2] || JSON.stringify(process.env) === unchanged);
`;

const kinds: [kind: string, title: string, args: string[]][] = [
  ['file', 'as inherited', []],
  ['eval', 'as inherited', []],
  ['data', 'with NODE_OPTIONS deleted', ['deleted']],
];

test.each(kinds)('%s workers %s', async (kind, _, args) => {
  const source = program(main(kind));
  const [plain, preloaded] = await Promise.all([run(source, false, args), run(source, true, args)]);
  expect(plain.stderr).toBe('');
  expect(preloaded.stderr).toBe('');
  const expected = plain.stdout
    .replaceAll(nothing, preload)
    .replaceAll(',false,false]', `,${kind === 'eval'},true]`);
  expect(preloaded.stdout.split('\n')).toEqual(expected.split('\n'));
});

/** Children are checked whatever environment they are given, and neither they nor their parent see how. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project, racy } from '../../src/project.ts';

const child = `console.log(JSON.stringify([
  process.env.NODE_OPTIONS ?? null, Object.keys(process.env).filter((key) => /^(A|PWD|.*(NODE_O|TSRACE).*)$/.test(key)),
  process.argv.slice(2), process.execArgv, CHECKED,
]));`;
const checked = 'typeof globalThis[Symbol.for("tsrace.started")] === "object"';

const parent = `const cp = require('node:child_process');
const { Worker, isMainThread } = require('node:worker_threads');
const node = process.execPath;
const file = require('node:path').join(__dirname, 'child.cjs');
const env = Object.freeze({ A: '1' });
const options = Object.freeze({ env, encoding: 'utf8' });
const ended = (child) => new Promise((resolve) => child.on('exit', resolve));
const attempt = (name, f) => { try { console.log(name, f()); } catch (e) { console.log(name, e.message, Object.keys(e)); } };
(async () => {
  console.log(process.env.NODE_OPTIONS, Object.keys(process.env).filter((key) => /TSRACE/.test(key)));
  attempt('execFileSync', () => cp.execFileSync(node, [file, 'x'], options));
  attempt('execFileSync {}', () => cp.execFileSync(node, [file], { env: {}, encoding: 'utf8' }));
  attempt('execFileSync without options', () => String(cp.execFileSync(node, [file])));
  attempt('inherited', () => cp.execFileSync(node, [file], { ...options, env: Object.create({ NODE_OPTIONS: '--no-warnings' }) }));
  attempt('empty', () => cp.execFileSync(node, [file], { ...options, env: { NODE_OPTIONS: '' } }));
  attempt('undefined', () => cp.execFileSync(node, [file], { ...options, env: { NODE_OPTIONS: undefined } }));
  attempt('spawnSync', () => cp.spawnSync(node, [file], options).stdout);
  attempt('execSync', () => cp.execSync('"' + node + '" "' + file + '"', options));
  attempt('fails', () => cp.execFileSync(node, ['-e', 'process.exit(3)'], options));
  attempt('nothing', () => cp.spawnSync());
  attempt('no arguments', () => cp.spawnSync('x', 3));
  attempt('no options', () => cp.execFileSync(node, [], 3));
  attempt('no environment', () => cp.spawnSync(node, [file], { env: 'A=1', encoding: 'utf8' }).stdout);
  await new Promise((resolve) => cp.execFile(node, [file], options, (...all) => resolve(console.log(...all))));
  await new Promise((resolve) => cp.exec('"' + node + '" "' + file + '"', options, (...all) => resolve(console.log(...all))));
  await ended(cp.spawn(node, [file], { env, stdio: 'inherit' }));
  await ended(cp.fork(file, ['x'], { env }));
  await ended(cp.fork(file));
  process.env.NODE_OPTIONS = '--no-warnings';
  attempt('set by the program', () => cp.execFileSync(node, [file], { encoding: 'utf8' }));
  console.log(cp.spawn.name, cp.spawnSync.length, cp.execFileSync.toString().length, cp.ChildProcess.prototype.spawn.toString().length);
  if (isMainThread) { delete process.env.NODE_OPTIONS; new Worker(__filename); }
})();
`;

let project: Project;
beforeAll(() => {
  project = new Project({
    'child.cjs': child.replace('CHECKED', checked),
    'parent.cjs': parent,
    'racy.cjs': racy(),
    'starts.cjs':
      "const { execFileSync } = require('node:child_process');\nexecFileSync(process.execPath, ['racy.cjs'], { env: {}, stdio: 'inherit' });\n",
    'starts.mjs':
      "import { Worker, isMainThread } from 'node:worker_threads'; import { fork } from 'node:child_process';\nif (isMainThread) new Worker(new URL(import.meta.url));\nelse fork('racy.cjs', { env: {}, stdio: 'inherit' });\n",
  });
});
afterAll(() => project[Symbol.dispose]());

test('each way to start a child is as in a plain run, and the child is checked', async () => {
  const plain = await project.node(['parent.cjs']);
  const { stdout, ...rest } = await project.tsrace(['parent.cjs']);
  expect(rest).toEqual({ code: 0, signal: null, stderr: '' });
  expect(stdout).toContain(',true]');
  expect(stdout.split('\n')).toEqual(plain.stdout.replaceAll(',false]', ',true]').split('\n'));
});

test.for(['starts.cjs', 'starts.mjs'])('%s: the race of a child with an empty environment', async (name) => {
  const { code, stderr } = await project.tsrace([name]);
  expect(stderr).toContain('Found 1 data race');
  expect(code).toBe(66);
});

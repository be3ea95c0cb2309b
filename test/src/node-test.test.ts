/** `tsrace node --test`: the test that races is the test that fails. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from './project.ts';

let project: Project;

beforeAll(() => {
  project = new Project({
    'a.test.mjs': `import { describe, it, test, beforeEach } from 'node:test';
import { Worker } from 'node:worker_threads';
const shared = () => new Int32Array(new SharedArrayBuffer(4));
const end = (worker) => new Promise((resolve) => worker.once('exit', resolve));
function run(body, view) {
  return new Worker('const view = require("node:worker_threads").workerData; ' + body, { eval: true, workerData: view });
}
async function racy() {
  const view = shared();
  const done = end(run('view[0]++', view));
  view[0]++;
  await done;
}
test('race: plain', racy);
test('fixed', async () => {
  const view = shared();
  await end(run('view[0]++', view));
  view[0]++;
});
describe('at the same time', { concurrency: true }, () => {
  it('race: one', racy);
  it('fixed: one', async () => end(run('Atomics.add(view, 0, 1)', shared())));
  it('race: two', racy);
});
test('outer', async (t) => {
  await t.test('race: inner', racy);
});
test('ends by a callback', (t, done) => setImmediate(done));
test('does nothing', () => {});
`,
  });
});
afterAll(() => project[Symbol.dispose]());

test('the test that races is the test that fails', async () => {
  const { code, stdout, stderr } = await project.tsrace([
    'node',
    '--test',
    '--test-reporter=tap',
    'a.test.mjs',
  ]);
  const verdicts = [...stdout.matchAll(/^ *(not ok|ok) \d+ - (.*)$/gm)].map(
    ([, verdict, name]) => `${verdict} ${name}`,
  );
  expect(verdicts, stdout).toEqual([
    'not ok race: plain',
    'ok fixed',
    'not ok race: one',
    'ok fixed: one',
    'not ok race: two',
    'not ok at the same time',
    'not ok race: inner',
    // as node:test has it: a subtest failed
    'not ok outer',
    'ok ends by a callback',
    'ok does nothing',
  ]);
  expect(stdout.match(/name: 'DataRaceError'/g)).toHaveLength(4);
  expect(stdout).toMatch(
    /Previous update of 4 bytes by main in test "at the same time > race: two" \(a\.test\.mjs\):/,
  );
  expect(stderr).toContain('  1 data race in test "outer > race: inner" (a.test.mjs)\n');
  expect(stderr).not.toContain('WARNING');
  expect(code).toBe(1);
});

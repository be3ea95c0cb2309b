/** What a run says it has checked: who executed which access, which edges there were, and what was left out. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderSummary } from '../../src/report/render/summary.ts';
import type { FileCoverage, RaceDocument } from '../../src/report/report.ts';
import { document } from './documents.ts';
import { Project, racy } from './project.ts';

const PROGRAM = `const { Worker, isMainThread, workerData } = require('node:worker_threads');
globalThis.none = () => never([]);
const never = (list) => list[0] + list[1];
const both = (view, i) => view[i];
if (isMainThread) {
  const view = new Int32Array(new SharedArrayBuffer(16));
  view[0] = 7;
  const worker = new Worker(__filename, { workerData: view });
  both(view, 1);
  worker.on('exit', () => view[0]);
} else {
  both(workerData, 1);
  workerData[2] = 1;
}
`;

async function summaryOf(
  project: Project,
  ...args: string[]
): Promise<RaceDocument['summary'] & { stderr: string }> {
  const json = join(project.root, 'out.json');
  const { stderr } = await project.tsrace(['--json', json, ...args]);
  return { ...(JSON.parse(project.read('out.json')) as RaceDocument).summary, stderr };
}

test('the document knows of each access whether one thread executed it on shared memory, or several', async () => {
  using project = new Project({ 'a.cjs': PROGRAM });
  const { files, edges, syncEvents, accessesChecked, stderr } = await summaryOf(project, 'a.cjs');
  expect(stderr).toBe('');
  const [file] = files!;
  expect(files).toHaveLength(1);
  expect(file).toMatchObject({ file: 'a.cjs', manyThreads: ['4:27'] });
  expect(file!.sites).toBeGreaterThanOrEqual(6);
  expect(file!.never).toBe(file!.sites - 3);
  // view[0] before the worker is made meets no shared memory that another could know
  expect(file!.oneThread.map(({ line, name, thread }) => [line, name, thread.replace(/.*:/, '')])).toEqual([
    [10, 'view', '0'],
    [13, 'workerData', '1'],
  ]);
  // its start, and its end
  expect(edges).toBe(2);
  expect(syncEvents).toBeGreaterThanOrEqual(3);
  expect(accessesChecked).toBeGreaterThan(0);
});

test('processes are put together', async () => {
  using project = new Project({
    'a.cjs': PROGRAM,
    'two.cjs':
      'for (let i = 0; i < 2; i++) require("node:child_process").spawnSync(process.execPath, ["a.cjs"], { stdio: "inherit" })',
  });
  const { files, edges } = await summaryOf(project, 'two.cjs');
  expect(files!.find(({ file }) => file === 'a.cjs')).toMatchObject({ manyThreads: ['4:27'] });
  expect(files!.find(({ file }) => file === 'a.cjs')!.oneThread).toHaveLength(2);
  expect(edges).toBe(4);
});

test('--summary says it, with a race and without', async () => {
  using project = new Project({ 'a.cjs': PROGRAM, 'racy.cjs': racy() });
  const clean = await project.tsrace(['--summary', '--exclude', 'b.cjs', 'a.cjs']);
  expect(clean).toMatchObject({ code: 0, stdout: '' });
  expect(clean.stderr).toMatch(
    /^Checked: \d+ accesses to 1 shared buffer by 2 threads; .*\nOrder: 2 edges between threads, of \d+ sync.*\nOf \d+ places in 1 file .* 3 touched shared memory: 1 in several threads, 2 in one only\.\nIn one thread only:\n {2}a\.cjs:10:27 {2}view {2}\(main\)\n {2}a\.cjs:13:3 {2}workerData {2}\(worker 1\)\nNo race was seen in what ran; that is not a proof that there is none\.\n$/,
  );
  const found = await project.tsrace(['racy.cjs'], { env: { TSRACE: 'summary=1' } });
  expect(found.code).toBe(66);
  expect(found.stderr).toMatch(
    /Found 1 data race[^\n]*\nChecked: [\s\S]*\nWhat did not run was not checked\.\n$/,
  );
});

test('what was not instrumented is named', async () => {
  using project = new Project({ 'racy.cjs': racy() });
  const { stderr } = await project.tsrace(['--summary', '--exclude', 'racy.*', 'racy.cjs']);
  expect(stderr).toMatch(/^Not instrumented:\n {2}.*racy\.cjs: excluded by an option\n/m);
});

test('a long list is cut, and no name steers the terminal', () => {
  const one = document([]);
  const evil = 'a\u001b[2J\n.ts';
  const oneThread = Array.from({ length: 25 }, (_, i) => ({
    line: i + 1,
    column: 1,
    function: 'f',
    name: evil,
    thread: '7:1',
  }));
  const coverage: FileCoverage = { file: evil, sites: 30, oneThread, manyThreads: [], never: 5 };
  Object.assign(one.summary, { files: [coverage], uninstrumented: [{ what: evil, why: evil }] });
  const text = renderSummary(one);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(text.match(/^ {2}a.*worker 1\)$/gm)).toHaveLength(20);
  expect(text).toContain('  and 5 more: --json FILE has them all\n');
});

/** Suppressions and baselines in runs of the built CLI: a known race neither fails nor is printed, however it is met. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../../src/report/document.ts';
import type { RaceDocument } from '../../../src/report/report.ts';
import { type Outcome, Project, REGISTER, racy } from '../project.ts';

const OTHER = racy().replace('workerData[0]++', 'bump()').concat('function bump() { workerData[0]++; }\n');

function project(files: Record<string, string> = {}): Project {
  const made = new Project({ 'racy.cjs': racy(), 'src/other.cjs': OTHER, ...files });
  mkdirSync(join(made.root, '.git'));
  return made;
}

const read = (from: Project, name: string): RaceDocument => parseDocument(from.read(name), name);
const SILENT: Partial<Outcome> = { code: 0, stderr: 'Found 0 data races (seen 0 times); 1 suppressed.\n' };

describe('a suppressed race', () => {
  test.for(['racy.cjs', './racy.cjs', '<fingerprint>', '<stable>'])('by %s', async (pattern) => {
    using here = project();
    await here.tsrace(['--json', 'all.json', 'racy.cjs']);
    const { id, stableId } = read(here, 'all.json').races[0]!;
    const written = pattern.replace('<fingerprint>', id.slice(0, 8)).replace('<stable>', stableId!);
    here.write({ 'tsrace.suppressions': `# known\nrace:${written}  reason=see #1\n` });
    expect(await here.tsrace(['--json', 'all.json', 'racy.cjs'])).toMatchObject(SILENT);
    const { races } = read(here, 'all.json');
    expect(races).toMatchObject([{ id, suppressed: { reason: 'see #1', by: 'tsrace.suppressions:2' } }]);
  });

  test('in a folder below, in a child process, by a function of one of its stacks', async () => {
    using here = project({
      'tsrace.suppressions': 'race:bump reason=a\n',
      'src/child.cjs':
        'require("node:child_process").execFileSync(process.execPath, ["other.cjs"], { stdio: "inherit" })',
    });
    const words = ['child.cjs'];
    expect(await here.tsrace(words, { cwd: 'src' })).toMatchObject(SILENT);
  });

  test('does not hide another one', async () => {
    using here = project({
      'tsrace.suppressions': 'race:src/other.cjs reason=a\n',
      'both.cjs':
        'for (const f of ["racy.cjs", "src/other.cjs"]) require("node:child_process").spawnSync(process.execPath, [f], { stdio: "inherit" })',
    });
    const { code, stderr } = await here.tsrace(['both.cjs']);
    expect(code).toBe(66);
    expect(stderr.match(/WARNING/g)).toHaveLength(1);
    expect(stderr).toMatch(/Found 1 data race \(seen 1 time\); 1 suppressed\.\n$/);
  });

  test('does not halt', async () => {
    using here = project({ 'tsrace.suppressions': 'race:racy.cjs reason=a\n' });
    expect(await here.tsrace(['--halt-on-error', 'racy.cjs'])).toMatchObject(SILENT);
  });

  test('is none of raceErrors()', async () => {
    using here = project({ 'tsrace.suppressions': 'race:racy.cjs reason=a\n' });
    const annotations = JSON.stringify(resolve('dist/src/annotations.js'));
    const end = `import(${annotations}).then(({ raceErrors }) => console.log(raceErrors()))`;
    here.write({ 'racy.cjs': racy(end) });
    expect(await here.tsrace(['racy.cjs'])).toMatchObject({ ...SILENT, stdout: '0\n' });
    expect(await here.tsrace(['--suppressions', '/dev/null', 'racy.cjs'])).toMatchObject({
      code: 66,
      stdout: '1\n',
    });
  });

  test('without the CLI', async () => {
    using here = project({ 'tsrace.suppressions': 'race:racy.cjs reason=a\n' });
    expect(await here.node(['--require', REGISTER, 'racy.cjs'])).toMatchObject(SILENT);
    here.write({ 'tsrace.suppressions': 'race:racy.cjs\n' });
    expect(await here.node(['--require', REGISTER, 'racy.cjs'])).toMatchObject({
      code: 66,
      stderr: expect.stringMatching(
        /^tsrace: tsrace\.suppressions:1: the reason is missing.*; all races count\n/,
      ),
    });
  });

  test('fails no test of node:test', async () => {
    using here = project({
      'a.test.cjs': `const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { once } = require('node:events');
test('races', async () => {
  const view = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker('require("node:worker_threads").workerData[0]++', { eval: true, workerData: view });
  view[0]++;
  await once(worker, 'exit');
});
`,
    });
    expect((await here.tsrace(['node', '--test', 'a.test.cjs'])).code).toBe(1);
    here.write({ 'tsrace.suppressions': 'race:a.test.cjs reason=a\n' });
    expect(await here.tsrace(['node', '--test', 'a.test.cjs'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/pass 1/),
      stderr: expect.stringMatching(/Found 0 data races .*; 1 suppressed\.\n$/),
    });
  });
});

test('a suppressed race fails no test of vitest, and an assertion that wants one sees it', async () => {
  using here = new Project({ known: 'race:*.worker.ts reason=a\n' });
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  const tests = ['test/counter.test.ts', 'test/assertions.test.ts', '-t', 'workers?|expected'];
  const options = ['--suppressions', join(here.root, 'known')];
  const outcome = await here.tsrace([...options, process.execPath, vitest, 'run', ...tests], {
    cwd: resolve('fixtures/projects/counter'),
    env: { NO_COLOR: '1' },
  });
  expect(outcome.stdout).toMatch(/Tests {2}7 passed \| 1 skipped/);
  expect(outcome).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^Found 0 data races .*; \d suppressed\.\n$/),
  });
});

describe('entries', () => {
  test('that were not needed are named, and fail nothing', async () => {
    using here = project({
      'tsrace.suppressions': 'race:racy.cjs reason=a\nrace:gone reason=b\n',
      'ok.cjs': '',
    });
    const line = 'tsrace: tsrace.suppressions:2: race:gone was not needed in this run\n';
    expect(await here.tsrace(['racy.cjs'])).toMatchObject({ code: 0, stderr: line + SILENT.stderr });
    expect(await here.tsrace(['ok.cjs'])).toMatchObject({ code: 0, stderr: expect.stringContaining(line) });
  });

  test('that have expired fail the run, race or not', async () => {
    using here = project({
      'tsrace.suppressions': 'race:racy.cjs until=2020-01-01 reason=a\n',
      'ok.cjs': '',
      'exit.cjs': 'process.exit(3)',
    });
    const told =
      'tsrace: tsrace.suppressions:1: race:racy.cjs has expired (until=2020-01-01): its races count again; mend them, or set a later day\n';
    expect(await here.tsrace(['ok.cjs'])).toMatchObject({ code: 66, stderr: told });
    expect(await here.tsrace(['exit.cjs'])).toMatchObject({ code: 3, stderr: told });
    const { code, stderr } = await here.tsrace(['racy.cjs']);
    expect([code, stderr]).toEqual([66, expect.stringMatching(/WARNING: DATA RACE[\s\S]*Found 1 data race/)]);
    expect(stderr).toContain(told);
  });

  test.for<[string[], string, RegExp]>([
    [[], 'race:racy.cjs\n', /^tsrace: tsrace\.suppressions:1: the reason is missing.*\n$/],
    [['--suppressions', 'gone'], '', /^tsrace: .*gone: there is no such file\n$/],
    [['--suppressions', 'src'], '', /^tsrace: .*src: it is a folder\n$/],
    [['--baseline', 'gone.json'], '', /^tsrace: .*gone\.json: there is no such file\n$/],
    [['--baseline', 'racy.cjs'], '', /^tsrace: .*racy\.cjs: this is no JSON.*\n$/],
  ])('%j %j is refused before the program starts', async ([options, text, message]) => {
    using here = project({ 'tsrace.suppressions': text, 'says.cjs': 'console.log(1)' });
    expect(await here.tsrace([...options, 'says.cjs'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
  });
});

test('a baseline: its races are known, also when lines have shifted, and others count', async () => {
  using here = project();
  await here.tsrace(['--json', 'baseline.json', 'racy.cjs']);
  here.write({ 'racy.cjs': `\n\n${racy()}` });
  const words = ['--baseline', 'baseline.json', '--json', 'now.json'];
  expect(await here.tsrace([...words, 'racy.cjs'])).toMatchObject(SILENT);
  expect(read(here, 'now.json').races).toMatchObject([
    { suppressed: { by: 'baseline.json', reason: 'in the baseline' } },
  ]);
  const { code, stderr } = await here.tsrace([...words, 'src/other.cjs']);
  expect([code, stderr]).toEqual([66, expect.stringContaining('Found 1 data race (seen 1 time).\n')]);
});

describe('tsrace suppress', () => {
  test('writes an entry that holds when lines shift', async () => {
    using here = project({ 'tsrace.suppressions': 'race:other reason=a' });
    await here.tsrace(['--json', 'races.json', 'racy.cjs']);
    const { id, stableId } = read(here, 'races.json').races[0]!;
    const words = ['suppress', id.slice(0, 6), '--reason', ' a counter, see #1 ', '--report', 'races.json'];
    const outcome = await here.tsrace([...words, '--until', '2099-12-31']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const entry = `race:${stableId}  until=2099-12-31  reason=a counter, see #1\n`;
    expect(here.read('tsrace.suppressions')).toMatch(
      /^race:other reason=a\n# update of 4 bytes at \w+\[0\] at <module> \(racy\.cjs:\d:\d+\) and update of 4 bytes at <module> \(racy\.cjs:\d:\d+\)\n/,
    );
    expect(here.read('tsrace.suppressions').endsWith(entry)).toBe(true);
    here.write({ 'racy.cjs': `\n${racy()}` });
    expect((await here.tsrace(['racy.cjs'])).stderr).toMatch(/; 1 suppressed\.\n$/);
    expect(await here.tsrace(words)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/tsrace\.suppressions:3: there is an entry for race:/),
    });
  });

  test('without a report takes the id as it is, and makes the file', async () => {
    using here = project();
    const { stdout } = await here.tsrace(['suppress', '0123abcd', '--reason', 'a']);
    expect(stdout).toContain('with --report REPORT it would hold when lines shift');
    expect(here.read('tsrace.suppressions')).toBe('race:0123abcd  reason=a\n');
  });

  test.for<[string[], RegExp]>([
    [['0123abcd'], /^tsrace: suppress needs --reason WHY/],
    [['0123abcd', '--reason', ' '], /^tsrace: suppress needs --reason WHY/],
    [['0123abcd', '--reason', 'a\nrace:x reason=y'], /^tsrace: --reason must be one line\n$/],
    [['0123', '--reason', 'a'], /^tsrace: "0123" is no id of a race/],
    [['0123abcd', '--reason', 'a', '--until', 'soon'], /^tsrace: --until must be a date as in 2027-01-31/],
    [
      ['ffff', '--reason', 'a', '--report', 'evil.json'],
      /^tsrace: evil\.json: no race has an id that begins with/,
    ],
    [['e', '--reason', 'a', '--report', 'evil.json'], /^tsrace: "e\\nrace:\* reason=x" is no id of a race/],
    [[], /^tsrace: suppress takes 1 id, and 0 came/],
  ])('%j is refused', async ([args, message]) => {
    using here = project();
    const { document, race } = await import('../documents.ts');
    here.write({
      'evil.json': JSON.stringify(document([race({ id: 'e1', stableId: 'e\nrace:* reason=x' })])),
    });
    const outcome = await here.tsrace(['suppress', ...args]);
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(() => here.read('tsrace.suppressions')).toThrow();
  });
});

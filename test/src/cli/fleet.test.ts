/** `tsrace merge` and `tsrace diff`, by the built CLI. */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from '../../../src/report/document.ts';
import type { RaceReport } from '../../../src/report/report.ts';
import { document, race } from '../documents.ts';
import { Project, racy } from '../project.ts';

let project: Project;
const save = (name: string, races: RaceReport[]): void =>
  project.write({ [name]: JSON.stringify(document(races)) });

beforeAll(() => {
  project = new Project({
    'racy.cjs': racy(),
    'broken.json': '{"schemaVersion": 1,',
    list: 'a.json\r\n\nb.json\n',
  });
  mkdirSync(join(project.root, 'folder'));
  save('a.json', [race({ id: 'aa', count: 2 })]);
  save('b.json', [race({ id: 'aa', count: 3 }), race({ id: 'bb' })]);
});
afterAll(() => project[Symbol.dispose]());

const read = (name: string): ReturnType<typeof parseDocument> => parseDocument(project.read(name), name);

describe('tsrace merge', () => {
  test.for<[string[], string | undefined]>([
    [['a.json', 'b.json', '-o', 'all.json'], undefined],
    [['-o', 'all.json', '@list'], undefined],
    [['@-', '--output', 'all.json'], 'a.json\nb.json'],
  ])('%j', async ([args, input]) => {
    const outcome = await project.tsrace(['merge', ...args], input === undefined ? {} : { input });
    expect(outcome).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: 'tsrace: 2 reports merged: 2 data races, seen 6 times\n',
    });
    expect(read('all.json').races).toMatchObject([
      { id: 'aa', count: 5 },
      { id: 'bb', count: 1 },
    ]);
  });

  test('may write one of the files that it reads, and leaves none beside it', async () => {
    save('total.json', [race({ id: 'aa', count: 1 })]);
    await project.tsrace(['merge', 'total.json', 'a.json', '-o', 'total.json']);
    expect(read('total.json').races).toMatchObject([{ id: 'aa', count: 3 }]);
    expect(readdirSync(project.root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('writes to stdout', async () => {
    const { stdout } = await project.tsrace(['merge', 'a.json', '-o', '-']);
    expect(parseDocument(stdout, 'stdout').races).toHaveLength(1);
  });

  test('may leave out what is broken, and says so', async () => {
    const outcome = await project.tsrace([
      'merge',
      '--skip-broken',
      'a.json',
      'broken.json',
      '-o',
      'some.json',
    ]);
    expect(outcome).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^tsrace: left out: broken\.json: this is no JSON.*\ntsrace: 1 report merged \(1 report left out\): 1 data race,/,
      ),
    });
  });

  test.for<[string[], RegExp]>([
    [['a.json'], /^tsrace: merge needs -o FILE/],
    [['-o', 'x.json'], /^tsrace: merge takes at least 1 report, and 0 came/],
    [['a.json', 'broken.json', '-o', 'x.json'], /^tsrace: broken\.json: this is no JSON/],
    [['gone.json', '-o', 'x.json'], /^tsrace: gone\.json: there is no such file\n$/],
    [['@gone', '-o', 'x.json'], /^tsrace: "@gone": the list cannot be read \(ENOENT\)/],
    [['@-', '-o', 'x.json'], /^tsrace: there was no report to merge\n$/],
    [['a.json', '-o', 'folder'], /^tsrace: cannot write -o "folder": it is a folder\n$/],
    [['a.json', '-o', 'gone/x.json'], /^tsrace: cannot write -o "gone\/x\.json": there is no such folder\n$/],
  ])('%j is refused', async ([args, message]) => {
    const outcome = await project.tsrace(['merge', ...args]);
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(outcome.stderr.match(/\n/g)).toHaveLength(1);
  });

  test('--help', async () => {
    const { code, stdout } = await project.tsrace(['merge', '--help']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Usage: tsrace merge REPORT\.\.\. -o FILE/)]);
  });
});

describe('tsrace diff', () => {
  test('fails for new races only', async () => {
    const same = await project.tsrace(['diff', 'b.json', 'a.json']);
    expect(same).toMatchObject({ code: 0, stderr: '' });
    expect(same.stdout).toMatch(
      /^Gone: race bb on counter at .*\nStill there: race aa on .*\n0 new, 1 gone, 1 st/,
    );
    const fresh = await project.tsrace(['diff', 'a.json', 'b.json']);
    expect(fresh).toMatchObject({ code: 66, stderr: '' });
    expect(fresh.stdout).toMatch(
      /^New: race bb [\s\S]*WARNING: DATA RACE[\s\S]*created by main[\s\S]*\n1 new, 0 gone, 1 still there\.\n$/,
    );
  });

  test('--json', async () => {
    const { code, stdout } = await project.tsrace(['diff', '--json', 'a.json', 'b.json']);
    expect(code).toBe(66);
    expect(JSON.parse(stdout)).toMatchObject({ new: [{ id: 'bb' }], gone: [], same: [{ id: 'aa' }] });
  });

  test('knows a race again whose lines have shifted, and one that is new beside it', async () => {
    await project.tsrace(['--json', 'before.json', 'racy.cjs']);
    project.write({ 'racy.cjs': `// shifts\n\n${racy()}` });
    await project.tsrace(['--json', 'after.json', 'racy.cjs']);
    const [before, after] = [read('before.json').races, read('after.json').races];
    expect(after[0]!.id).not.toBe(before[0]!.id);
    const moved = await project.tsrace(['diff', 'before.json', 'after.json']);
    expect(moved).toMatchObject({ code: 0, stdout: expect.stringContaining('0 new, 0 gone, 1 still there') });
  });

  test('lets no control character out', async () => {
    save('evil.json', [
      race({ id: '\u001b[2J', location: { ...race().location, name: '\u001b]8;;x\u0007' } }),
    ]);
    for (const files of [
      ['a.json', 'evil.json'],
      ['evil.json', 'a.json'],
      ['evil.json', 'evil.json'],
    ]) {
      const { stdout, stderr } = await project.tsrace(['diff', ...files]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    }
  });

  test('one report is too few', async () => {
    const outcome = await project.tsrace(['diff', 'a.json']);
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^tsrace: diff takes 2 reports, and 1/),
    });
  });
});

test('a program of that name is run by a path, or after --', async () => {
  symlinkSync(process.execPath, join(project.root, 'merge'));
  expect(await project.tsrace(['./merge', '-p', '1'])).toMatchObject({ code: 0, stdout: '1\n' });
  const path = `${project.root}:${process.env['PATH']}`;
  expect(await project.tsrace(['--', 'merge', '-p', '2'], { env: { PATH: path } })).toMatchObject({
    code: 0,
    stdout: '2\n',
  });
});

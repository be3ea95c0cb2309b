/** `tsrace view` on the terminal, by the built CLI. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RaceDocument, RaceReport } from '../../../src/report/report.ts';
import { access, document, frame, race, thread } from '../documents.ts';
import { type Outcome, Project, racy } from '../project.ts';

let project: Project;
beforeAll(() => {
  project = new Project({ 'racy.cjs': racy(), 'src/counter.ts': `${'\n'.repeat(13)}    counter[0]++;\n` });
});
afterAll(() => project[Symbol.dispose]());

const save = (name: string, races: RaceReport[], threads?: RaceDocument['threads']): void =>
  project.write({ [name]: JSON.stringify(document(races, threads)) });

const view = (...args: string[]): Promise<Outcome> => project.tsrace(['view', ...args]);

const ids = ({ stdout }: Outcome): string[] => [...stdout.matchAll(/^Race (\S+),/gm)].map(([, id]) => id!);

test('the text is that of the run', async () => {
  const run = await project.tsrace(['--json', 'run.json', 'racy.cjs']);
  const { stdout, stderr, code } = await view('run.json');
  expect([stderr, code]).toEqual(['', 0]);
  const text = run.stderr.slice(run.stderr.indexOf('====='), run.stderr.lastIndexOf('=====') + 5);
  expect(text).toContain('WARNING: DATA RACE');
  // the worker was still running then
  expect(stdout).toContain(text.replace('(running)', '(finished)'));
  expect(stdout).toMatch(/\nFound 1 data race \(seen \d+ times?\)\.\n$/);
});

test('a suppressed race is said to be one, and is not in the total', async () => {
  save('known.json', [race({ id: 'aa11', count: 3, suppressed: { reason: 'see #1\u001b', by: 's:2' } })]);
  const { stdout } = await view('known.json');
  expect(stdout).toMatch(/^Race aa11, seen 3 times, suppressed: see #1\\u001b \(s:2\)\n/);
  expect(stdout).toMatch(/\nFound 0 data races \(seen 0 times\); 1 suppressed\.\n$/);
});

describe('which races, in which order', () => {
  const at = (id: string, count: number, file: string, kind: RaceReport['kind']): RaceReport =>
    race({
      id,
      count,
      kind,
      accesses: [access('current', { frames: [frame('f', file, 3)] }), access('previous')],
    });
  beforeAll(() =>
    save('three.json', [
      at('aa11', 2, 'src/m.ts', 'write-write'),
      at('aa22', 9, 'src/z.ts', 'atomic-plain'),
      at('bb33', 4, 'src/a.ts', 'read-write'),
    ]),
  );

  test.for<[string[], string[]]>([
    [[], ['aa11', 'aa22', 'bb33']],
    [
      ['--sort', 'count'],
      ['aa22', 'bb33', 'aa11'],
    ],
    [
      ['--sort', 'file'],
      ['bb33', 'aa11', 'aa22'],
    ],
    [
      ['--sort', 'kind'],
      ['aa22', 'bb33', 'aa11'],
    ],
    [
      ['--sort', 'count', '--top', '2'],
      ['aa22', 'bb33'],
    ],
    [['--race', 'b'], ['bb33']],
    [['--race', 'aa22'], ['aa22']],
  ])('%j', async ([args, wanted]) => {
    const outcome = await view('three.json', ...args);
    expect([ids(outcome), outcome.stderr, outcome.code]).toEqual([wanted, '', 0]);
    expect(outcome.stdout).toContain('Found 3 data races (seen 15 times).');
    expect(outcome.stdout.includes(`${wanted.length} of 3 races shown.`)).toBe(wanted.length < 3);
  });

  test.for<[string[], RegExp]>([
    [
      ['three.json', '--race', 'aa'],
      /^tsrace: --race aa is ambiguous: aa11, aa22 begin so; give more of the id\n$/,
    ],
    [
      ['three.json', '--race', 'x'],
      /^tsrace: --race x: no race of three\.json has an id that begins so; .*\n$/,
    ],
    [['three.json', '--race', ''], /^tsrace: --race needs a value.*\n$/],
    [['three.json', '--race', '\u001b[2J'], /^tsrace: --race "\\u001b\[2J": no race .*\n$/],
    [['three.json', '--top', 'many'], /^tsrace: --top must be a whole number from 1 on, not "many"\n$/],
    [['three.json', '--top', '0'], /^tsrace: --top must be .*\n$/],
    [['three.json', '--sort', 'size'], /^tsrace: --sort must be one of count, file, kind, not "size"\n$/],
    [['three.json', '--color', 'pink'], /^tsrace: --color must be one of auto, always, never, not "pink"\n$/],
    [['gone.json'], /^tsrace: gone\.json: there is no such file\n$/],
    [['racy.cjs'], /^tsrace: racy\.cjs: this is no JSON.*\n$/],
    [[], /^tsrace: view takes 1 report.*\n$/],
  ])('%j is refused in one line', async ([args, message]) => {
    const { code, stdout, stderr } = await view(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('a document without races says so', async () => {
    save('none.json', []);
    expect(await view('none.json')).toMatchObject({ code: 0, stdout: 'No data race in this document.\n' });
  });
});

describe('source lines', () => {
  test('come from the document, and from the file where it has none', async () => {
    save('plain.json', [race()]);
    expect((await view('plain.json')).stdout).toContain('      14 |     counter[0]++;\n');
    save('with.json', [
      race({ sources: [{ file: 'src/counter.ts', from: 13, lines: ['', 'as.it.was++;'] }] }),
    ]);
    const { stdout } = await view('with.json');
    expect(stdout).toContain('      14 | as.it.was++;\n');
    expect(stdout).not.toContain('counter[0]++');
  });

  test('are read in the project only, and of source files only', async () => {
    using outside = new Project({ 'secret.ts': 'password\n' });
    project.write({ '.env': 'password\n', 'data.json': '"password"\n' });
    symlinkSync(join(outside.root, 'secret.ts'), join(project.root, 'link.ts'));
    symlinkSync(join(project.root, '.env'), join(project.root, 'env.ts'));
    const files = [
      join(outside.root, 'secret.ts'),
      `../${outside.root.split('/').at(-1)}/secret.ts`,
      'link.ts',
      'env.ts',
      '.env',
      'data.json',
      '/dev/zero',
      'src',
      'a\0.ts',
    ];
    save(
      'hostile.json',
      files.map((file, index) =>
        race({
          id: `r${index}`,
          accesses: [
            access('current', { frames: [frame('f', file, 1)] }),
            access('previous', { frames: [] }),
          ],
        }),
      ),
    );
    const outcome = await view('hostile.json');
    expect([ids(outcome).length, outcome.code]).toEqual([files.length, 0]);
    expect(outcome.stdout).not.toContain('password');
  });
});

test('nothing of a hostile document steers the terminal', async () => {
  const evil = '\u001b[2J\u0007\u202e\r';
  save(
    'evil.json',
    [
      race({
        id: evil,
        tests: [evil],
        accesses: [access('current', { test: evil, frames: [frame(evil, evil, 1)] }), access('previous')],
        sources: [{ file: evil, from: 1, lines: [evil] }],
      }),
    ],
    [thread('7:0'), thread('7:1', { name: evil }), thread('7:2', { name: evil })],
  );
  const { stdout, code } = await view('evil.json');
  expect(code).toBe(0);
  expect(stdout).toContain('Race \\u001b[2J');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

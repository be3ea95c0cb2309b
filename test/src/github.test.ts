import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkoutOf } from '../../src/report/checkout.ts';
import { renderAnnotations } from '../../src/report/render/annotations.ts';
import { renderMarkdown } from '../../src/report/render/markdown.ts';
import type { RaceDocument, SyncEvent } from '../../src/report/report.ts';
import { access, document, frame, race, thread } from './documents.ts';
import { Project, racy } from './project.ts';

const HERE = { root: '/repo', prefix: '/repo/packages/app/' };

/** What can end a property, a command, a line, an element, a table or a piece of Markdown. */
const EVIL =
  '%0A::error::x\r\n::stop-commands::y,line=9:z|`*_[a](javascript:b)<img src=x onerror=c></pre></code>&@me #1\u001b[31m';

const EVENT: SyncEvent = {
  thread: '7:1',
  clock: 1,
  order: 0,
  kind: 'atomic-store',
  operation: EVIL,
  releases: true,
  acquires: [],
  on: EVIL,
  object: EVIL,
  at: frame(EVIL, EVIL, 5),
};

function hostile(): RaceDocument {
  const one = race({
    id: EVIL,
    tests: [EVIL],
    location: { ...race().location, name: EVIL, view: EVIL },
    accesses: [
      access('current', { test: EVIL, frames: [frame(EVIL, EVIL, 3)] }),
      access('previous', { test: EVIL, frames: [frame(EVIL, EVIL, 4)] }),
    ],
    sources: [{ file: EVIL, from: 1, lines: [EVIL, EVIL, EVIL, EVIL] }],
    why: {
      lastPath: [EVENT, { ...EVENT, kind: 'receive', releases: false }],
      locks: { current: [{ object: EVIL, on: EVIL, since: EVENT }], previous: [] },
      lockWord: false,
      diagnosis: 'lock-not-held',
      value: EVIL,
      events: [EVENT],
      clocks: [[], []],
    },
  });
  return document([one], [thread('7:0'), thread('7:1', { name: EVIL }), thread('7:2', { name: EVIL })]);
}

/** As the runner reads a command. */
function parse(line: string): { properties: Record<string, string>; message: string } {
  const [, properties = '', message = ''] = /^::error ([^:]*)::(.*)$/.exec(line) ?? expect.fail(line);
  const decode = (text: string): string =>
    text.replace(/%(25|0D|0A|3A|2C)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const pairs = properties.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), decode(pair.slice(at + 1))];
  });
  return { properties: Object.fromEntries(pairs) as Record<string, string>, message: decode(message) };
}

describe('annotations', () => {
  test('stand at the current access, in a path from the root of the repository', () => {
    const [line, ...rest] = renderAnnotations(document(), HERE).split('\n');
    expect(rest).toEqual(['']);
    expect(parse(line!)).toEqual({
      properties: { file: 'packages/app/src/counter.ts', line: '14', col: '5', title: 'Data race' },
      message: [
        'write of 4 bytes at counter[0] by worker 2 races with write of 4 bytes by worker 1',
        'current access: bump (src/counter.ts:14:5)',
        'previous access: bump (src/counter.ts:14:5)',
        'worker 1 created: start (src/app.ts:11:10)',
        'worker 2 created: start (src/app.ts:11:10)',
      ].join('\n'),
    });
  });

  test('stand at the caller, where the access is in a dependency or in no file', () => {
    const frames = [
      frame('a', 'node_modules/x/i.js', 1),
      frame('b', '[eval]', 2),
      frame('c', 'src/mine.ts', 3),
    ];
    const of = document([race({ accesses: [access('current', { frames }), access('previous')] })]);
    expect(parse(renderAnnotations(of, HERE).trimEnd()).properties).toMatchObject({
      file: 'packages/app/src/mine.ts',
      line: '3',
    });
  });

  test('are ten at most, and the rest is counted', () => {
    const lines = renderAnnotations(document(Array(13).fill(race())), HERE).split('\n');
    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10);
    expect(lines.slice(10)).toEqual([expect.stringMatching(/^tsrace: 3 more data races have no ann/), '']);
  });

  test('leave out what is suppressed', () => {
    const known = race({ suppressed: { reason: 'x', by: 'y' } });
    expect(renderAnnotations(document([known]), HERE)).toBe('');
  });

  test('are one line each, whatever the program is called', () => {
    const text = renderAnnotations(hostile(), HERE);
    expect(text.match(/[\r\n]/g)).toEqual(['\n']);
    const { properties } = parse(text.trimEnd());
    expect(Object.keys(properties)).toEqual(['file', 'line', 'col', 'title']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(text.trimEnd()).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('the summary of a job', () => {
  test('has the races, and what was checked', () => {
    const text = renderMarkdown(document([race(), race({ suppressed: { reason: 'x', by: 'y' } })]));
    expect(text).toMatch(/^### tsrace: 1 data race\n\n1 known/);
    expect(text).toContain(
      '| current write | <code>worker 2</code> | <code>src&#47;counter&#46;ts&#58;14&#58;5</code>',
    );
    expect(text).toContain('<pre>&#61;&#61;');
    expect(text).toContain('10 accesses to 1 shared buffers by 3 threads were checked.');
  });

  test('lets nothing of the program be Markdown or HTML', () => {
    const text = renderMarkdown(hostile());
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(text).not.toMatch(/<img|javascript:|\]\(|`|@me|_\[|\u001b|\r/);
    expect(
      text.match(/<\/?[a-z]+/g)!.filter((tag) => !/^<\/?(?:code|details|summary|pre)$/.test(tag)),
    ).toEqual([]);
    expect(text.match(/<pre>/g)).toHaveLength(1);
    expect(text.match(/<\/pre>/g)).toHaveLength(1);
    for (const row of text.split('\n').filter((line) => line.startsWith('| ')))
      expect(row.match(/\|/g), row).toHaveLength(6);
  });

  test('stays below the limit of GitHub', () => {
    const long = 'x'.repeat(500_000);
    const of = race({ location: { ...race().location, name: long } });
    const text = renderMarkdown(document(Array(200).fill(of)));
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(text).toMatch(/\d+ more are not shown here/);
  });
});

describe('the root of the repository', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsrace-checkout-'));
    mkdirSync(join(folder, 'repo/packages/app'), { recursive: true });
    writeFileSync(join(folder, 'repo/.git'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is where .git is', () => {
    const prefix = join(folder, 'repo/packages/app') + sep;
    expect(checkoutOf(prefix, {})).toEqual({ root: join(folder, 'repo'), prefix });
  });

  test('is the workspace of a job, if the program is in it', () => {
    const prefix = join(folder, 'repo/packages/app') + sep;
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder };
    expect(checkoutOf(prefix, env).root).toBe(folder);
    expect(checkoutOf(prefix, { ...env, GITHUB_WORKSPACE: `${folder}/re` }).root).toBe(join(folder, 'repo'));
  });
});

describe('a run', () => {
  test('writes SARIF, and on GitHub annotations and the summary', async () => {
    using project = new Project({ 'app/racy.cjs': racy(), 'summary.md': 'before\n' });
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: project.root,
      GITHUB_STEP_SUMMARY: join(project.root, 'summary.md'),
    };
    const words = ['--sarif', '../races.sarif', 'racy.cjs'];
    const { code, stderr } = await project.tsrace(words, { env, cwd: 'app' });
    expect({ code, stderr }).toEqual({ code: 66, stderr: expect.stringContaining('Found 1 data race') });
    expect(stderr).toMatch(
      /\n::error file=app\/racy\.cjs,line=[57],col=\d+,title=Data race(?:%3A [\w ]+)?::\w+ of 4 bytes/,
    );
    expect(project.read('summary.md')).toMatch(/^before\n### tsrace: 1 data race\n/);
    const sarif = JSON.parse(project.read('races.sarif')) as { runs: { results: object[] }[] };
    expect(sarif.runs[0]!.results).toHaveLength(1);
    expect(JSON.stringify(sarif)).toContain('"uri":"app/racy.cjs"');
  });

  test('does so without the CLI too', async () => {
    using project = new Project({ 'racy.cjs': racy() });
    const { REGISTER } = await import('./project.ts');
    const env = { GITHUB_ACTIONS: 'true', TSRACE: 'sarif=races.sarif' };
    const { code, stderr } = await project.node(['--require', REGISTER, 'racy.cjs'], { env });
    expect({ code, stderr }).toEqual({
      code: 66,
      stderr: expect.stringMatching(/\n::error file=racy\.cjs,/),
    });
    expect(project.read('races.sarif')).toContain('"uri": "racy.cjs"');
  });

  test('without a race adds nothing', async () => {
    using project = new Project({ 'ok.cjs': '', 'summary.md': '' });
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(project.root, 'summary.md') };
    expect(await project.tsrace(['ok.cjs'], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(project.read('summary.md')).toBe('');
  });
});

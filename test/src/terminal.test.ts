/** What a report looks like on a terminal, and on which it has links. */
import { describe, expect, test } from 'vitest';
import { supportsHyperlinks } from '../../src/report/hyperlinks.ts';
import { libraryOf } from '../../src/report/render/library.ts';
import { PLAIN, renderText, type Style } from '../../src/report/render/text.ts';
import type { Frame, Report } from '../../src/report/report.ts';
import { styleFor } from '../../src/report/style.ts';
import { access, frame, race, thread } from './documents.ts';

const report = (frames: Frame[], text = 'counter[0]++'): Report => ({
  race: race({ accesses: [access('current', { frames }), access('previous')] }),
  threads: ['7:0', '7:1', '7:2'].map((id) => thread(id)),
  excerpts: [{ role: 'current', line: 14, column: 5, text }],
});

const on = (columns: number): Style => ({
  paint: PLAIN,
  terminal: { columns, link: (text, { file }) => `<${file}|${text}>` },
});

const LIBRARY = [
  frame('bump', 'node_modules/a/x.js', 1),
  frame('one', 'node_modules/a/y.js', 2),
  frame('two', '/p/node_modules/b/node_modules/@c/d/z.js', 3),
  frame('emit', 'node:events', 4),
  frame('mine', 'src/app.ts', 5),
  frame('alone', 'node_modules/a/x.js', 6),
  frame('outer', 'src/app.ts', 7),
];

describe('on a terminal', () => {
  test('frames of libraries are one line, the access itself is not among them', () => {
    const text = renderText(report(LIBRARY), on(120));
    expect(text).toContain(
      [
        '  bump              <node_modules/a/x.js|node_modules/a/x.js:1:5>',
        '  ... 3 frames in node_modules/a, node_modules/@c/d and 1 more',
        '  mine              <src/app.ts|src/app.ts:5:5>',
        '  alone             <node_modules/a/x.js|node_modules/a/x.js:6:5>',
        '  outer             <src/app.ts|src/app.ts:7:5>',
      ].join('\n'),
    );
  });

  test('a name that is made to be slow is not', () => {
    expect(libraryOf({ file: `${'node_modules/'.repeat(100_000)}x/y.js` })).toBe('node_modules/x');
    expect(libraryOf({ file: 'x'.repeat(1_000_000) })).toBeUndefined();
  });

  test('a pipe gets them all, and no links', () => {
    const text = renderText(report(LIBRARY), { paint: PLAIN });
    for (const { function: name, file, line } of LIBRARY)
      expect(text).toMatch(`${name.padEnd(18)}${file}:${line}:5\n`);
  });

  test('names are cut before places are', () => {
    const [name, file] = ['aVeryLongNameOfAFunctionThatGoesOn', 'src/some/folder/counter.ts'];
    const line = (columns: number): string =>
      renderText(report([frame(name, file, 14)]), {
        paint: PLAIN,
        terminal: { columns, link: (text) => text },
      })
        .split('\n')
        .find((one) => one.includes(file))!;
    expect(line(50)).toBe('  aVeryLongNameO…  src/some/folder/counter.ts:14:5');
    expect(line(50).length).toBeLessThanOrEqual(50);
    expect(line(120)).toContain(name);
    expect(line(20)).toMatch(/^ {2}aVeryLo… {2}src\/some\/folder\/counter\.ts:14:5$/);
  });

  test('a code frame fits, with the access in it', () => {
    const long = `${'x'.repeat(300)}counter[0]++${'y'.repeat(300)}`;
    const given = report([frame('f', 'a.ts', 14, 301)], long);
    given.excerpts[0]!.column = 301;
    const lines = renderText(given, on(60)).split('\n');
    const at = lines.findIndex((line) => line.includes('| ') && line.includes('counter[0]'));
    expect(lines[at]!.length).toBeLessThanOrEqual(60);
    expect(lines[at + 1]!.indexOf('^')).toBe(lines[at]!.indexOf('counter'));
  });
});

describe('links', () => {
  test.for<[boolean, Record<string, string>]>([
    [false, {}],
    [false, { TERM: 'xterm-256color' }],
    [true, { FORCE_HYPERLINK: '1', CI: 'true' }],
    [false, { FORCE_HYPERLINK: '0', TERM_PROGRAM: 'WezTerm' }],
    [false, { CI: 'true', TERM_PROGRAM: 'WezTerm' }],
    [false, { TERM: 'dumb', WT_SESSION: 'x' }],
    [true, { WT_SESSION: 'x' }],
    [true, { TERM: 'xterm-kitty' }],
    [true, { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.104.0' }],
    [false, { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.71.2' }],
    [true, { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.5.0' }],
    [false, { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.0.15' }],
    [true, { VTE_VERSION: '6800' }],
    [false, { VTE_VERSION: '5000' }],
    [false, { TERM_PROGRAM: 'Apple_Terminal' }],
  ])('%s: %j', ([supported, env]) => {
    expect(supportsHyperlinks(env)).toBe(supported);
  });

  test('what is no terminal has neither links nor widths', () => {
    const target = { fd: undefined, color: 'always', columns: 40, prefix: '' } as const;
    expect(styleFor(target, { FORCE_HYPERLINK: '1' }).terminal).toBeUndefined();
  });
});

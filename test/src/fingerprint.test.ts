import { describe, expect, test } from 'vitest';
import { stableFingerprint } from '../../src/report/fingerprint.ts';
import type { AccessReport } from '../../src/report/report.ts';
import { access, frame } from './documents.ts';

const SOURCE = `
export function first(view: Int32Array) {
  view[0]++;
}

export function second(view: Int32Array) {
  view[0]++;
  if (view[0] > 3) second(view);
  view[0]++;
  const inner = () => {
    view[0]++;
  };
}
`;

/** The id of a race of the access at `marked` (its line ends with `//<`) with itself. */
function idOf(source: string, name: string, more: Partial<AccessReport> = {}): string {
  const lines = source.split('\n');
  const line = lines.findIndex((text) => text.endsWith('//<')) + 1;
  lines[line - 1] = lines[line - 1]!.replace(/ ?\/\/<$/, '');
  const column = lines[line - 1]!.indexOf('view') + 1;
  const at = { frames: [frame(name, 'src/a.ts', line, column)], ...more };
  return stableFingerprint([access('current', at), access('previous', at)], () => lines);
}

/** Marks the nth `view[0]++` of the source. */
function mark(nth: number, source = SOURCE): string {
  let seen = 0;
  return source.replace(/view\[0\]\+\+;/g, (text) => (seen++ === nth ? `${text} //<` : text));
}

describe('the fingerprint that holds when lines shift', () => {
  const id = idOf(mark(2), 'second');

  test.for<[string, string]>([
    ['lines above the function', `import a from 'a';\n\n${mark(2)}`],
    ['lines inside of it', mark(2).replace('  if (view', '  other();\n  if (view')],
    ['the same line in a function above', mark(3, SOURCE.replace('view[0]++;', 'view[0]++;\n  view[0]++;'))],
    ['another indentation', mark(2).replaceAll('\n  ', '\n\t\t')],
  ])('stands %s', ([, source]) => {
    expect(idOf(source, 'second')).toBe(id);
  });

  test('tells equal lines of a function apart, also around a call of itself', () => {
    const ids = [idOf(mark(0), 'first'), idOf(mark(1), 'second'), id, idOf(mark(3), 'inner')];
    expect(new Set(ids).size).toBe(4);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  test('changes with the line, the file, the function and what is done', () => {
    const changed = [
      idOf(mark(2).replace('view[0]++; //<', 'view[1]++; //<'), 'second'),
      idOf(mark(2), 'third'),
      idOf(mark(2), 'second', { atomic: true }),
      idOf(mark(2), 'second', { type: 'read' }),
    ];
    expect(new Set([id, ...changed]).size).toBe(5);
  });

  test('tells places on one line apart', () => {
    const lines = ['view[0] = view[0] + 1;'];
    const at = (column: number): Partial<AccessReport> => ({ frames: [frame('f', 'a.ts', 1, column)] });
    const of = (column: number): string =>
      stableFingerprint([access('current', at(column)), access('previous', at(1))], () => lines);
    expect(of(1)).not.toBe(of(11));
  });

  test('is symmetric', () => {
    const [a, b] = [access('current'), access('previous', { type: 'read' })];
    expect(stableFingerprint([a, b], () => undefined)).toBe(stableFingerprint([b, a], () => undefined));
  });

  test('goes by line and column where there is no source', () => {
    const of = (line: number): string => {
      const at = { frames: [frame('f', '[eval]', line)] };
      return stableFingerprint([access('current', at), access('previous', at)], () => undefined);
    };
    expect(of(1)).not.toBe(of(2));
  });

  test('copes with bundles and odd names', () => {
    const long = `${'var a=1;'.repeat(100_000)}view[0]++;${'f(f(f('.repeat(100_000)}`;
    const started = performance.now();
    for (const name of ['f', '<module>', 'a.b', '["x("]', 'x$', '#private', '(', '']) {
      const at = { frames: [frame(name, 'a.js', 1, 800_001)] };
      const of = (text: string): string =>
        stableFingerprint([access('current', at), access('previous', at)], () => [text]);
      expect(of(`${long} `)).toBe(of(long));
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

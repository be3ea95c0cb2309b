import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DocumentError } from '../../src/report/document-error.ts';
import { formatEntry, parseEntries } from '../../src/report/known/entry.ts';
import { Known } from '../../src/report/known/known.ts';
import { locate } from '../../src/report/known/locate.ts';
import { knownOf } from '../../src/report/known/prepare.ts';
import { renderSuppressions } from '../../src/report/render/suppressions.ts';
import type { RaceReport } from '../../src/report/report.ts';
import { access, document, frame, race } from './documents.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsrace-known-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an entry', () => {
  const parse = (text: string): object => parseEntries(text, 'tsrace.suppressions');

  test.for<[string, object]>([
    ['race:flush reason=a', { kind: 'function', pattern: 'flush', reason: 'a', until: undefined }],
    ['race:Ring.*  until=2027-01-31  reason=known, see #123 = x', { kind: 'function', until: '2027-01-31' }],
    ['  race:src/legacy/**\treason=a ', { kind: 'file', pattern: 'src/legacy/**', reason: 'a' }],
    ['race:counter.ts reason=a', { kind: 'file' }],
    ['race:"src/a b/*.mts" reason=a', { kind: 'file', pattern: 'src/a b/*.mts' }],
    ['race:"get size" reason=a', { kind: 'function', pattern: 'get size' }],
    ['race:0123abcd reason=a', { kind: 'id' }],
    ['race:abc reason=until=2020-01-01', { kind: 'function', reason: 'until=2020-01-01' }],
  ])('%s', ([text, expected]) => {
    expect(parse(`# a comment\r\n\n${text}\r\n`)).toMatchObject([{ line: 3, ...expected }]);
  });

  test.for<[string, string]>([
    ['flush reason=a', '"flush reason=a" is no entry: write race:PATTERN reason=WHY'],
    ['thread:x reason=a', 'is no entry'],
    ['race: reason=a', 'the pattern is missing'],
    ['race:flush', 'the reason is missing'],
    ['race:flush reason=', 'the reason is empty'],
    ['race:flush known bug', 'cannot read "known bug"'],
    ['race:flush reson=a', 'unknown field reson='],
    ['race:flush until=2027-02-30 reason=a', 'until="2027-02-30" is no date'],
    ['race:flush until=soon reason=a', 'is no date'],
    ['race:flush until=2027-01-01 until=2027-01-02 reason=a', 'twice'],
    ['race:** reason=a', 'matches nearly every race'],
    ['race:*/** reason=a', 'matches nearly every race'],
    ['race:<anonymous> reason=a', 'matches nearly every race'],
    ['race:../x/** reason=a', 'from the folder of the suppressions down'],
    [`race:${'x'.repeat(1000)} reason=a`, 'longer than 1000 characters'],
    ['race:\u001b[2J reson=a', 'unknown field'],
    ['\u001b[2J', '"\\u001b[2J" is no entry'],
  ])('%.40s is refused', ([text, message]) => {
    const read = (): object => parse(`\n${text}`);
    expect(read).toThrow(DocumentError);
    expect(read).toThrow(/^tsrace\.suppressions:2: [^\n]+$/);
    expect(read).toThrow(message);
  });

  test('is read as it was written', () => {
    const entry = { pattern: 'src/a b/**', until: '2027-01-31', reason: 'why # not' };
    expect(parse(formatEntry(entry))).toMatchObject([{ kind: 'file', ...entry }]);
  });
});

/** The verdict of one entry, in /repo/tsrace.suppressions, for a command started in /repo/app. */
function verdict(entry: string, of: RaceReport): string | undefined {
  const file = join(folder, 'tsrace.suppressions');
  writeFileSync(file, `race:${entry} reason=because`);
  const known = knownOf({ suppressions: file, baseline: '' }, '2026-01-01');
  for (const rule of known.rules) rule.folder = '/repo';
  return new Known(known, '/repo/app/').verdictOn(of)?.reason;
}

describe('a race is suppressed by', () => {
  const of = race({
    id: 'aaaabbbbccccdddd',
    stableId: '1111222233334444',
    accesses: [
      access('current', { frames: [frame('Ring.push', 'src/ring.ts', 3), frame('main', 'src/main.ts', 9)] }),
      access('previous', { frames: [frame('<anonymous>', '/repo/lib/.x/old.js', 1)] }),
    ],
  });

  test.for([
    'Ring.push',
    'push',
    'Ring.*',
    'R*h',
    'main',
    'aaaabbbb',
    'aaaabbbbccccdddd',
    '11112222',
    'app/src/ring.ts',
    './app/src/ring.ts',
    'ring.ts',
    'src/*.ts',
    'app/src/',
    'lib/**',
    'old.js',
    '/repo/lib/**',
  ])('%s', (entry) => {
    expect(verdict(entry, of)).toBe('because');
  });

  test.for([
    'pus',
    'Push',
    'ush',
    'Ring',
    'aaaabbbe',
    'bbbbcccc',
    './src/ring.ts',
    'ing.ts',
    'src/*.js',
    'app/*.ts',
    'Ring?push',
    '/lib/**',
  ])('%s is another', (entry) => {
    expect(verdict(entry, of)).toBeUndefined();
  });
});

test('an entry counts to the end of its last day', () => {
  const file = join(folder, 'dated');
  writeFileSync(file, '# x\nrace:f until=2026-03-31 reason=a');
  const on = (today: string): object => knownOf({ suppressions: file, baseline: '' }, today);
  expect(on('2026-03-31')).toMatchObject({ rules: [{ pattern: 'f' }], expired: [] });
  expect(on('2026-04-01')).toMatchObject({ rules: [], expired: [{ pattern: 'f', until: '2026-03-31' }] });
});

test('the baseline knows its races by either id', () => {
  const file = join(folder, 'baseline.json');
  writeFileSync(file, JSON.stringify(document([race({ id: 'a', stableId: 's' }), race({ id: 'b' })])));
  const known = new Known(knownOf({ suppressions: '', baseline: file }, '2026-01-01'), '');
  expect(known.verdictOn(race({ id: 'moved', stableId: 's' }))).toMatchObject({ reason: 'in the baseline' });
  expect(known.verdictOn(race({ id: 'b', stableId: 'x' }))).toBeDefined();
  expect(known.verdictOn(race({ id: 'c', stableId: 'c' }))).toBeUndefined();
  expect(known.verdictOn(race({ id: 'd' }))).toBeUndefined();
});

test('the file is found above, up to the root of the repository', () => {
  mkdirSync(join(folder, 'repo/a/b'), { recursive: true });
  writeFileSync(join(folder, 'tsrace.suppressions'), '');
  expect(locate(join(folder, 'repo/a/b'))).toBe(join(folder, 'tsrace.suppressions'));
  mkdirSync(join(folder, 'repo/.git'));
  expect(locate(join(folder, 'repo/a/b'))).toBeUndefined();
  writeFileSync(join(folder, 'repo/tsrace.suppressions'), '');
  expect(locate(join(folder, 'repo/a/b'))).toBe(join(folder, 'repo/tsrace.suppressions'));
});

test('the end of a run names what did nothing, a few lines of it', () => {
  const many = Array.from({ length: 30 }, (_, n) => ({ by: `f:${n}`, pattern: '\u001b[2J' }));
  const text = renderSuppressions({ expired: [], unused: many });
  expect(text.split('\n')).toHaveLength(22);
  expect(text).toContain('tsrace: f:0: race:\\u001b[2J was not needed in this run\n');
  expect(text).toContain('tsrace: 10 more suppressions were not needed\n');
});

import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../src/report/fingerprint.ts';
import { PLAIN, renderText, renderTotal } from '../../src/report/render/text.ts';
import type { AccessReport, Report } from '../../src/report/report.ts';
import { access, frame, race, thread } from './documents.ts';

const report = (): Report => ({
  race: race({
    kind: 'read-write',
    accesses: [access('current'), access('previous', { type: 'read' })],
  }),
  threads: [thread('7:2', { state: 'running' }), thread('7:1'), thread('7:0')],
  excerpts: [{ role: 'current', line: 14, column: 5, text: '    counter[0]++;' }],
});

describe('the text of a report', () => {
  test.for([
    [4, 'a'],
    [8, 'an'],
    [11, 'an'],
    [16, 'a'],
    [18, 'an'],
    [80, 'an'],
    [110, 'a'],
    [800, 'an'],
    [1024, 'a'],
    [11000, 'an'],
  ] as const)('%i bytes take "%s"', ([size, article]) => {
    const given = report();
    given.race.location.bufferByteLength = size;
    expect(renderText(given, { paint: PLAIN })).toContain(` of ${article} ${size}-byte SharedArrayBuffer`);
  });

  test('has the shape that Go users know', () => {
    expect(renderText(report(), { paint: PLAIN })).toBe(`==================
WARNING: DATA RACE
Write of 4 bytes at counter[0] by worker 2:
  bump              src/counter.ts:14:5
  main              src/worker.ts:9:3
      14 |     counter[0]++;
         |     ^
Previous read of 4 bytes by worker 1:
  bump              src/counter.ts:14:5
  main              src/worker.ts:9:3
Location: Int32Array index 0, byte 0 of a 16-byte SharedArrayBuffer allocated by main at:
  setup             src/app.ts:4:17
Worker 2 (running) created by main at:
  start             src/app.ts:11:10
Worker 1 (finished) created by main at:
  start             src/app.ts:11:10
Race 0123456789abcdef
==================
`);
  });

  test('names atomic accesses, native callers and named workers', () => {
    const atomic = report();
    Object.assign(atomic.race.accesses[0], { atomic: true });
    Object.assign(atomic.race.location, { native: true, name: 'Atomics.store' });
    Object.assign(atomic.threads[0]!, { name: 'io' });
    expect(renderText(atomic, { paint: PLAIN })).toContain(
      'Atomic write of 4 bytes in Atomics.store() by worker 2 "io":\n',
    );
    expect(renderText(atomic, { paint: PLAIN })).toContain('Worker 2 "io" (running) created by main at:');
  });

  test('says so where nothing is known', () => {
    const bare = report();
    bare.race.accesses[1].frames = [];
    Object.assign(bare.race.location, { allocatedBy: null, allocatedAt: [], name: '' });
    const text = renderText(bare, { paint: PLAIN });
    expect(text).toContain('Write of 4 bytes by worker 2:');
    expect(text).toContain('Previous read of 4 bytes by worker 1:\n  (no instrumented frame)\n');
    expect(text).toContain('of a 16-byte SharedArrayBuffer\nWorker 2');
  });

  test('keeps a tab before the caret and shortens a long line around it', () => {
    const wide = report();
    wide.excerpts = [{ role: 'current', line: 1, column: 3, text: '\t\ta[0]++' }];
    expect(renderText(wide, { paint: PLAIN })).toContain('       1 | \t\ta[0]++\n         | \t\t^\n');
    wide.excerpts = [{ role: 'current', line: 1, column: 501, text: `${'x'.repeat(500)}a[0]++` }];
    expect(renderText(wide, { paint: PLAIN })).toContain(
      `       1 | ${'x'.repeat(80)}a[0]++\n         | ${' '.repeat(80)}^`,
    );
  });

  test('lets no control character out', () => {
    const evil = report();
    evil.race.accesses[0].frames = [frame('a\u001b[31mb\nc', 'x\u202ey.ts', 14)];
    evil.threads[0]!.name = '\u0007';
    const text = renderText(evil, { paint: PLAIN });
    expect(text).toContain('a\\u001b[31mb\\u000ac  x\\u202ey.ts:14:5');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  test('ends with a total', () => {
    expect(renderTotal([report().race], 3)).toBe('Found 1 data race (seen 3 times).\n');
    expect(renderTotal([report().race, report().race], 1)).toBe('Found 2 data races (seen 1 time).\n');
  });

  test('names the tests, where a runner runs', () => {
    const [one, two] = [report(), report()];
    one.race.accesses[1].test = 'test "adds" (a.test.ts)';
    one.race.tests = ['test "adds" (a.test.ts)'];
    two.race.tests = ['test "adds" (a.test.ts)', 'beforeAll of b.test.ts'];
    expect(renderText(one, { paint: PLAIN })).toContain('by worker 1 in test "adds" (a.test.ts):\n');
    expect(renderTotal([one.race, two.race], 2)).toBe(
      '  2 data races in test "adds" (a.test.ts)\n' +
        '  1 data race in beforeAll of b.test.ts\n' +
        'Found 2 data races (seen 2 times).\n',
    );
  });
});

describe('the fingerprint', () => {
  const [a, b] = report().race.accesses as [AccessReport, AccessReport];
  test('is symmetric and stable', () => {
    expect(fingerprint([a, b])).toBe(fingerprint([b, a]));
    expect(fingerprint([a, b])).toMatch(/^[0-9a-f]{16}$/);
  });
  test('tells places and kinds apart, and not threads or callers', () => {
    const at = (line: number, column: number, more: object = {}): AccessReport => ({
      ...a,
      ...more,
      frames: [frame('bump', 'src/counter.ts', line, column)],
    });
    const id = fingerprint([at(14, 5), b]);
    expect(fingerprint([at(15, 5), b])).not.toBe(id);
    expect(fingerprint([at(14, 6), b])).not.toBe(id);
    expect(fingerprint([at(14, 5, { atomic: true }), b])).not.toBe(id);
    expect(fingerprint([at(14, 5, { thread: '9:9' }), b])).toBe(id);
  });
});

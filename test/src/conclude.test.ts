import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Conclusion, conclude } from '../../src/report/conclude.ts';
import { append } from '../../src/report/records.ts';
import type { AccessReport, Report } from '../../src/report/report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsrace-conclude-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function race(id: string, test: string | null): Report {
  const access = (role: AccessReport['role']): AccessReport => ({
    role,
    type: 'write',
    atomic: false,
    size: 4,
    thread: '7:1',
    test,
    frames: [],
  });
  return {
    race: {
      id,
      kind: 'write-write',
      count: 1,
      tests: test === null ? [] : [test],
      location: {
        buffer: 1,
        bufferByteLength: 4,
        byteOffset: 0,
        byteLength: 4,
        view: 'Int32Array',
        index: 0,
        name: 'a',
        native: false,
        allocatedBy: null,
        allocatedAt: [],
      },
      accesses: [access('current'), access('previous')],
    },
    threads: [],
    excerpts: [],
  };
}

const concluded = (): Conclusion => conclude(folder, { command: [], startedAt: new Date() });

test('a race that a test expected is none of the run', () => {
  append(folder, '7:1', { type: 'race', order: 0, report: race('a', 'x'), held: true });
  append(folder, '7:0', { type: 'told', pid: 7, order: 0, expected: true });
  const { document, seen, untold } = concluded();
  expect([document.races, seen, untold]).toEqual([[], 0, []]);
});

test('a race of two tests is one, with both names', () => {
  append(folder, '7:1', { type: 'race', order: 0, report: race('a', 'x'), held: true });
  append(folder, '7:1', { type: 'race', order: 1, report: race('a', 'y'), held: true });
  append(folder, '7:0', { type: 'told', pid: 7, order: 0, expected: false });
  append(folder, '7:0', { type: 'told', pid: 7, order: 1, expected: false });
  const { document, seen, untold } = concluded();
  expect(document.races).toMatchObject([{ id: 'a', count: 2, tests: ['x', 'y'] }]);
  expect([seen, untold]).toEqual([2, []]);
});

test('a race that no test has told is told at the end', () => {
  append(folder, '7:1', { type: 'race', order: 0, report: race('a', 'x'), held: true });
  append(folder, '7:1', { type: 'race', order: 1, report: race('b', null), held: false });
  expect(concluded().untold).toMatchObject([{ race: { id: 'a' } }]);
});

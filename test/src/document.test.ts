import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument, readBounded, readDocument } from '../../src/report/document.ts';
import { DocumentError } from '../../src/report/document-error.ts';
import type { SyncEvent } from '../../src/report/report.ts';
import { access, document, frame, race } from './documents.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsrace-document-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const event: SyncEvent = {
  thread: '7:1',
  clock: 3,
  order: 0,
  kind: 'post',
  releases: true,
  acquires: [{ thread: '7:0', clock: 1 }],
  on: 'worker 1',
  operation: 'postMessage',
  object: 'p1',
  at: null,
};

test('a document of today is read as it was written', () => {
  const whole = document([
    race({
      accesses: [access('current', { epoch: { clock: 4, order: 2 } }), access('previous')],
      why: {
        lastPath: [event],
        locks: { current: [{ object: 'm', on: 'lock[0]', since: event }], previous: undefined },
        lockWord: false,
        diagnosis: 'lock-not-held',
        value: '3',
        events: [event, { ...event, at: frame('f', 'a.ts', 1) }],
        clocks: [[{ thread: '7:1', clock: 3 }], []],
      },
      sources: [{ file: 'src/counter.ts', from: 12, lines: ['a', 'b'] }],
      stableId: 'fedcba9876543210',
      suppressed: { reason: 'known', by: 'tsrace.suppressions:1' },
    }),
  ]);
  const file = join(folder, 'whole.json');
  writeFileSync(file, `\ufeff${JSON.stringify(whole, null, 2)}`);
  expect(readDocument(file)).toEqual(whole);
});

test('an older document without the newer fields is read too', () => {
  expect(parseDocument(JSON.stringify(document()), 'x')).toEqual(document());
});

/** The document with one value at a path (`races.0.count`) replaced, as text. */
function changed(path: string, value: unknown): string {
  const text = JSON.parse(JSON.stringify(document())) as object;
  const steps = path.split('.');
  const last = steps.pop()!;
  let at = text as Record<string, object>;
  for (const step of steps) at = at[step] as Record<string, object>;
  at[last] = value as object;
  return JSON.stringify(text);
}

describe('what is wrong is told in one line, with its place', () => {
  test.for<[path: string, value: unknown, message: string]>([
    ['schemaVersion', 2, 'x.json: its schemaVersion is 2, and this tsrace reads 1: use '],
    ['schemaVersion', '1', 'x.json: its schemaVersion is "1", and '],
    ['schemaVersion', { evil: 1 }, 'x.json: its schemaVersion is no number, and '],
    ['schemaVersion', '\u001b[31m', 'x.json: its schemaVersion is "\\u001b[31m", and '],
    ['tool', null, 'x.json: tool must be an object'],
    ['tool.name', 'other', 'x.json: tool.name must be tsrace'],
    ['command', 'node', 'x.json: command must be a list'],
    ['races', { length: 3 }, 'x.json: races must be a list'],
    ['races.0.count', -1, 'x.json: races[0].count must not be negative'],
    ['races.0.count', 1.5, 'x.json: races[0].count must be a whole number'],
    ['races.0.kind', 'constructor', 'x.json: races[0].kind must be write-write or '],
    ['races.0.accesses', [], 'x.json: races[0].accesses must be a list of two'],
    ['races.0.accesses.1.role', 'current', 'x.json: races[0].accesses[1].role must be previous'],
    [
      'races.0.accesses.0.frames.1.line',
      '9',
      'x.json: races[0].accesses[0].frames[1].line must be a whole number',
    ],
    ['races.0.why', 3, 'x.json: races[0].why must be an object'],
    ['threads.2.state', 'dead', 'x.json: threads[2].state must be starting or '],
    ['summary.uninstrumented', [{ what: 1 }], 'x.json: summary.uninstrumented[0].what must be a string'],
    ['summary.edges', -1, 'x.json: summary.edges must not be negative'],
    ['summary.files', [{ file: 1 }], 'x.json: summary.files[0].file must be a string'],
    ['command', ['x'.repeat(2 ** 20 + 1)], 'x.json: command[0] is longer than 1048576 characters'],
    [
      'races.0.accesses.0.frames',
      Array(10_001).fill(null),
      'x.json: races[0].accesses[0].frames has 10001 entries, and at most 10000 are read',
    ],
  ])('%s', ([path, value, message]) => {
    const read = () => parseDocument(changed(path!, value), 'x.json');
    expect(read).toThrow(DocumentError);
    expect(read).toThrow(message as string);
    expect(read).not.toThrow(/\n/);
  });

  test.for([
    ['', 'the file is empty'],
    ['{"schemaVersion": 1, ', 'this is no JSON'],
    ['[]', 'no schemaVersion'],
    ['null', 'no schemaVersion'],
    ['{"__proto__": {"schemaVersion": 1}}', 'no schemaVersion'],
    ['['.repeat(1_000_000), 'this is no JSON'],
    [`${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'no schemaVersion'],
  ])('%.40s', ([text, message]) => {
    expect(() => parseDocument(text!, 'x.json')).toThrow(DocumentError);
    expect(() => parseDocument(text!, 'x.json')).toThrow(message);
  });

  test('a name with control characters is escaped', () => {
    expect(() => parseDocument('', 'a\u001b[2J\n.json')).toThrow('"a\\u001b[2J\\n.json": the file is empty');
  });
});

test('fields that are not of the schema, __proto__ above all, go no further', () => {
  const text = JSON.stringify(document()).replace('{', '{"__proto__":{"polluted":1},"more":1,');
  const read = parseDocument(text, 'x');
  expect(read).toEqual(document());
  expect(Object.hasOwn(read, '__proto__') || 'polluted' in {} || 'polluted' in read).toBe(false);
});

describe('files', () => {
  test.for([
    ['gone.json', 'there is no such file'],
    ['.', 'it is a folder'],
  ])('%s', ([name, message]) => {
    expect(() => readDocument(join(folder, name!))).toThrow(message);
  });

  test('one without an end is refused', () => {
    expect(() => readBounded('/dev/zero', 4 * 1024 * 1024)).toThrow('larger than 4 MiB');
  });
});

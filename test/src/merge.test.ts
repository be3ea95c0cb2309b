import { describe, expect, test } from 'vitest';
import { Merger } from '../../src/report/merge.ts';
import type { RaceDocument, SyncEvent } from '../../src/report/report.ts';
import { access, document, race, thread } from './documents.ts';

function merged(...documents: RaceDocument[]): RaceDocument {
  const merger = new Merger();
  for (const one of documents) merger.add(one);
  return merger.result();
}

describe('merging', () => {
  test('one document is itself, without threads that no race names', () => {
    const one = document([race()], [thread('7:0'), thread('7:1'), thread('7:2'), thread('7:3')]);
    const { threads, ...rest } = merged(one);
    expect(threads.map(({ id }) => id).sort()).toEqual(['7:0', '7:1', '7:2']);
    expect(rest).toEqual({ ...one, threads: undefined, summary: { ...one.summary, threads: 4 } });
  });

  test('the same race is one entry', () => {
    const a = document([race({ count: 2, tests: ['a', 'b'] })]);
    const b = document([race({ count: 3, tests: ['b', 'c'] }), race({ id: 'another' })]);
    const { races, summary } = merged(a, b);
    expect(races).toMatchObject([
      { id: '0123456789abcdef', count: 5, tests: ['a', 'b', 'c'] },
      { id: 'another', count: 1 },
    ]);
    expect(summary).toMatchObject({ races: 2, threads: 6, sharedBuffers: 2, accessesChecked: 20 });
  });

  test('what was executed by one thread there, and by several here, was by several', () => {
    const site = { column: 3, function: 'f', name: 'a', thread: '7:1' };
    const document1 = document([]);
    Object.assign(document1.summary, {
      syncEvents: 3,
      edges: 2,
      files: [
        {
          file: 'a.ts',
          sites: 4,
          oneThread: [
            { line: 1, ...site },
            { line: 2, ...site },
          ],
          manyThreads: [],
          never: 2,
        },
      ],
    });
    const document2 = document([]);
    Object.assign(document2.summary, {
      syncEvents: 1,
      edges: 1,
      files: [
        {
          file: 'a.ts',
          sites: 4,
          oneThread: [{ line: 1, ...site }],
          manyThreads: ['2:3'],
          never: 2,
        },
        { file: 'b.ts', sites: 1, oneThread: [], manyThreads: [], never: 1 },
      ],
    });
    const { summary } = merged(document1, document2, document([]));
    expect(summary).toMatchObject({
      syncEvents: 4,
      edges: 3,
      files: [
        { file: 'a.ts', sites: 4, oneThread: [{ line: 1 }], manyThreads: ['2:3'], never: 2 },
        { file: 'b.ts', never: 1 },
      ],
    });
  });

  test('processes with the same number on two machines stay apart', () => {
    const event: SyncEvent = {
      thread: '7:1',
      clock: 1,
      order: 0,
      kind: 'post',
      releases: true,
      acquires: [{ thread: '7:2', clock: 1 }],
      on: '',
      object: '',
      operation: '',
      at: null,
    };
    const told = race({
      id: 'b',
      why: {
        lastPath: [event],
        locks: { current: [{ object: '', on: '', since: event }], previous: undefined },
        lockWord: false,
        diagnosis: null,
        value: null,
        events: [event],
        clocks: [[{ thread: '7:1', clock: 1 }], []],
      },
    });
    const { races, threads } = merged(document(), document([told]), document([race({ id: 'c' })]));
    expect(races.map(({ accesses }) => accesses.map((one) => one.thread))).toEqual([
      ['7:2', '7:1'],
      ['7.2:2', '7.2:1'],
      ['7.3:2', '7.3:1'],
    ]);
    expect(threads.map(({ id, parent }) => [id, parent]).sort()).toEqual([
      ['7.2:0', null],
      ['7.2:1', '7.2:0'],
      ['7.2:2', '7.2:0'],
      ['7.3:0', null],
      ['7.3:1', '7.3:0'],
      ['7.3:2', '7.3:0'],
      ['7:0', null],
      ['7:1', '7:0'],
      ['7:2', '7:0'],
    ]);
    // nothing of the second document names a thread of the first
    expect(JSON.stringify(races[1])).not.toContain('"7:');
  });

  test('what was merged before can be merged again', () => {
    const twice = merged(document(), document([race({ id: 'b' })]));
    const again = merged(twice, document([race({ id: 'c' })]));
    expect(new Set(again.threads.map(({ id }) => id)).size).toBe(9);
    expect(again.races.map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  test('a race counts where one of the documents says so', () => {
    const known = document([race({ suppressed: { reason: 'x', by: 'y' } })]);
    expect(merged(known, known).races[0]!.suppressed).toEqual({ reason: 'x', by: 'y' });
    expect(merged(known, document()).races[0]!.suppressed).toBeUndefined();
    expect(merged(document(), known).races[0]!.suppressed).toBeUndefined();
  });

  test('the time is from the first start to the last end, the command that of all', () => {
    const early = { ...document([]), startedAt: '2026-11-21T09:00:00.000Z', durationMs: 1000 };
    const late = { ...document([]), startedAt: '2026-11-21T10:00:00.000Z', durationMs: 5000 };
    const odd = { ...document([]), startedAt: 'never' };
    expect(merged(late, early, odd)).toMatchObject({
      startedAt: early.startedAt,
      durationMs: 3_605_000,
      command: ['node', 'src/app.ts'],
    });
    expect(merged(late, { ...early, command: ['other'] }).command).toEqual([]);
  });

  test('of thousands only their races and the threads of these stay', () => {
    const merger = new Merger();
    for (let n = 0; n < 3000; n++) {
      const pid = 1000 + n;
      const threads = Array.from({ length: 20 }, (_, seq) => thread(`${pid}:${seq}`));
      const accesses = [
        access('current', { thread: `${pid}:2` }),
        access('previous', { thread: `${pid}:1` }),
      ] as const;
      const location = { ...race().location, allocatedBy: `${pid}:0` };
      merger.add(document([race({ id: `${n % 5}`, accesses: [...accesses], location })], threads));
    }
    const { races, threads, summary } = merger.result();
    expect(races.map(({ count }) => count)).toEqual([600, 600, 600, 600, 600]);
    expect([threads.length, summary.threads]).toEqual([5 * 3, 60_000]);
  });
});

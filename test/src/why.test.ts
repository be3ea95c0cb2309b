/** Why a race is one, as programs with known bugs are told. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SyncInfo, SyncKind } from '../../runtime/contract.ts';
import { explain } from '../../src/report/explain.ts';
import type { RaceDocument, RaceReport } from '../../src/report/report.ts';
import { argumentsAt } from '../../src/report/why/arguments.ts';
import { History } from '../../src/report/why/history.ts';
import { heldLocks, isLock } from '../../src/report/why/locks.ts';
import { lastPath } from '../../src/report/why/path.ts';

const CLI = join(process.cwd(), 'dist/src/cli/bin.js');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsrace-why-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function documentOf(program: string, order = 'ab'): RaceDocument {
  const json = join(folder, `${Math.random()}.json`);
  const env = { ...process.env, TSRACE_ORDER: order };
  const { status, stderr } = spawnSync(process.execPath, [CLI, '--json', json, 'node', program], {
    encoding: 'utf8',
    env,
  });
  expect(status, stderr).toBe(66);
  return JSON.parse(readFileSync(json, 'utf8'));
}

/** `line → line` of the accesses, earlier first, and the sentences. */
function told(document: RaceDocument): Record<string, { headline: string | null; text: string }> {
  const found = document.races.map((race) => {
    const { headline, lines } = explain({ race, threads: document.threads })!;
    const text = lines.join('\n').replaceAll(/[\w./-]*\/([\w-]+\.\w+)/g, '$1');
    return [keyOf(race), { headline, text }] as const;
  });
  return Object.fromEntries(found);
}

const keyOf = ({ accesses: [current, previous] }: RaceReport): string =>
  `${previous.type} ${previous.frames[0]!.line} → ${current.type} ${current.frames[0]!.line}`;

const example = (name: string): string => `fixtures/programs/examples/race-${name}.ts`;

describe('the examples', () => {
  test.each([
    ['hand-over', ['use after hand-over']],
    ['counter', ['lost update']],
    ['publication', ['spinning on a plain read', 'publication without Atomics']],
    ['early-publication', ['published before it was written']],
    ['overdraft', ['check, then act', null]],
    ['double-checked', ['lock not held', 'lock not held']],
    ['torn-struct', ['torn value', 'publication without Atomics']],
    ['plain-unlock', ['mixed plain and atomic access', 'lost update', 'mixed plain and atomic access']],
    ['ring-buffer', [null, 'publication without Atomics', null]],
    ['image-filter', [null]],
  ])('%s', (name, headlines) => {
    const found = Object.values(told(documentOf(example(name)))).map(({ headline }) => headline);
    expect(found.map(String).sort()).toEqual(headlines.map(String).sort());
  });

  test('the release that came too early is named, with where it was acquired', () => {
    const text = Object.values(told(documentOf(example('early-publication'))))[0]?.text;
    expect(text).toContain(
      'The last that worker 1 heard of main: main stored to this.#tail[0] (race-early-publication.ts:28), ' +
        'worker 1 read this.#tail[0] after it (race-early-publication.ts:36).\n' +
        'The write of main came after that, and nothing has led from it to worker 1 since.',
    );
  });

  test('a plain write to a lock is told as one, and what was held at each access', () => {
    const texts = Object.values(told(documentOf(example('plain-unlock')))).map(({ text }) => text);
    expect(texts.join('\n')).toMatch(/This word is used as a lock, and the write of worker \d is plain/);
    const ready = told(documentOf(example('double-checked')))['write 36 → read 29'];
    expect(ready!.text).toMatch(
      /Worker \d held no lock; worker \d held words\[LOCK\] \(taken at race-double-checked\.ts:18\)\./,
    );
    expect(ready!.text).toMatch(
      /After it, worker \d stored to words\[LOCK\] \(race-double-checked\.ts:22\), which worker \d has not acquired\./,
    );
  });
});

test('words that the source calls the same are told apart, and locks that are not the same are no lock in common', () => {
  const [, program] = /^```ts wrong\.ts\n([\s\S]*?)^```$/m.exec(
    readFileSync('docs/races/different-locks.md', 'utf8'),
  )!;
  const file = join(folder, 'different-locks.ts');
  writeFileSync(file, program!);
  const [{ headline, text }] = Object.values(told(documentOf(file))) as [{ headline: string; text: string }];
  expect(headline).toBe('different locks');
  expect(text).toMatch(
    /held words\[at\] \(byte (0|8)\) \(taken at different-locks\.ts:7\); .* held words\[at\] \(byte (?!\1)[08]\) \(taken at different-locks\.ts:7\)\./,
  );
});

describe('a result that is read too early', () => {
  const headlinesOf = (read: string, { before = '', work = '' } = {}): (string | null)[] => {
    const program = join(folder, `${Math.random()}.ts`);
    writeFileSync(
      program,
      `import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { done, turn } from ${JSON.stringify(pathToFileURL('fixtures/order.cjs').href)};
if (isMainThread) {
  const cell = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL(import.meta.url), { workerData: cell });
  const end = once(worker, 'exit');
  ${before}
  turn('b');
  ${read}
  done('b');
  await end;
} else {
  const cell = workerData as Int32Array;
  ${work}
  turn('a');
  cell[0] = 42;
  cell[1] = 43;
  done('a');
  turn('c');
}
`,
    );
    // the worker writes first, and the reader reads first
    const [late, early] = ['abc', 'bac'].map((order) => Object.values(told(documentOf(program, order))));
    for (const { headline, text } of [...late!, ...early!]) {
      if (headline !== null)
        expect(text).toMatch(/from worker 1 to main|Main has heard nothing of worker 1 yet/);
    }
    return [...late!, ...early!].map(({ headline }) => headline);
  };

  test('is told as one, whoever came first, and however many of them there are', () => {
    expect(headlinesOf('console.log(cell[0]);')).toEqual(Array(2).fill('read without waiting'));
    expect(headlinesOf('console.log(cell[0]);\n  console.log(cell[1]);')).toEqual(
      Array(4).fill('read without waiting'),
    );
  });

  test('unless it is tested, or the thread has heard of the other', () => {
    expect(headlinesOf("if (cell[0] === 42) console.log('there');")).toEqual([null, null]);
    const heard = {
      before: "await once(worker, 'message');",
      work: "parentPort!.postMessage('I am here');",
    };
    expect(headlinesOf('console.log(cell[0]);', heard)).toEqual([null, null]);
  });
});

test('of many locks that a thread held, a sentence names three', () => {
  const race = Object.values(documentOf(example('double-checked')).races).find(
    ({ why }) => (why?.locks.previous?.length ?? 0) > 0,
  )!;
  const [lock] = race.why!.locks.previous!;
  const lines = (count: number): string => {
    const why = { ...race.why!, locks: { ...race.why!.locks, previous: Array(count).fill(lock) } };
    return explain({ race: { ...race, why }, threads: [] })!.lines.join('\n');
  };
  const taken = /words\[LOCK\] \(taken at /g;
  expect(lines(3).match(taken)).toHaveLength(3);
  expect(lines(3)).not.toContain('more');
  expect(lines(9).match(taken)).toHaveLength(3);
  expect(lines(9)).toContain(' and 6 more');
});

test('a path through three threads, and its source', () => {
  const program = join(folder, 'relay.mjs');
  writeFileSync(
    program,
    `import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { done, turn } from ${JSON.stringify(pathToFileURL('fixtures/order.cjs').href)};
if (isMainThread) {
  const cell = new Int32Array(new SharedArrayBuffer(8));
  const first = new Worker(new URL(import.meta.url), { workerData: { cell, first: true } });
  const second = new Worker(new URL(import.meta.url), { workerData: { cell, first: false } });
  first.on('message', () => second.postMessage('go'));
  second.on('message', () => first.terminate());
} else if (workerData.first) {
  const { cell } = workerData;
  cell[0] = 1;
  parentPort.postMessage('ready');
  cell[0] = 2;
  // a release to nobody: what was put off is compared first
  new MessageChannel().port1.postMessage(0);
  done('a');
  setInterval(() => {}, 1000);
} else {
  parentPort.once('message', () => {
    turn('b');
    parentPort.postMessage(workerData.cell[0]);
  });
}
`,
  );
  const document = documentOf(program);
  const text = Object.values(told(document))[0]?.text;
  expect(text).toContain(
    'The last that worker 2 heard of worker 1: worker 1 posted a message (relay.mjs:12), main received it, ' +
      'main posted a message (relay.mjs:7), worker 2 received it.',
  );
  const [{ why, sources, accesses }] = document.races as [RaceReport];
  expect(why!.value).toBe('2');
  expect(why!.lastPath.map(({ kind }) => kind)).toEqual(['post', 'receive', 'post', 'receive']);
  expect(sources![0]!.lines).toContain('  cell[0] = 2;');
  expect(accesses.map(({ epoch }) => epoch!.clock)).toEqual([1, 2]);
});

let place = new Map<number, number>();
/** An event of a thread; orders count up in each. */
function event(seq: number, kind: SyncKind, more: Partial<SyncInfo> = {}): SyncInfo {
  const order = place.get(seq) ?? 0;
  place.set(seq, order + 1);
  const releases = !['atomic-load', 'receive', 'start', 'join', 'lock'].includes(kind);
  const object: SyncInfo['object'] = { type: 'word', buffer: 1, byteOffset: 0 };
  return { seq, order, kind, clock: 1, releases, stack: 0, object, source: undefined, ...more };
}
const begin = (): void => {
  place = new Map();
};

describe('the last path', () => {
  test('is the shortest one to the release that is known, however many there are', () => {
    begin();
    const events = [
      event(1, 'atomic-store', { clock: 1 }),
      event(1, 'atomic-store', { clock: 2 }),
      event(2, 'atomic-load', { source: { seq: 1, clock: 2 } }),
      event(2, 'post', { clock: 1, object: { type: 'message', buffer: 0 } }),
      event(3, 'receive', { source: { seq: 2, clock: 1 }, object: { type: 'message', buffer: 0 } }),
      event(3, 'atomic-load', { source: { seq: 1, clock: 2 } }),
    ];
    const history = new History(events);
    expect(lastPath(history, 1, 2, 3)).toEqual([events[1], events[5]]);
    expect(lastPath(history, 1, 2, 2)).toEqual([events[1], events[2]]);
    // nothing there has that clock, and nothing leads back
    expect(lastPath(history, 1, 9, 3)).toEqual([]);
    expect(lastPath(history, 3, 1, 1)).toEqual([]);
  });

  test('does not run in circles', () => {
    begin();
    const events = [
      event(1, 'atomic-update', { clock: 1, source: { seq: 2, clock: 1 } }),
      event(2, 'atomic-update', { clock: 1, source: { seq: 1, clock: 1 } }),
    ];
    expect(lastPath(new History(events), 3, 1, 1)).toEqual([]);
  });

  test('an acquire of what is no longer kept ends a way', () => {
    begin();
    const events = [event(2, 'atomic-load', { source: { seq: 1, clock: 4 } })];
    expect(lastPath(new History(events), 1, 4, 2)).toEqual([]);
  });
});

describe('locks', () => {
  const operations = new Map<number, string>([
    [1, 'compareExchange'],
    [2, 'store'],
    [3, 'add'],
    [4, 'sub'],
    [5, 'compareExchange'],
    [6, 'exchange'],
    [7, 'compareExchange'],
    [8, 'exchange'],
  ]);
  let given: string[] = [];
  const calls = {
    operationOf: ({ stack }: SyncInfo): string => operations.get(stack) ?? '',
    argumentsOf: ({ stack }: SyncInfo): string[] => {
      const [view, index, expected, replacement] = given as [string, string, string, string];
      if (stack === 5 && replacement !== undefined) return [view, index, replacement, expected];
      if (stack === 7) return [view, index, expected, 'another'];
      if (stack === 8) return [view, index, 'FREE'];
      return stack === 6 ? given.slice(0, 3) : given;
    },
    placeOf: ({ stack }: SyncInfo): string => `line ${stack}`,
  };
  beforeEach(() => {
    given = ['words', '0', '0', '1'];
  });
  const take = (seq: number, more?: Partial<SyncInfo>): SyncInfo =>
    event(seq, 'atomic-update', { stack: 1, ...more });
  const give = (seq: number): SyncInfo => event(seq, 'atomic-store', { stack: 2 });
  /** gives back what `take` has taken */
  const exchangeBack = (seq: number): SyncInfo => event(seq, 'atomic-update', { stack: 5 });
  const takeOff = (seq: number): SyncInfo => event(seq, 'atomic-update', { stack: 7 });
  const exchange = (seq: number): SyncInfo => event(seq, 'atomic-update', { stack: 6 });
  const word = event(0, 'wait').object;

  test('a word that is taken and given up in turn is one', () => {
    begin();
    const history = new History([take(1), give(1), take(1), take(2), give(2)]);
    expect(isLock(history, calls, word)).toBe(true);
    expect(heldLocks(history, calls, 1, 3)).toHaveLength(1);
    expect(heldLocks(history, calls, 1, 2)).toEqual([]);
    expect(heldLocks(history, calls, 2, 0)).toEqual([]);
  });

  test('a counter is none, nor a flag that somebody sets without having taken it', () => {
    begin();
    const add = event(1, 'atomic-update', { stack: 3 });
    expect(isLock(new History([add, take(1), give(1)]), calls, word)).toBe(false);
    begin();
    expect(isLock(new History([take(1), give(1), give(2)]), calls, word)).toBe(false);
  });

  test('nor the head of a list, where whatever is there is exchanged', () => {
    begin();
    const history = new History([take(1), exchangeBack(1), take(2), exchangeBack(2)]);
    begin();
    const whatever = new History([take(1), takeOff(1), take(2), takeOff(2)]);
    for (const expected of ['seen', 'head.load()', 'view[AT]']) {
      given = ['words', '0', expected, 'next'];
      expect(isLock(whatever, calls, word)).toBe(false);
    }
    for (const expected of ['-1', '1n', '0x10', 'FREE', 'State.Free', 'state.free', 'this.#FREE', 'mine']) {
      given = ['words', '0', expected, 'next'];
      expect(isLock(history, calls, word)).toBe(true);
    }
    for (given of [[], ['words', '0']]) expect(isLock(history, calls, word)).toBe(true);
    // one bit of a word that is given up in another way
    given = ['words', '0', 'seen', 'seen | 1'];
    begin();
    expect(isLock(new History([take(1), give(1)]), calls, word)).toBe(true);
  });

  test('what an exchange gives back is as good as what a compareExchange does', () => {
    begin();
    given = ['words', '0', 'mine', 'theirs'];
    expect(isLock(new History([take(1), exchange(1), take(2), exchange(2)]), calls, word)).toBe(true);
  });

  test('nor an index that changes hands', () => {
    const free = (seq: number): SyncInfo => event(seq, 'atomic-update', { stack: 8 });
    begin();
    const history = new History([exchange(1), free(1), exchange(2), free(2)]);
    given = ['middle', '0', 'mine | FRESH'];
    expect(isLock(history, calls, word)).toBe(false);
    expect(heldLocks(history, calls, 1, 1)).toEqual([]);
    for (const lock of ['HELD', '']) {
      given = ['middle', '0', lock];
      expect(isLock(history, calls, word)).toBe(true);
      expect(heldLocks(history, calls, 1, 1)).toHaveLength(1);
    }
  });

  test('nor one that is given up by plain writes, which nobody sees', () => {
    begin();
    const history = new History([take(1), take(1), take(2), take(2)]);
    expect(isLock(history, calls, word)).toBe(false);
    expect(heldLocks(history, calls, 1, 2)).toEqual([]);
    begin();
    given = ['words', '0', 'HELD'];
    expect(isLock(new History([exchange(1), exchange(1), exchange(2)]), calls, word)).toBe(false);
  });

  const sub = (seq: number): SyncInfo => event(seq, 'atomic-update', { stack: 4 });

  test('nor a list that is emptied, a semaphore, a countdown', () => {
    given = ['words', '0', 'seen', 'next'];
    begin();
    expect(isLock(new History([take(1), take(1), give(1)]), calls, word)).toBe(false);
    begin();
    expect(isLock(new History([take(1), take(1), sub(1), sub(1)]), calls, word)).toBe(false);
    given = ['words', '0', '0', 'COUNT'];
    begin();
    expect(isLock(new History([take(1), sub(1), sub(1), sub(1)]), calls, word)).toBe(false);
    begin();
    expect(isLock(new History([take(1), give(1), give(1)]), calls, word)).toBe(false);
  });

  test('a waiter may mark it before it takes it, and then it is given up in two steps', () => {
    begin();
    const mark = take(2, { source: { seq: 1, clock: 1 } });
    const history = new History([take(1), mark, sub(1), give(1), take(2, { clock: 2 }), sub(2), give(2)]);
    expect(isLock(history, calls, word)).toBe(true);
    expect(heldLocks(history, calls, 2, 2)).toHaveLength(1);
    expect(heldLocks(history, calls, 2, 3)).toEqual([]);
    expect(heldLocks(history, calls, 1, 2)).toEqual([]);
    // it waited twice
    begin();
    const twice = new History([take(1), sub(1), give(1), take(2), take(2), take(2), sub(2)]);
    expect(isLock(twice, calls, word)).toBe(true);
  });

  test('who has forgotten its beginning may hold what is not known', () => {
    begin();
    place.set(1, 40);
    expect(heldLocks(new History([give(1)]), calls, 1, 1)).toBeUndefined();
  });

  test('a word that was taken for the first time is one if others that are taken there are; else that is not known', () => {
    const other: SyncInfo['object'] = { type: 'word', buffer: 1, byteOffset: 8 };
    begin();
    const alike = new History([take(1), give(1), take(2, { object: other })]);
    expect(heldLocks(alike, calls, 2, 1)?.map(({ object }) => object)).toEqual([other]);
    begin();
    const elsewhere = new History([take(1), give(1), event(2, 'atomic-update', { stack: 5, object: other })]);
    expect(heldLocks(elsewhere, calls, 2, 1)).toBeUndefined();
    expect(heldLocks(elsewhere, calls, 2, 0)).toEqual([]);
    // it holds another one for sure
    begin();
    const both = new History([take(2), event(2, 'atomic-update', { stack: 5, object: other }), give(2)]);
    expect(heldLocks(both, calls, 2, 2)).toHaveLength(1);
  });

  test('a lock by name is held from its grant on', () => {
    begin();
    const object: SyncInfo['object'] = { type: 'name', kind: 'lock', name: 'db' };
    const history = new History([event(1, 'lock', { object }), event(1, 'unlock', { object })]);
    expect(heldLocks(history, calls, 1, 1)).toHaveLength(1);
    expect(heldLocks(history, calls, 1, 2)).toEqual([]);
  });
});

test('arguments are taken apart where the call stands', () => {
  const line = "  if (Atomics.compareExchange(this.#words, at(i, [1, 2]), 0, 1) !== 0) go(')');";
  expect(argumentsAt(line, 7)).toEqual(['this.#words', 'at(i, [1, 2])', '0', '1']);
  expect(argumentsAt('Atomics.load(', 1)).toEqual([]);
  expect(argumentsAt('Atomics.load(words,', 1)).toEqual(['words']);
  expect(argumentsAt('no call', 1)).toEqual([]);
});

/** What views and lanes remember to be fast must not outlive what it stands for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_CLOCK } from '../../runtime/core/clock/epoch.ts';
import type { Core, CoreThread } from '../../runtime/core/core.ts';
import type { Race } from '../../runtime/core/race.ts';
import { PLAIN_READ, PLAIN_WRITE } from '../../runtime/core/shadow/kind.ts';
import { Sweeps } from '../../runtime/core/shadow/sweeps.ts';
import type { TrackedView } from '../../runtime/core/shadow/tracked-view.ts';
import type { View } from '../../runtime/interface.ts';
import { nextCore } from './memory.ts';
import {
  createEagerRowCore,
  createLateCore,
  createRowCore,
  createViewCore,
  installViewsOf,
} from './view-core.ts';

const BYTES = 256;

function scene(
  core = createViewCore(),
  bytes = BYTES,
): {
  core: Core;
  buffer: number;
  one: CoreThread;
  other: CoreThread;
  found: Race[];
} {
  const buffer = core.buffer(bytes);
  const main = core.main();
  const [one, other] = [main.fork(), main.fork()];
  const found: Race[] = [];
  one.onRace = other.onRace = (race) => found.push(race);
  return { core, buffer, one, other, found };
}

for (const what of ['reads', 'writes'] as const) {
  test(`a loop swept while ${what} are ignored is recorded when it is swept again`, () => {
    const { buffer, one, other, found } = scene();
    const kind = what === 'reads' ? 'read' : 'write';
    one.detector.ignored[what] = true;
    one.range(buffer, 0, BYTES, kind, 1);
    one.detector.ignored[what] = false;
    other.plain(buffer, 64, 4, 'write', 2);
    expect(found, 'nothing was recorded').toEqual([]);
    one.range(buffer, 0, BYTES, kind, 3);
    expect(found.map((race) => [race.byteOffset, race.current.stack, race.previous.stack])).toEqual([
      [64, 3, 2],
    ]);
  });
}

test.for([400, 500, 512, 1000, 1024])('all %i columns of a matrix stay known, side by side', (n) => {
  const sweeps = new Sweeps();
  const end = (column: number): number => (n - 1) * n + column + 1;
  for (let column = 0; column < n; column++) sweeps.noteSteps(column, end(column), n, 1);
  const known = Array.from({ length: n }, (_, column) => sweeps.coversSteps(column, end(column), n, 1));
  expect(known.filter((covered) => !covered)).toEqual([]);
});

test('a row is compared though those that it continues have been compared already', () => {
  const { buffer, one, other, found } = scene(createEagerRowCore(), 1024);
  const row = (thread: CoreThread, first: number): void => thread.range(buffer, first * 4, 32, 'write', 1);
  row(other, 100);
  for (const first of [0, 50, 100]) row(one, first);
  expect(found.map(({ byteOffset }) => byteOffset)).toEqual([400, 408, 416, 424]);
});

test('a row that makes room does not hide what came to its blocks later', () => {
  const { core, buffer, one, other, found } = scene(createRowCore(), 4096);
  const word = core.buffer(8);
  // elements 1 … 318: a part of the first block, three more, and a part of the last
  one.range(buffer, 4, 1272, 'write', 1);
  one.atomic(word, 0, 4, 'store', 8);
  other.atomic(word, 0, 4, 'load', 9);
  for (const element of [20, 300]) one.plain(buffer, element * 4, 4, 'write', 2);
  const shadow = one.parts.buffers.get(buffer);
  one.detector.elements(shadow, 2, 64, 128, 1, PLAIN_WRITE, 4);
  one.detector.elements(shadow, 2, 192, 256, 1, PLAIN_READ, 5);
  for (let row = 0; row < 8; row++) {
    one.release();
    one.range(buffer, 1604 + row * 200, 160, 'write', 1);
  }
  one.release();
  for (const element of [20, 66, 200, 300, 21, 130]) other.plain(buffer, element * 4, 4, 'write', 3);
  other.detector.catchUp();
  expect(found.map(({ byteOffset, previous }) => [byteOffset / 4, previous.type, previous.stack])).toEqual([
    [20, 'write', 2],
    [66, 'write', 4],
    [200, 'read', 5],
    [300, 'write', 2],
  ]);
});

test('no row makes room for one of its own epoch: it may not be compared yet', () => {
  const { buffer, one, other, found } = scene(createRowCore(), 8192);
  other.plain(buffer, 40, 4, 'write', 3);
  other.detector.catchUp();
  // of different lengths, so that none continues another
  for (let row = 0; row < 12; row++) one.range(buffer, 4 + row * 400, 160 + 8 * row, 'write', 1);
  one.detector.catchUp();
  expect(found.map(({ byteOffset }) => byteOffset)).toEqual([40]);
});

describe('elements of a row, which the hooks know', () => {
  const ELEMENTS = 256;
  const HOOKS = ['r', 'w', 'u', 'R', 'W', 'U'] as const;

  /** A thread that has swept all elements at site 1, and accessed one since; `third` is a thread as well. */
  function swept(kind: 0 | 1, hook: (typeof HOOKS)[number]) {
    const core = nextCore();
    const main = core.main();
    const [one, other, third] = [main.fork(), main.fork(), main.fork()];
    const found: Race[] = [];
    for (const thread of [one, other, third]) thread.onRace = (race) => found.push(race);
    const block = new SharedArrayBuffer(ELEMENTS * 4);
    const buffer = core.buffer(block.byteLength);
    one.detector.soon = () => {};
    const newView = (): View => {
      const key = Symbol('views');
      installViewsOf(one, key).adopt(block, buffer);
      return Reflect.get(new Int32Array(block), key) as View;
    };
    const view = newView();
    view.s(kind, 0, 1, ELEMENTS, 1);
    view[hook](100, 2);
    const places = (): [number, number, number][] =>
      found.map(({ byteOffset, current, previous }) => [byteOffset / 4, current.stack, previous.stack]);
    return { core, one, other, third, buffer, view, newView, places };
  }

  test.for(HOOKS)('need nothing more (%s)', (hook) => {
    const { one, other, buffer, view, places } = swept(1, hook);
    view[hook](101, 3);
    one.end();
    other.plain(buffer, 404, 4, 'write', 9);
    expect(places()).toEqual([[101, 9, 1]]);
  });

  test.for(HOOKS)('are recorded anew in the next epoch (%s)', (hook) => {
    const { one, other, buffer, view, places } = swept(1, hook);
    other.acquire(one.release());
    view[hook](101, 3);
    one.end();
    other.plain(buffer, 404, 4, 'write', 9);
    expect(places()).toEqual([[101, 9, 3]]);
  });

  test('are recorded anew whichever realm has come last', () => {
    const { one, other, buffer, view, newView, places } = swept(1, 'r');
    newView().r(0, 4);
    other.acquire(one.release());
    view.r(101, 3);
    one.end();
    other.plain(buffer, 404, 4, 'write', 9);
    expect(places()).toEqual([[101, 9, 3]]);
  });

  test.for(['w', 'u', 'W', 'U'] as const)('are not written because they were read (%s)', (hook) => {
    const { one, other, buffer, view, places } = swept(0, 'r');
    view[hook](101, 3);
    one.end();
    other.plain(buffer, 404, 4, 'read', 9);
    expect(places()).toEqual([[101, 9, 3]]);
  });

  test('and those beside it are none of them', () => {
    const { one, other, buffer, view, places } = swept(1, 'w');
    one.release();
    view.s(1, 64, 1, 128, 4);
    view.w(64, 5);
    for (const element of [63, 191, 192]) view.w(element, 6);
    one.end();
    other.plain(buffer, 63 * 4, 4, 'read', 9);
    other.plain(buffer, 191 * 4, 4, 'read', 9);
    other.plain(buffer, 192 * 4, 4, 'read', 9);
    expect(places()).toEqual([
      [63, 9, 6],
      [191, 9, 4],
      [192, 9, 6],
    ]);
  });

  test.for(['w', 'u', 'W', 'U'] as const)(
    'are written anew once another thread has stored there: its chain ends (%s)',
    (hook) => {
      const { core, one, other, third, buffer, view, places } = swept(1, hook);
      const data = core.buffer(8);
      one.detector.catchUp();
      other.plain(data, 0, 4, 'write', 5);
      other.atomic(buffer, 404, 4, 'store', 6);
      expect(places()).toEqual([[101, 6, 1]]);
      view[hook](101, 7);
      third.atomic(buffer, 404, 4, 'load', 8);
      third.plain(data, 0, 4, 'read', 9);
      expect(places()).toContainEqual([0, 9, 5]);
    },
  );
});

test.for(['w', 'u', 'W', 'U'] as const)('a block is not written because all of it was read (%s)', (hook) => {
  const { one, mine, races, other } = twoViews();
  const found: number[] = [];
  other.onRace = ({ previous }) => found.push(previous.stack);
  for (let byte = 0; byte < 64; byte++) one.r(byte, 1);
  const { shadow } = one as unknown as TrackedView;
  mine.detector.elements(shadow, 0, 0, 64, 1, PLAIN_READ, 4);
  one[hook](5, 7);
  mine.detector.catchUp();
  other.plain(1, 5, 1, 'read', 9);
  expect([races.length, found]).toEqual([0, [7]]);
});

test('accesses that were put off until the last tid was spent go unchecked', () => {
  const { buffer, one, other, found } = scene(createLateCore());
  const { detector } = one;
  one.plain(buffer, 8, 4, 'write', 1);
  // somebody wrote a word of it atomically, and the clock of the last tid is spent
  detector.base[0] = Number.POSITIVE_INFINITY;
  Reflect.set(detector, 'running', MAX_CLOCK);
  Reflect.set(one.parts.registry, 'takeTid', () => 0);
  one.release();
  expect(detector.tid).toBe(0);
  other.plain(buffer, 8, 4, 'write', 2);
  other.detector.catchUp();
  expect(found).toEqual([]);
});

test('what an epoch wrote and then read again is a write to the end, also when it is overwritten', () => {
  const { buffer, one, other, found } = scene();
  one.plain(buffer, 36, 4, 'write', 4);
  one.plain(buffer, 36, 4, 'read', 5);
  one.atomic(buffer, 4, 1, 'store', 6);
  one.plain(buffer, 36, 4, 'write', 7);
  other.plain(buffer, 36, 4, 'write', 8);
  expect(found.map(({ previous }) => [previous.type, previous.stack])).toEqual([['write', 7]]);
});

test('a loop swept under an earlier tid is recorded under the next', () => {
  const { buffer, one, other, found } = scene();
  const { detector } = one;
  const { tid: before } = detector;
  const clock: unknown = Reflect.get(detector, 'running');
  one.range(buffer, 0, BYTES, 'write', 1);
  // its clock is spent; the next tid is at the same clock as this one was
  Reflect.set(detector, 'running', MAX_CLOCK);
  one.release();
  expect(detector.tid).not.toBe(before);
  expect(Reflect.get(detector, 'running')).toBe(clock);
  one.range(buffer, 0, BYTES, 'write', 2);
  other.acquire(known(detector, before));
  other.plain(buffer, 64, 4, 'write', 3);
  expect(found.map((race) => [race.current.stack, race.previous.stack])).toEqual([[3, 2]]);
});

/** A clock that knows all that was done as `tid`. */
const known = (detector: CoreThread['detector'], tid: number): Int32Array =>
  Int32Array.of(tid, detector.clock[tid] as number);

test('a view that there is no memory for is not asked about again', () => {
  const { buffer, one } = scene();
  const { detector } = one;
  let asked = 0;
  Reflect.set(detector, 'laneOf', () => {
    asked++;
  });
  for (let i = 0; i < 3; i++) one.plain(buffer, 4 * i, 4, 'write', 1);
  expect(asked).toBe(1);
});

/** Bytes that a thread has two views of, whose loops make rows of one element and more. */
function twoViews(shortLength = 45): {
  one: View;
  two: View;
  short: View;
  main: CoreThread;
  mine: CoreThread;
  other: CoreThread;
  races: Race[];
  raced: (from: number, end: number, how?: 'read' | 'write') => number[];
} {
  const core = nextCore();
  const main = core.main();
  const [mine, other] = [main.fork(), main.fork()];
  const block = new SharedArrayBuffer(BYTES);
  const buffer = core.buffer(BYTES);
  const key = Symbol('views');
  installViewsOf(mine, key).adopt(block, buffer);
  mine.detector.leastRow = 1;
  mine.detector.soon = () => {};
  const newView = (length = BYTES): View => Reflect.get(new Uint8Array(block, 0, length), key) as View;
  const found: number[] = [];
  const races: Race[] = [];
  other.onRace = ({ byteOffset }) => found.push(byteOffset);
  mine.onRace = (race) => races.push(race);
  const raced = (from: number, end: number, how: 'read' | 'write' = 'write'): number[] => {
    for (let byte = from; byte < end; byte++) other.plain(buffer, byte, 1, how, 9);
    return found;
  };
  return { one: newView(), two: newView(), short: newView(shortLength), main, mine, other, races, raced };
}

const SITE = 5;
const bytes = (...ranges: [from: number, end: number][]): number[] =>
  ranges.flatMap(([from, end]) => Array.from({ length: end - from }, (_, i) => from + i));

test('rows that came by another view are not taken back by the next one of the first', () => {
  const { one, two, raced } = twoViews();
  for (const row of [0, 20]) one.s(0, row, 1, 10, SITE);
  for (const row of [40, 60]) two.s(0, row, 1, 10, SITE);
  one.s(0, 40, 1, 10, SITE);
  expect(raced(0, 90)).toEqual(bytes([0, 10], [20, 30], [40, 50], [60, 70]));
});

test('nor is what another view has made longer', () => {
  const { one, two, raced } = twoViews();
  one.s(0, 0, 1, 10, SITE);
  for (const row of [10, 20]) two.s(0, row, 1, 10, SITE);
  one.s(0, 10, 1, 10, SITE);
  expect(raced(0, 50)).toEqual(bytes([0, 30]));
});

test('a row that is shorter than those before it is as long as it is', () => {
  const { one, raced } = twoViews();
  for (const row of [0, 20, 40]) one.s(0, row, 1, 10, SITE);
  one.s(0, 60, 1, 5, SITE);
  expect(raced(0, 90)).toEqual(bytes([0, 10], [20, 30], [40, 50], [60, 65]));
});

describe('a loop over what loops have swept', () => {
  /** Sweeps 10 … 19 twice, so that the hook of loops knows it. */
  function known(kind: 0 | 1) {
    const views = twoViews();
    for (let i = 0; i < 2; i++) views.one.s(kind, 10, 1, 10, SITE);
    return views;
  }

  test('has nothing to add', () => {
    const { one, mine, raced } = known(0);
    const before = mine.detector.recorded;
    one.s(0, 10, 1, 10, 1);
    one.s(0, 11, 3, 3, 2);
    one.s(0, 19, 1, 0, 3);
    expect(mine.detector.recorded).toBe(before);
    expect(raced(0, 40)).toEqual(bytes([10, 20]));
  });

  test.for([
    [9, 1, 3, [9]],
    [15, 1, 6, [20]],
    [10, 5, 3, [20]],
    [7, 4, 2, [7]],
    [12, -1, 5, [8, 9]],
    [22, -2, 3, [20, 22]],
    [19, 0, 5, []],
  ] as const)('has what is beside it to add (from %i by %i, %i of them)', ([from, by, count, beside]) => {
    const { one, raced } = known(0);
    one.s(0, from, by, count, 1);
    expect(raced(0, 40)).toEqual([...new Set([...bytes([10, 20]), ...beside])].sort((a, b) => a - b));
  });

  test.for([1, 2] as const)('and writes what they have read has that to add (kind %i)', (kind) => {
    const { one, mine } = known(0);
    const before = mine.detector.recorded;
    one.s(kind, 10, 1, 10, 1);
    expect(mine.detector.recorded).toBeGreaterThan(before);
  });

  test('has it to add again in the next epoch, and where its chain has ended', () => {
    const { one, mine } = known(1);
    for (const begin of [
      () => void mine.release(),
      // what others do to one that had written a word which they store
      () => {
        mine.detector.base[0] = Number.POSITIVE_INFINITY;
      },
    ]) {
      begin();
      const before = mine.detector.recorded;
      one.s(1, 10, 1, 10, SITE);
      expect(mine.detector.recorded).toBeGreaterThan(before);
    }
  });

  /** Five elements of a matrix with rows of four, one below the other. */
  const column = (view: View, at: number, kind: 0 | 1 = 0): boolean => view.s(kind, at, 4, 5, SITE);

  test('knows all columns of a matrix for the matrix', () => {
    const { one, mine, raced } = twoViews();
    for (const at of [3, 4, 5, 6]) column(one, at);
    const before = mine.detector.recorded;
    one.s(0, 3, 1, 20, 1);
    expect(mine.detector.recorded).toBe(before);
    one.s(0, 2, 1, 21, 1);
    one.s(0, 3, 1, 21, 1);
    expect(raced(0, 40)).toEqual(bytes([2, 24]));
  });

  test.for<[string, readonly (readonly [at: number, kind?: 0 | 1] | 'release')[]]>([
    ['with one that is missing', [[0], [1], [2]]],
    ['with a gap', [[0], [1], [3], [4]]],
    ['one of which was written', [[0], [1], [2], [3, 1]]],
    ['from two epochs', [[0], [1], 'release', [2], [3]]],
  ])('does not know columns %s for it', ([, columns]) => {
    const { one, mine } = twoViews();
    for (const next of columns) {
      if (next === 'release') mine.release();
      else column(one, ...next);
    }
    const before = mine.detector.recorded;
    one.s(0, 0, 1, 19, 1);
    expect(mine.detector.recorded).toBeGreaterThan(before);
  });
});

/** Loops and single elements, in epochs that another thread knows but for the last. */
describe('what loops touch is remembered, whatever those before them have touched,', () => {
  type Kind = 0 | 1 | 2;
  type Sweep = readonly [kind: Kind, from: number, by: number, count: number];
  /** Of loops inside each other. */
  interface GridOf {
    kind: Kind;
    first: number;
    steps: (readonly [by: number, count: number])[];
  }
  const MOST = 48;
  const HOOKS_OF = { 0: ['r', 'R'], 1: ['w', 'W'], 2: ['u', 'U'] } as const;
  const kind = fc.constantFrom(0 as const, 1 as const, 2 as const);
  const loop = fc
    .tuple(kind, fc.nat(MOST), fc.constantFrom(1, 1, 1, -1, 2, 3, 4, 5, -3), fc.integer({ min: 1, max: 12 }))
    .map((sweep): Sweep[] => [sweep]);
  /** Some columns of a matrix, mostly all: side by side, and then the whole. */
  const columns = fc
    .tuple(kind, fc.nat(8), fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }), fc.nat(9), kind)
    .map(([k, first, step, rows, odd, last]): Sweep[] => [
      ...Array.from({ length: step }, (_, at): Sweep => {
        if (at !== 1) return [k, first + at + (at === odd ? 1 : 0), step, rows];
        // one of another kind, step or length
        if (odd === 5) return [k, first + at, step, rows - 1];
        if (odd === 6) return [last, first + at, step, rows];
        if (odd === 7) return [k, first + at, step * (rows - 1), 2];
        return [k, first + at, step, rows];
      }),
      [last, first, 1, step * rows + (odd === 8 ? 1 : 0)],
      [last, first, 1, step * rows],
    ]);
  /** Rows one behind the other, then a part of the last and what is beside it, then all. */
  const rows = fc
    .tuple(kind, fc.nat(8), fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 4 }), kind, fc.nat(2))
    .map(([k, first, width, count, last, more]): Sweep[] => [
      ...Array.from({ length: count }, (_, at): Sweep => [k, first + at * width, 1, width]),
      [last, first + width * (count - 1) + 1, 1, width + more - 1],
      [more === 2 ? last : k, first, 1, width * count + more],
      [last, first + 1, 2, 3],
    ]);
  const step = fc.tuple(
    fc.constantFrom(1, 1, 2, 3, 5, 8, 10, 20, 0, -1, -10),
    fc.constantFrom(0, 1, 2, 3, 4, 5, 8),
  );
  const nest = fc
    .record({ kind, first: fc.nat(MOST), steps: fc.array(step, { minLength: 2, maxLength: 4 }) })
    .map((grid): GridOf[] => [grid]);
  /** Rows of a matrix but for its edges, some of them with one beside them as well. */
  const inner = fc
    .tuple(kind, fc.integer({ min: 3, max: 12 }), fc.integer({ min: 2, max: 8 }), fc.nat(5))
    .map(([kind, n, rows, odd]): (Sweep | GridOf)[] => {
      const matrix = { kind, first: n + 1, steps: [[n, rows] as const, [1, n - 2] as const] };
      if (odd === 1) return [matrix, { ...matrix, first: n }];
      if (odd === 2)
        return [
          matrix,
          {
            ...matrix,
            steps: [
              [n, rows + 1],
              [1, n - 2],
            ],
          },
        ];
      if (odd === 3) return [matrix, [kind, n * (rows + 1) + 1, 1, n - 2]];
      if (odd === 4)
        return [
          {
            ...matrix,
            steps: [
              [1, n - 2],
              [n, rows],
            ],
          },
          matrix,
        ];
      return [matrix];
    });
  const epoch = fc
    .array(fc.oneof<fc.Arbitrary<(Sweep | GridOf)[]>[]>(loop, columns, rows, nest, inner), {
      minLength: 1,
      maxLength: 5,
    })
    .map((all) => all.flat());
  /** What the accesses of loops inside each other are made to. */
  const elementsOf = ({ first, steps }: GridOf): number[] =>
    steps.reduce(
      (all, [by, count]) => all.flatMap((at) => Array.from({ length: count }, (_, i) => at + i * by)),
      [first],
    );
  const run = fc.record({
    epochs: fc.array(epoch, { minLength: 1, maxLength: 3 }),
    leastRow: fc.constantFrom(1, 4, 1000),
    length: fc.constantFrom(BYTES, 30),
    hooks: fc.boolean(),
  });

  test.for(['read', 'write'] as const)('as a %s of another thread finds', (how) => {
    fc.assert(
      fc.property(run, ({ epochs, leastRow, length, hooks }) => {
        const { one, short, mine, other, raced } = twoViews(length);
        const view = length === BYTES ? one : short;
        mine.detector.leastRow = leastRow;
        const touched = new Set<number>();
        for (const sweeps of epochs) {
          other.acquire(mine.release());
          touched.clear();
          for (const next of sweeps) {
            if ('steps' in next) {
              const { kind, first, steps } = next;
              const all = elementsOf(next);
              const [[by, count], ...more] = steps as [GridOf['steps'][0], ...GridOf['steps']];
              const isInside = all.every((at) => at >= 0 && at < length);
              expect(view.g(kind, SITE + kind, first, by, count, ...more.flat())).toBe(isInside);
              if (isInside && (kind !== 0 || how === 'write')) for (const at of all) touched.add(at);
              continue;
            }
            const [k, from, by, count] = next;
            view.s(k, from, by, count, SITE + k);
            // as a thread's own would: they know what loops have swept
            if (hooks && from + by < length) view[HOOKS_OF[k][from % 2 === 0 ? 0 : 1]](from + by, 40);
            const all = Array.from({ length: count }, (_, i) => from + i * by);
            if (hooks) all.push(from + by);
            for (const at of all) if (at >= 0 && at < length && (k !== 0 || how === 'write')) touched.add(at);
          }
        }
        mine.detector.catchUp();
        // one that was read and written is found twice
        expect(new Set(raced(0, BYTES, how))).toEqual(touched);
      }),
      { numRuns: 1000 },
    );
  });
});

test('a row that takes the place of another, which was not compared yet, has its own stack', () => {
  const { one, mine, races, raced } = twoViews();
  raced(100, 101);
  one.s(0, 0, 1, 10, 3);
  // somebody has written a word atomically that it had written: it goes on in a new epoch
  mine.detector.base[0] = Number.POSITIVE_INFINITY;
  one.s(0, 50, 1, 10, 4);
  one.s(0, 0, 1, 10, 1);
  one.s(0, 96, 1, 10, 2);
  mine.detector.catchUp();
  expect(races.map(({ byteOffset, current }) => [byteOffset, current.stack])).toEqual([[100, 2]]);
});

test('a loop that turns round at the same place has what it goes back over', () => {
  const { one, raced } = twoViews();
  for (const row of [0, 20]) one.s(0, row, 1, 10, SITE);
  one.s(0, 40, -1, 10, SITE);
  expect(raced(0, 90)).toEqual(bytes([0, 10], [20, 30], [31, 41]));
});

test('a row ends where its view does', () => {
  const { short, raced } = twoViews();
  for (const row of [0, 20, 40]) short.s(0, row, 1, 10, SITE);
  expect(raced(0, 90)).toEqual(bytes([0, 10], [20, 30], [40, 45]));
});

test('a row of a thread that has gone on in a new epoch, and then died, is compared', () => {
  const { one, main, mine, raced } = twoViews();
  raced(5, 6);
  one.s(0, 0, 1, 10, SITE);
  mine.detector.base[0] = Number.POSITIVE_INFINITY;
  mine.plain(1, 200, 1, 'read', 3);
  const found: number[] = [];
  main.detector.onFound = () => found.push(...main.detector.takeRaces().map(({ byteOffset }) => byteOffset));
  main.join(mine);
  expect(found).toEqual([5]);
});

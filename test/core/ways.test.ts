/** An access by the way that an earlier one of its activation has come (runtime/interface.ts): judged as any other. */
import { describe, expect, test } from 'vitest';
import type { CoreThread } from '../../runtime/core/core.ts';
import type { Race } from '../../runtime/core/race.ts';
import { MOST_SLOTS } from '../../runtime/core/shadow/backlog-memory.ts';
import type { View, Way } from '../../runtime/interface.ts';
import { nextCore } from './memory.ts';
import { installViewsOf } from './view-core.ts';

/** as many accesses as a backlog has room for, and more */
const ELEMENTS = 1024;
/** more than a backlog knows */
const SITES = MOST_SLOTS + 40;

function scene() {
  const core = nextCore();
  const main = core.main();
  const mine = main.fork();
  const other = main.fork();
  const races: Race[] = [];
  for (const thread of [mine, other]) thread.onRace = (race) => races.push(race);
  const block = new SharedArrayBuffer(ELEMENTS * 4);
  const buffer = core.buffer(block.byteLength);
  return { mine, other, races, buffer, newView: viewsOf(mine, block, buffer) };
}

/** Makes views of a thread's, whose accesses are put off as long as they may be. */
function viewsOf(thread: CoreThread, block: SharedArrayBuffer, buffer: number): () => View {
  const key = Symbol('views');
  installViewsOf(thread, key).adopt(block, buffer);
  thread.detector.soon = () => {};
  return () => Reflect.get(new Int32Array(block), key) as View;
}

const places = (races: readonly Race[]): [number, number, number][] =>
  races.map(({ byteOffset, current, previous }) => [byteOffset / 4, current.stack, previous.stack]);

test('has the stack of the first one, and is of the same kind', () => {
  const { mine, other, races, buffer, newView } = scene();
  const view = newView();
  for (let element = 0, way: Way | undefined; element < ELEMENTS; element += 2) {
    way = view.u(element, 5, way);
    expect(way).toBeDefined();
  }
  mine.end();
  for (let element = 0; element < ELEMENTS; element++) other.plain(buffer, element * 4, 4, 'read', 1);
  const even = Array.from({ length: ELEMENTS / 2 }, (_, i) => i * 2);
  expect(places(races)).toEqual(even.map((element) => [element, 1, 5]));
  expect(new Set(races.map(({ previous }) => previous.type))).toEqual(new Set(['update']));
});

test('is of its own view: another one at the site has a way of its own', () => {
  const { mine, other, races, buffer, newView } = scene();
  const [one, two] = [newView(), newView()];
  const way = one.w(1, 5);
  const second = two.w(2, 5, way);
  expect(second).not.toBe(way);
  expect(two.w(3, 5, second)).toBe(second);
  mine.end();
  for (const element of [1, 2, 3]) other.plain(buffer, element * 4, 4, 'read', element);
  expect(places(races)).toEqual([1, 2, 3].map((element) => [element, element, 5]));
});

test('a way that is forgotten is not taken for a later one', () => {
  const { mine, other, races, buffer, newView } = scene();
  const view = newView();
  const first = view.w(0, 1);
  for (let site = 2; site <= SITES; site++) expect(view.w(site, site)).toBeDefined();
  expect(view.w(SITES + 1, 1, first)).not.toBe(first);
  mine.end();
  const all = [0, ...Array.from({ length: SITES }, (_, i) => i + 2)];
  for (const element of all) other.plain(buffer, element * 4, 4, 'read', 5000);
  const stackOf = (element: number): number => (element === 0 || element > SITES ? 1 : element);
  expect(places(races).map(([element, , previous]) => [element, previous])).toEqual(
    all.map((element) => [element, stackOf(element)]),
  );
});

test('a view that was let go of is looked at when it is accessed again: thousands came after it, or the thread paused', () => {
  const { mine, other, races, buffer, newView } = scene();
  let pause = (): void => {};
  mine.detector.soon = (work) => {
    pause = work;
  };
  const view = newView();
  const way = view.w(0, 1);
  for (let i = 0; i < 10_000; i++) newView().r(1023, 2);
  view.w(1, 3, way);
  pause();
  view.w(2, 4, way);
  mine.detector.newEpoch();
  view.w(0, 5, way);
  mine.end();
  for (const element of [0, 1, 2]) other.plain(buffer, element * 4, 4, 'read', 9);
  expect(places(races)).toEqual([
    [0, 9, 5],
    [1, 9, 3],
    [2, 9, 4],
  ]);
});

test('a write ends the chain of a word that is none yet when the way begins', () => {
  const { mine, other, races, buffer, newView } = scene();
  const view = newView();
  const way = view.w(0, 5);
  mine.atomic(buffer, 32, 4, 'store', 6);
  view.w(8, 5, way);
  other.atomic(buffer, 32, 4, 'load', 7);
  // what was written before the store is not published any more
  other.plain(buffer, 0, 4, 'read', 8);
  mine.end();
  expect(places(races)).toContainEqual([0, 8, 5]);
});

describe('races with an atomic access of another thread', () => {
  const cases = [
    { op: 'store', size: 4, by: 'r', raced: [16] },
    { op: 'rmw', size: 4, by: 'w', raced: [16] },
    { op: 'load', size: 4, by: 'w', raced: [16] },
    { op: 'load', size: 4, by: 'r', raced: [] },
    { op: 'store', size: 8, by: 'r', raced: [16] },
    { op: 'load', size: 2, by: 'u', raced: [16] },
  ] as const;
  const amounts = ['few', 'many'] as const;
  test.for(amounts.flatMap((amount) => cases.map((each) => ({ ...each, amount }))))(
    '$op of $size bytes, and $by of $amount elements',
    ({ op, size, by, raced, amount }) => {
      const { mine, other, races, buffer, newView } = scene();
      const view = newView();
      // a lock beside what it guards: no word of theirs
      other.atomic(buffer, 17 * 4, 4, 'store', 3);
      for (const stack of [4, 5]) other.atomic(buffer, 16 * 4, size, op, stack);
      const last = amount === 'few' ? 20 : ELEMENTS / 8;
      let way: Way | undefined;
      for (let element = 12; element < last; element += 2) way = view[by](element, 6, way);
      expect(races).toEqual([]);
      mine.detector.catchUp();
      // a load that the epoch remembers is not told again
      const stack = op === 'load' ? 4 : 5;
      expect(places(races)).toEqual(raced.map((element) => [element, 6, stack]));
    },
  );
});

describe('where much is noted again, it is noted once', () => {
  /** Goes twice over each element, in several epochs, by ways of sites 5 and 6. */
  function trained() {
    const all = scene();
    const { mine, other, newView } = all;
    const view = newView();
    let way: Way | undefined;
    let again: Way | undefined;
    let written: Way | undefined;
    for (let epoch = 0; epoch < 4; epoch++) {
      for (let element = 0; element < ELEMENTS; element++) {
        way = view.r(element, 5, way);
        again = view.r(element, 6, again);
        written = view.w(element, 7, written);
        written = view.w(element, 7, written);
      }
      other.acquire(mine.release());
    }
    const entries = (): number => Reflect.get(Reflect.get(mine.detector, 'backlog') as object, 'count');
    return {
      ...all,
      entries,
      read: (element: number) => view.r(element, 5, way),
      readAgain: (element: number) => view.r(element, 6, again),
      write: (element: number) => view.w(element, 7, written),
    };
  }

  test('by whichever way', () => {
    const { entries, read, readAgain, write } = trained();
    for (let i = 0; i < 5; i++) {
      read(3);
      readAgain(3);
    }
    expect(entries()).toBe(1);
    for (let i = 0; i < 5; i++) {
      write(4);
      read(4);
    }
    expect(entries()).toBe(2);
  });

  test('but a write after a read', () => {
    const { mine, other, races, buffer, read, write } = trained();
    read(3);
    write(3);
    mine.end();
    other.plain(buffer, 12, 4, 'read', 1);
    expect(places(races)).toContainEqual([3, 1, 7]);
  });

  test('and anew in each epoch', () => {
    const { mine, entries, read } = trained();
    for (let gap = 1; gap < 300; gap++) {
      read(3);
      expect(entries(), `after ${gap - 1} epochs`).toBe(1);
      for (let epoch = 0; epoch < gap; epoch++) {
        mine.release();
        read(4);
      }
      mine.release();
    }
  });

  test('nor for what was ignored', () => {
    const { mine, other, races, buffer, read } = trained();
    read(2);
    mine.detector.ignoring('reads', () => read(3));
    read(3);
    mine.end();
    other.plain(buffer, 12, 4, 'write', 1);
    expect(places(races)).toContainEqual([3, 1, 5]);
  });
});

test('what is ignored is not recorded', () => {
  const { mine, other, races, buffer, newView } = scene();
  const view = newView();
  const way = view.w(0, 5);
  mine.detector.ignoring('writes', () => view.w(1, 5, way));
  // all that is left of it is a read, and so it is no way for what comes later
  const half = mine.detector.ignoring('writes', () => view.u(3, 6));
  view.w(2, 5, way);
  view.u(4, 6, half);
  mine.end();
  for (const element of [0, 1, 2, 3, 4]) other.plain(buffer, element * 4, 4, 'read', element + 10);
  expect(places(races)).toEqual([
    [0, 10, 5],
    [2, 12, 5],
    [4, 14, 6],
  ]);
});

test('is asked again once the ways are forgotten', () => {
  const { mine, newView } = scene();
  const view = newView();
  const way = view.r(0, 5);
  mine.detector.forgetWays();
  expect(view.r(1, 5, way)).not.toBe(way);
  mine.end();
});

test('`m` answers the way of its update, and takes it', () => {
  const { mine, other, races, buffer, newView } = scene();
  const view = newView();
  const way = view.m(0, 7, 5);
  expect(typeof way).toBe('object');
  expect(view.m(2, 7, 5, way)).toBe(way);
  expect(view.m(4, 'no number', 5, way)).toBe(false);
  expect(typeof view.m(6, 7, 5, false)).toBe('object');
  mine.end();
  for (const element of [0, 2, 4, 6]) other.plain(buffer, element * 4, 4, 'write', element + 10);
  expect(races.map(({ byteOffset, previous }) => [byteOffset / 4, previous.type])).toEqual([
    [0, 'update'],
    [2, 'update'],
    [4, 'read'],
    [6, 'update'],
  ]);
});

/**
 * Another thread makes its access at every point of a loop's rows, one point after another: each entry of a function of the
 * core, and each step of Atomics. One of the two finds each race, wherever that is (runtime/core/shadow/rows.ts). And rows
 * go from their entry to the blocks at every point of another thread's access, which finds them here or there.
 */
import { expect, test } from 'vitest';
import type { Core, CoreThread } from '../../runtime/core/core.ts';
import type { AccessClass } from '../../runtime/core/shadow/kind.ts';
import type { TrackedView } from '../../runtime/core/shadow/tracked-view.ts';
import { makeMortal, meanwhileAt } from './death.ts';

makeMortal(['core/timeline']);

const { nextCore } = await import('./memory.ts');
const { PLAIN_READ, PLAIN_WRITE } = await import('../../runtime/core/shadow/kind.ts');

const BYTES = 40_000;
const WIDTH = 70;

function scene(core: Core) {
  const main = core.main();
  const [mine, other] = [main.fork(), main.fork()];
  const buffer = core.buffer(BYTES);
  const raced = new Set<number>();
  const { detector } = mine;
  detector.soon = () => {};
  detector.onFound = () => {
    for (const { byteOffset } of detector.takeRaces()) raced.add(byteOffset / 4);
  };
  other.onRace = ({ byteOffset }) => raced.add(byteOffset / 4);
  const shadow = mine.parts.buffers.get(buffer);
  const lane = detector.laneOf(shadow, 2)!;
  const plane = shadow.plane(2 as AccessClass);
  const view: TrackedView = { id: 1, name: 'Int32Array', first: 0, shadow, plane, lane };
  const viewOf = (thread: CoreThread): TrackedView => {
    const its = thread.parts.buffers.get(buffer);
    const lane = thread.detector.laneOf(its, 2)!;
    return { id: 1, name: 'Int32Array', first: 0, shadow: its, plane: its.plane(2 as AccessClass), lane };
  };
  const sweep = (first: number, kind = PLAIN_READ, width = WIDTH): number =>
    detector.sweep(view, first, first + width, kind, 3);
  const write = (element: number): void => other.plain(buffer, element * 4, 4, 'write', 7);
  // what is allocated, is: a lock would be waited for by the thread that has it
  sweep(9000);
  sweep(9000, PLAIN_WRITE);
  mine.release();
  write(9500);
  const theirs = viewOf(other);
  other.detector.sweep(theirs, 9600, 9600 + WIDTH, PLAIN_READ, 7);
  other.release();
  return { mine, other, buffer, own: view, view: theirs, sweep, write, raced };
}

type Scene = ReturnType<typeof scene>;

const LOOPS: Record<string, (set: Scene) => void> = {
  'rows one after another': ({ sweep }) => {
    for (const first of [0, 100, 200, 300]) sweep(first);
  },
  'rows that are compared in between': ({ mine, sweep }) => {
    for (const first of [0, 100, 200, 300]) {
      sweep(first);
      mine.detector.catchUp();
    }
  },
  'rows from the last to the first': ({ mine, sweep }) => {
    for (const first of [300, 200, 100, 0]) {
      sweep(first);
      mine.detector.catchUp();
    }
  },
  'one row, piece by piece': ({ mine, sweep }) => {
    for (let first = 0; first < 400; first += 50) {
      sweep(first, PLAIN_READ, 50);
      if (first % 100 === 0) mine.detector.catchUp();
    }
  },
  'the same rows in the next epoch': ({ mine, sweep }) => {
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const first of [0, 100, 200, 300]) sweep(first);
      mine.release();
    }
  },
  'rows of more kinds than there is room for': ({ sweep }) => {
    for (const first of [0, 100, 200, 300])
      for (let more = 0; more < 20; more++) sweep(first + more, PLAIN_WRITE, WIDTH - more);
  },
};

test.each(Object.keys(LOOPS))('%s', { timeout: 60_000 }, (name) => {
  const points = new Set<string>();
  for (let n = 0; ; n++) {
    const set = scene(nextCore());
    const { mine, write, raced } = set;
    const where = meanwhileAt(
      n,
      () => {
        LOOPS[name]!(set);
        mine.release();
      },
      () => {
        // of the first row, of a later one, and between them
        for (const element of [20, 330, 390, 80]) write(element);
      },
    );
    if (where === undefined) break;
    points.add(where);
    const between = name === 'one row, piece by piece' ? [80, 390] : [];
    const missed = [20, 330, ...between].filter((element) => !raced.has(element));
    expect(missed, `${where} (point ${n})`).toEqual([]);
    expect(raced.size, `${where} (point ${n})`).toBe(2 + between.length);
  }
  expect(points.size).toBeGreaterThan(10);
});

test.each([3, 40])('an atomic store to one of %i elements that were put off', (accesses) => {
  const points = new Set<string>();
  for (let n = 0; ; n++) {
    const { mine, other, buffer, own, raced } = scene(nextCore());
    other.atomic(buffer, 5 * 4, 4, 'store', 7);
    // what the other one has done so far is known: only the store is not
    other.atomic(buffer, 20_000, 4, 'store', 1);
    mine.atomic(buffer, 20_000, 4, 'load', 1);
    const where = meanwhileAt(
      n,
      () => {
        for (let i = 0; i < accesses; i++) mine.detector.note(own, i * 2, PLAIN_READ, 7);
        mine.detector.catchUp();
      },
      () => other.atomic(buffer, 4 * 4, 4, 'store', 8),
    );
    if (where === undefined) break;
    points.add(where);
    expect([...raced], `${where} (point ${n})`).toEqual([4]);
  }
  expect(points.size).toBeGreaterThan(10);
});

/** Accesses of the other thread to the row of the elements 0 … 69, and which of those it finds. */
const FINDERS: Record<string, { elements: number[]; access: (set: Scene, kind: 'read' | 'write') => void }> =
  {
    'single elements': {
      elements: [20, 66],
      access: ({ other, buffer }, kind) => {
        for (const element of [20, 66]) other.plain(buffer, element * 4, 4, kind, 7);
      },
    },
    'elements that were put off': {
      elements: [20, 66, 69],
      access: ({ other, view }, kind) => {
        const { detector } = other;
        for (const element of [20, 66, 69])
          detector.note(view, element, kind === 'read' ? PLAIN_READ : PLAIN_WRITE, 7);
        detector.catchUp();
      },
    },
    'a range': {
      elements: Array.from({ length: 12 }, (_, i) => i + 58),
      access: ({ other: { detector }, view: { shadow } }, kind) => {
        detector.elements(shadow, 2, 58, 75, 1, kind === 'read' ? PLAIN_READ : PLAIN_WRITE, 7);
      },
    },
    'a row': {
      elements: Array.from({ length: 9 }, (_, i) => i + 61),
      access: ({ other, view }, kind) => {
        other.detector.sweep(view, 61, 80, kind === 'read' ? PLAIN_READ : PLAIN_WRITE, 7);
        other.detector.catchUp();
      },
    },
  };

test.for(
  Object.keys(FINDERS).flatMap((name) => [
    { name, theirs: 'read', rows: 7, kind: PLAIN_WRITE } as const,
    { name, theirs: 'write', rows: 7, kind: PLAIN_WRITE } as const,
    { name, theirs: 'write', rows: 31, kind: PLAIN_READ } as const,
  ]),
)(
  '$name finds by a $theirs a row that makes room for the $rows behind it',
  ({ name, theirs, rows, kind }) => {
    const { access, elements } = FINDERS[name]!;
    const points = new Set<string>();
    for (let n = 0; ; n++) {
      const set = scene(nextCore());
      const { mine, other, buffer, sweep, raced } = set;
      mine.detector.leastRow = 1;
      for (const thread of [mine, other])
        for (const kind of ['read', 'write'] as const)
          thread.plain(buffer, 3000 * 4 + kind.length * 4, 4, kind, 9);
      // what is in blocks so far, the other one knows
      mine.atomic(buffer, 20_000, 4, 'store', 1);
      other.atomic(buffer, 20_000, 4, 'load', 1);
      for (let row = 0; row < rows; row++) {
        sweep(row * 100, kind);
        mine.release();
      }
      const { detector } = other;
      detector.soon = () => {};
      detector.onFound = () => {
        for (const { byteOffset } of detector.takeRaces()) raced.add(byteOffset / 4);
      };
      raced.clear();
      const where = meanwhileAt(
        n,
        () => {
          access(set, theirs);
          if (detector.found) detector.onFound(set.view);
        },
        () => sweep(rows * 100, kind),
      );
      if (where === undefined) break;
      points.add(where);
      expect(
        [...raced].sort((a, b) => a - b),
        `${where} (point ${n})`,
      ).toEqual(elements);
    }
    expect(points.size).toBeGreaterThan(3);
  },
);

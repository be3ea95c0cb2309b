/**
 * Another thread makes its access at every point of a loop's rows, one point after another: each entry of a function of the
 * core, and each step of Atomics. One of the two finds each race, wherever that is (runtime/core/shadow/rows.ts).
 */
import { expect, test } from 'vitest';
import type { Core } from '../../runtime/core/core.ts';
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
  const sweep = (first: number, kind = PLAIN_READ, width = WIDTH): number =>
    detector.sweep(view, first, first + width, kind, 3);
  const write = (element: number): void => other.plain(buffer, element * 4, 4, 'write', 7);
  // what is allocated, is: a lock would be waited for by the thread that has it
  sweep(9000);
  sweep(9000, PLAIN_WRITE);
  mine.release();
  write(9500);
  return { mine, sweep, write, raced };
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

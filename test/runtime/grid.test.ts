/** Elements that loops inside each other touch: what stands for them is them, and as little as may be. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Grid } from '../../runtime/grid.ts';

type Step = readonly [by: number, count: number];

const allOf = (first: number, steps: readonly Step[]): number[] =>
  steps.reduce(
    (all, [by, count]) => all.flatMap((at) => Array.from({ length: count }, (_, i) => at + i * by)),
    [first],
  );

/** A grid of those steps, as it settles. */
function settled(first: number, steps: readonly Step[]): { grid: Grid; isSure: boolean; kept: Step[] } {
  const grid = new Grid();
  grid.begin(first);
  for (const [by, count] of steps) grid.add(by, count);
  const isSure = grid.settle();
  const kept = Array.from(
    { length: grid.depth },
    (_, i) => [grid.steps[i], grid.counts[i]] as unknown as Step,
  );
  return { grid, isSure, kept };
}

test('a grid is what its steps make', () => {
  const step = fc.tuple(fc.integer({ min: -12, max: 12 }), fc.nat(6));
  fc.assert(
    fc.property(fc.integer({ min: -40, max: 40 }), fc.array(step, { maxLength: 4 }), (first, steps) => {
      const { grid, isSure, kept } = settled(first, steps);
      const all = allOf(first, steps);
      expect(isSure).toBe(true);
      expect(grid.empty).toBe(all.length === 0);
      if (grid.empty) return;
      expect(new Set(allOf(grid.first, kept))).toEqual(new Set(all));
      expect([grid.first, grid.last]).toEqual([Math.min(...all), Math.max(...all)]);
      expect(kept.every(([by], i) => by > (kept[i - 1]?.[0] ?? 0))).toBe(true);
    }),
  );
});

test.for<[what: string, steps: Step[], kept: Step[]]>([
  ['one element', [[0, 5]], []],
  [
    'a whole matrix',
    [
      [10, 4],
      [1, 10],
    ],
    [[1, 40]],
  ],
  [
    'a whole volume, from its innermost loop',
    [
      [1, 5],
      [5, 6],
      [30, 7],
    ],
    [[1, 210]],
  ],
  [
    'a matrix but for its margin',
    [
      [10, 4],
      [1, 8],
    ],
    [
      [1, 8],
      [10, 4],
    ],
  ],
  [
    'columns of a matrix',
    [
      [1, 10],
      [10, 4],
      [0, 3],
    ],
    [[1, 40]],
  ],
  [
    'a convolution, whose windows overlap',
    [
      [12, 4],
      [1, 8],
      [12, 3],
      [1, 3],
    ],
    [
      [1, 10],
      [12, 6],
    ],
  ],
  [
    'one that goes back',
    [
      [-10, 4],
      [-1, 10],
    ],
    [[1, 40]],
  ],
  [
    'steps that are no multiples',
    [
      [3, 4],
      [2, 5],
    ],
    [
      [2, 5],
      [3, 4],
    ],
  ],
])('%s takes as few steps as may be', ([, steps, kept]) => {
  expect(settled(100, steps).kept).toEqual(kept);
});

test.for<[what: string, first: number, steps: Step[]]>([
  ['begins between two', 0.5, [[1, 3]]],
  ['goes to between two', 0, [[0.5, 3]]],
  [
    'goes there and back',
    0,
    [
      [0.5, 2],
      [-0.5, 2],
    ],
  ],
  ['is no number', Number.NaN, [[1, 3]]],
  ['goes on by none', 0, [[Number.NaN, 3]]],
  ['ends where integers cannot be told apart', 0, [[2 ** 52, 4]]],
])('a grid that %s is none', ([, first, steps]) => {
  expect(settled(first, steps).isSure).toBe(false);
});

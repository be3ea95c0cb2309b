/** Ranges of site numbers: by content, apart from each other, and found again. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { FIRST_BUILT } from '../../../runtime/interface.ts';
import { SiteRanges } from '../../../src/build/site-ranges.ts';

const hashOf = (name: unknown): string => createHash('sha1').update(String(name)).digest('hex');

test('a module gets the same range in every build, whatever comes before it', () => {
  const [one, other] = [new SiteRanges(), new SiteRanges()];
  const first = one.take(hashOf('a'), 100);
  other.take(hashOf('b'), 100);
  expect(other.take(hashOf('a'), 100)).toBe(first);
  expect(one.take(hashOf('a'), 100)).toBe(first);
});

test('five thousand modules of a build overlap nowhere, and fit into a literal', () => {
  const ranges = new SiteRanges();
  const count = 20_000;
  const taken = Array.from({ length: 5000 }, (_, i) => ranges.take(hashOf(i), count)).sort((a, b) => a - b);
  expect(taken[0]).toBeGreaterThanOrEqual(FIRST_BUILT);
  expect(taken.at(-1)! + count).toBeLessThanOrEqual(2 ** 28);
  taken.forEach((from, i) => {
    if (i > 0) expect(from).toBeGreaterThanOrEqual(taken[i - 1]! + count);
  });
});

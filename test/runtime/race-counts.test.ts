/** How often a race was seen: by two threads, each with the table as it is in its own. */
import { beforeEach, expect, test } from 'vitest';
import type { Race, RacingAccess } from '../../runtime/core/race.ts';
import { RaceCounts } from '../../runtime/race-counts.ts';
import type { Site } from '../../runtime/sites.ts';
import { Strings } from '../../runtime/strings.ts';
import { nextCore } from '../core/memory.ts';

const ONE = { site: 1000, cause: 0 };
const OTHER = { site: 1001, cause: 0 };

let one: RaceCounts;
let other: RaceCounts;
beforeEach(() => {
  const main = nextCore().main();
  [one, other] = [main, main.fork()].map(({ parts: { memory, locks } }) => {
    const site = (line: number): Site => ({ file: 'a.ts', line, column: 1 }) as Site;
    return new RaceCounts(memory, locks, new Strings(memory.strings), site);
  }) as [RaceCounts, RaceCounts];
});

const access = (thread: number, clock: number, type: RacingAccess['type'] = 'update'): RacingAccess => ({
  type,
  atomic: false,
  size: 4,
  thread,
  stack: 1,
  clock,
});

const race = (current: RacingAccess, previous: RacingAccess, byteOffset = 0): Race => ({
  kind: 'write-write',
  buffer: 1,
  byteOffset,
  byteLength: 4,
  view: 'Int32Array',
  index: byteOffset / 4,
  current,
  previous,
});

test('two threads that see each other see one race', () => {
  for (let element = 0; element < 100; element++) {
    const [mine, theirs] = [access(1, 5 + element), access(2, 7)];
    expect(one.see(ONE, OTHER, race(mine, theirs, element * 4), 1)).toBe(element === 0 ? 0 : -1);
    expect(other.see(OTHER, ONE, race(theirs, mine, element * 4), 2)).toBe(-1);
  }
  expect([one.all(), other.all()]).toEqual([[100], [100]]);
});

test.for<[string, Race]>([
  ['of another epoch', race(access(2, 8), access(1, 5))],
  ['of another element', race(access(2, 7), access(1, 5), 4)],
  ['of another thread', race(access(3, 7), access(1, 5))],
  ['of another type', race(access(2, 7, 'read'), access(1, 5))],
])('one %s is another', ([, next]) => {
  one.see(ONE, OTHER, race(access(1, 5), access(2, 7)), 1);
  other.see(OTHER, ONE, next, 2);
  expect(one.all()).toEqual([2]);
});

/** A lane has codes for the first stacks that it meets: those of accesses behind them are told as exactly. */
import { expect, test } from 'vitest';
import type { CoreThread } from '../../runtime/core/core.ts';
import { createCore } from '../../runtime/core/core.ts';
import { Control, Weakness } from '../../runtime/core/memory/control.ts';
import { createSegments } from '../../runtime/core/memory/memory.ts';
import { reserve } from '../../runtime/core/memory/table.ts';
import type { Race } from '../../runtime/core/race.ts';
import { nextCore } from './memory.ts';

const WIDTH = 4;
/** of the current access */
const MINE = 1;

interface Scene {
  main: CoreThread;
  worker: CoreThread;
  races: Race[];
}

function sceneOf(core = nextCore()): Scene & { buffer(elements: number): number } {
  const main = core.main();
  const worker = main.fork();
  const races: Race[] = [];
  worker.onRace = (race) => races.push(race);
  return { main, worker, races, buffer: (elements) => core.buffer(elements * WIDTH) };
}

/** Element and stack of the previous access of each race. */
const previous = (races: readonly Race[]): [number, number][] =>
  races.map(({ byteOffset, previous }) => [byteOffset / WIDTH, previous.stack]);

test.for([
  { elements: 8, passes: 30 },
  { elements: 300, passes: 1 },
  { elements: 5000, passes: 2 },
])('$elements elements, $passes times, a stack each time', ({ elements, passes }) => {
  const { main, worker, races, buffer } = sceneOf();
  const at = buffer(elements);
  const all = Array.from({ length: elements }, (_, e) => e);
  for (let pass = 0; pass < passes; pass++) {
    for (const e of all) main.plain(at, e * WIDTH, WIDTH, 'write', 10 + pass * elements + e);
    main.release();
  }
  for (const e of all) worker.plain(at, e * WIDTH, WIDTH, 'read', MINE);
  expect(previous(races)).toEqual(all.map((e) => [e, 10 + (passes - 1) * elements + e]));
});

test('reads, of which some come after a write of their own', () => {
  const { main, worker, races, buffer } = sceneOf();
  const at = buffer(256);
  const all = Array.from({ length: 256 }, (_, e) => e);
  for (const e of all) {
    if (e % 2 === 0) main.plain(at, e * WIDTH, WIDTH, 'write', 1000 + e);
    main.plain(at, e * WIDTH, WIDTH, 'read', 2000 + e);
  }
  for (const e of all) worker.plain(at, e * WIDTH, WIDTH, 'write', MINE);
  expect(previous(races)).toEqual(all.map((e) => [e, e % 2 === 0 ? 1000 + e : 2000 + e]));
});

test.for([8, 300])('%i words that are written atomically, each time from another stack', (words) => {
  const { main, worker, races, buffer } = sceneOf();
  const at = buffer(words);
  const all = Array.from({ length: words }, (_, e) => e);
  for (let pass = 0; pass < 30; pass++)
    for (const e of all)
      main.atomic(at, e * WIDTH, WIDTH, e % 2 === 0 ? 'store' : 'rmw', 10 + pass * words + e);
  for (const e of all) worker.plain(at, e * WIDTH, WIDTH, 'read', MINE);
  expect(previous(races)).toEqual(all.map((e) => [e, 10 + 29 * words + e]));
});

test('parts of blocks, as ranges', () => {
  const { main, worker, races, buffer } = sceneOf();
  const at = buffer(64 * 200);
  for (let block = 0; block < 200; block++)
    main.range(at, (block * 64 + 8) * WIDTH, 2 * WIDTH, 'write', 10 + block);
  for (let block = 0; block < 200; block++) worker.plain(at, (block * 64 + 9) * WIDTH, WIDTH, 'read', MINE);
  // a range is an access of eight bytes where it can be
  expect(previous(races).map(([, stack]) => stack)).toEqual(
    Array.from({ length: 200 }, (_, block) => 10 + block),
  );
});

test('without memory for them: the summary says so, and what has its place goes on', () => {
  const segments = [...createSegments().slice(0, -12), reserve(2 ** 16)];
  const { main, worker, races, buffer } = sceneOf(createCore(segments));
  const weakness = (): number => main.parts.memory.control.words[Control.WEAKNESS] as number;
  const [small, large] = [buffer(4), buffer(8192)];
  main.plain(small, 0, WIDTH, 'write', 2);
  for (let turn = 0; turn < 2; turn++) {
    for (let e = 0; e < 8192; e++) main.plain(large, e * WIDTH, WIDTH, 'write', 10 + e);
    main.release();
  }
  expect(weakness()).toBe(Weakness.NO_MEMORY);
  worker.plain(small, 0, WIDTH, 'write', MINE);
  for (let e = 0; e < 62; e++) worker.plain(large, e * WIDTH, WIDTH, 'write', MINE);
  // what the worker does behind the first element is not recorded any more either
  expect(previous(races)).toEqual([
    [0, 2],
    [0, 10],
  ]);
});

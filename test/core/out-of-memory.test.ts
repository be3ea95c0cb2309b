/** Out of shadow memory: accesses go unchecked, the summary says so, nothing throws, and what fits is still checked. */
import { expect, test } from 'vitest';
import { createCore } from '../../runtime/core/core.ts';
import { Control, Weakness } from '../../runtime/core/memory/control.ts';
import { createSegments } from '../../runtime/core/memory/memory.ts';
import { OutOfShadowMemory, reserve } from '../../runtime/core/memory/table.ts';
import { PLAIN_READ, PLAIN_WRITE } from '../../runtime/core/shadow/kind.ts';

const CELL_SEGMENTS = 12;
const LARGE = 2 ** 24;
const SMALL = 64;

/** A memory that has so many bytes for cells. */
function memoryWith(bytes: number): SharedArrayBuffer[] {
  return [...createSegments().slice(0, -CELL_SEGMENTS), reserve(bytes)];
}

test.for([2 ** 16, 2 ** 17, 2 ** 20, 2 ** 22])('of %d bytes', (bytes) => {
  const core = createCore(memoryWith(bytes));
  const main = core.main();
  const worker = main.fork();
  const races: number[] = [];
  for (const thread of [main, worker]) thread.onRace = ({ buffer }) => races.push(buffer);
  const weakness = (): number => main.parts.memory.control.words[Control.WEAKNESS] as number;
  const [small, large] = [core.buffer(SMALL), core.buffer(LARGE)];

  main.plain(small, 0, 4, 'write', 1);
  worker.plain(small, 0, 4, 'write', 2);
  expect(races).toEqual([small]);
  expect(weakness()).toBe(0);

  // element by element, until no chunk of cells is left
  for (let turn = 0; turn < 3; turn++) {
    for (const thread of [main, worker]) {
      for (let at = 0; at < LARGE; at += 4096) thread.plain(large, at, 4, 'read', 3);
      thread.range(large, 8, LARGE - 16, 'read', 4);
    }
  }
  expect(weakness()).toBe(Weakness.NO_MEMORY);
  expect(races, 'reads do not race').toEqual([small]);

  // what has its cells goes on
  main.plain(small, 4, 4, 'write', 5);
  worker.plain(small, 4, 4, 'write', 6);
  expect(races).toEqual([small, small]);

  // an order that cannot be kept: from then on nothing is told
  main.atomic(large, 0, 4, 'store', 7);
  worker.atomic(large, 0, 4, 'load', 8);
  main.waiters(large, 0);
  expect(weakness() & Weakness.EDGE_LOST).not.toBe(0);
  expect(main.detector.trusted).toBe(false);
});

test('accesses of a view without a lane go into no other lane', () => {
  const core = createCore(createSegments());
  const main = core.main();
  const worker = main.fork();
  const races: number[] = [];
  for (const thread of [main, worker]) thread.onRace = ({ byteOffset }) => races.push(byteOffset);
  const buffer = core.buffer(SMALL);
  const { detector, parts } = worker;
  detector.soon = () => {};
  const shadow = parts.buffers.get(buffer);
  const [plane, lane] = [detector.planeOf(shadow, 2)!, detector.laneOf(shadow, 2)!];
  const full = (): never => {
    throw new OutOfShadowMemory('no room for a lane');
  };
  const view = { id: 1, name: 'Int32Array', first: 0, shadow, plane, lane };
  // as of a thread that has taken another tid since
  const lost = {
    ...view,
    id: 2,
    lane: { ...lane, tid: 0 },
    plane: Object.create(plane, { own: { value: full } }),
  };
  detector.note(view, 1, PLAIN_WRITE, 1);
  for (const element of [4, 6, 8]) detector.note(lost as never, element, PLAIN_READ, 2);
  detector.catchUp();
  for (let at = 0; at < SMALL; at += 4) main.plain(buffer, at, 4, 'read', 3);
  expect(races).toEqual([4]);
  expect(main.parts.memory.control.words[Control.WEAKNESS]).toBe(Weakness.NO_MEMORY);
});

test('an atomic write that cannot be remembered still orders', () => {
  const core = createCore(createSegments());
  const main = core.main();
  const worker = main.fork();
  const races: number[] = [];
  for (const thread of [main, worker]) thread.onRace = ({ buffer }) => races.push(buffer);
  const [data, flag] = [core.buffer(SMALL), core.buffer(SMALL)];
  const full = (): never => {
    throw new OutOfShadowMemory('no room for a plane');
  };
  Reflect.defineProperty(main.parts.buffers.get(flag), 'plane', { value: full });
  for (let turn = 0; turn < 3; turn++) {
    main.plain(data, 0, 4, 'write', 1);
    main.atomic(flag, 0, 4, 'store', 2);
    worker.atomic(flag, 0, 4, 'load', 3);
    worker.plain(data, 0, 4, 'read', 4);
    main.acquire(worker.release());
  }
  expect(races).toEqual([]);
  expect(main.parts.memory.control.words[Control.WEAKNESS]).toBe(Weakness.NO_MEMORY);
});

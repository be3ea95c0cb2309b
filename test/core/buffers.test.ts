/** What a shared buffer had goes when nobody has the buffer, not before, and leaves nothing behind. */
import { describe, expect, test } from 'vitest';
import { type CoreThread, createCore } from '../../runtime/core/core.ts';
import { type AccessClass, PLAIN_WRITE } from '../../runtime/core/shadow/kind.ts';

const BYTES = 64;

/** Words taken from each table so far. */
function taken({ parts }: CoreThread): number[] {
  const { buffers, lanes, records, cells } = parts.memory;
  return [buffers, lanes, records, ...cells].map(({ words }) => words[0] as number);
}

function pair(): { main: CoreThread; worker: CoreThread; races: () => number } {
  const main = createCore().main();
  const worker = main.fork();
  let races = 0;
  for (const thread of [main, worker]) thread.onRace = () => races++;
  return { main, worker, races: () => races };
}

/** A row of a loop, of a thread's words. */
function sweep({ detector, parts }: CoreThread, id: number, first: number, end: number): void {
  const shadow = parts.buffers.get(id);
  const lane = detector.laneOf(shadow, 2)!;
  const view = { id: 1, name: 'Int32Array', first: 0, shadow, plane: shadow.plane(2 as AccessClass), lane };
  detector.sweep(view, first, end, PLAIN_WRITE, 6);
}

/** Sends a buffer of `from` to the other thread. */
function send(id: number, from: CoreThread, to: CoreThread): void {
  from.parts.buffers.send(id);
  to.parts.buffers.receive(id);
}

describe('a buffer that two threads used', () => {
  test.for([BYTES, 100_000])('of %d bytes costs nothing when both have dropped it', (bytes) => {
    const { main, worker, races } = pair();
    let after: number[] = [];
    for (let turn = 0; turn < 300; turn++) {
      const { id } = main.parts.buffers.create(bytes, 0, 0);
      send(id, main, worker);
      // every kind of record: cells of elements and of whole blocks, rows, sync variables, their waiters, who was woken
      worker.plain(id, 4, 4, 'write', 1);
      sweep(worker, id, 2, 10);
      worker.range(id, 8, bytes - 16, 'write', 2);
      worker.atomic(id, 0, 4, 'store', 3);
      worker.waiters(id, 0);
      worker.wakes(id, 0);
      main.acquire(worker.release());
      main.atomic(id, 0, 4, 'rmw', 4);
      main.range(id, 8, bytes - 16, 'read', 5);
      main.parts.buffers.drop(id);
      worker.parts.buffers.drop(id);
      worker.acquire(main.release());
      if (turn === 2) after = taken(main);
    }
    expect(taken(main)).toEqual(after);
    expect(races()).toBe(0);
  });

  test('leaves nothing to the next one', () => {
    const { main, worker, races } = pair();
    const { id } = main.parts.buffers.create(BYTES, 0, 0);
    send(id, main, worker);
    worker.plain(id, 0, 4, 'write', 1);
    worker.atomic(id, 4, 4, 'store', 2);
    sweep(worker, id, 2, 10);
    worker.detector.catchUp();
    worker.parts.buffers.drop(id);
    main.parts.buffers.drop(id);
    const next = main.parts.buffers.create(2 * BYTES, 0, 0);
    expect(next.id).toBe(id);
    expect(next.byteLength).toBe(2 * BYTES);
    expect(next.classes()).toBe(0);
    main.plain(id, 0, 4, 'write', 3);
    main.plain(id, 4, 4, 'write', 4);
    main.plain(id, 16, 4, 'write', 4);
    expect(races()).toBe(0);
    // and it is a buffer like any other
    send(id, main, worker);
    worker.plain(id, 0, 4, 'write', 5);
    expect(races()).toBe(1);
  });

  test.for([
    ['a thread has it', () => {}],
    [
      'a message with it is on its way',
      ({ main, worker }, id) => {
        main.parts.buffers.send(id);
        worker.parts.buffers.drop(id);
      },
    ],
    [
      'a race names it',
      ({ main, worker }, id) => {
        main.plain(id, 0, 4, 'write', 1);
        worker.plain(id, 0, 4, 'write', 2);
        worker.parts.buffers.drop(id);
      },
    ],
  ] as [string, (threads: ReturnType<typeof pair>, id: number) => void][])('stays while %s', ([, step]) => {
    const threads = pair();
    const { main, worker } = threads;
    const { id } = main.parts.buffers.create(BYTES, 0, 0);
    send(id, main, worker);
    step(threads, id);
    main.parts.buffers.drop(id);
    expect(main.parts.buffers.create(BYTES, 0, 0).id).not.toBe(id);
  });

  test('goes with a thread that ended and had it last', () => {
    const { main, worker } = pair();
    const { id } = main.parts.buffers.create(BYTES, 0, 0);
    send(id, main, worker);
    main.parts.buffers.drop(id);
    main.join(worker);
    expect(main.parts.buffers.create(BYTES, 0, 0).id).toBe(id);
  });

  test('counts a message to oneself, and one that brings a known buffer, once', () => {
    const { main, worker } = pair();
    const { id } = main.parts.buffers.create(BYTES, 0, 0);
    for (let i = 0; i < 3; i++) send(id, main, main);
    for (let i = 0; i < 3; i++) send(id, main, worker);
    worker.parts.buffers.drop(id);
    worker.parts.buffers.drop(id);
    const other = main.parts.buffers.create(BYTES, 0, 0);
    expect(other.id).not.toBe(id);
    main.parts.buffers.drop(id);
    expect(main.parts.buffers.create(BYTES, 0, 0).id).toBe(id);
  });
});

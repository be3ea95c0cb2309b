/** An atomic load without the lock of its word: it counts if nobody has changed the word meanwhile, and not at all otherwise. */
import { expect, test } from 'vitest';
import type { CoreThread } from '../../runtime/core/core.ts';
import type { Race } from '../../runtime/core/race.ts';
import { nextCore } from './memory.ts';

const WORD = 2;
const STACK = 9;

function scene() {
  const core = nextCore();
  const writer = core.main();
  const reader = writer.fork();
  const races: Race[] = [];
  for (const thread of [writer, reader]) thread.onRace = (race) => races.push(race);
  const [data, flag] = [core.buffer(64), core.buffer(64)];
  const { detector, parts } = reader;
  const shadow = parts.buffers.get(flag);
  return {
    writer,
    reader,
    races,
    publish(thread: CoreThread = writer, stack = 2) {
      thread.plain(data, 0, 4, 'write', 1);
      thread.atomic(flag, 0, 4, 'store', stack);
    },
    read: () => reader.plain(data, 0, 4, 'read', 3),
    beginLoad: () => detector.beginLoad(shadow, 0, WORD),
    isQuiet: (version: number) => detector.isQuiet(version, shadow, 0, WORD),
    endLoad: (version: number) => detector.endLoad(version, shadow, 0, WORD, STACK),
    flag,
  };
}

test('acquires what the word releases', () => {
  const { publish, beginLoad, isQuiet, endLoad, read, races } = scene();
  publish();
  const version = beginLoad();
  expect(version).toBeGreaterThanOrEqual(0);
  expect(isQuiet(version)).toBe(false);
  expect(endLoad(version)).toBe(true);
  expect(isQuiet(version)).toBe(true);
  read();
  expect(races).toEqual([]);
});

test('acquires nothing when the word is changed before its end', () => {
  const { writer, publish, beginLoad, endLoad, read, races, flag } = scene();
  publish();
  const version = beginLoad();
  writer.atomic(flag, 0, 4, 'store', 4);
  expect(endLoad(version)).toBe(false);
  read();
  expect(races).toMatchObject([{ kind: 'read-write' }]);
});

test('is not begun while somebody has the lock', () => {
  const { writer, beginLoad, publish, flag } = scene();
  publish();
  const { detector, parts } = writer;
  const shadow = parts.buffers.get(flag);
  const lock = parts.locks.ofElement(shadow.id, 0, WORD);
  parts.locks.lockBlock(lock);
  expect(beginLoad()).toBe(-1);
  parts.locks.unlockBlock(lock);
  expect(beginLoad()).toBeGreaterThanOrEqual(0);
  expect(detector.trusted).toBe(true);
});

test('is compared with plain accesses', () => {
  const { writer, beginLoad, endLoad, reader, races, flag } = scene();
  writer.plain(flag, 0, 4, 'write', 5);
  expect(endLoad(beginLoad())).toBe(true);
  for (const race of reader.detector.takeRaces()) races.push(race);
  expect(races).toMatchObject([{ kind: 'atomic-plain', current: { stack: STACK }, previous: { stack: 5 } }]);
});

/**
 * A thread dies at every point of every operation, one point after another: V8 ends a worker where a function begins,
 * so each entry of a function or method of the core is a point, and each step of Atomics. What comes after it in that
 * thread does not happen, not even its `finally`. Then whoever survives goes on: nobody hangs, nothing is reported that
 * is ordered by the thread's end, and what races afterwards is still found.
 */
import { describe, expect, test } from 'vitest';
import type { CoreThread } from '../../runtime/core/core.ts';
import type { AccessClass } from '../../runtime/core/shadow/kind.ts';
import type { TrackedView } from '../../runtime/core/shadow/tracked-view.ts';
import { at, failureAt, makeMortal } from './death.ts';

makeMortal(['core/recovery', 'core/timeline']);

const { nextCore } = await import('./memory.ts');
const { Weakness, Control } = await import('../../runtime/core/memory/control.ts');
const { Names } = await import('../../runtime/core/names.ts');
const { Channels } = await import('../../runtime/core/channels.ts');
const { PLAIN_READ, PLAIN_UPDATE, PLAIN_WRITE } = await import('../../runtime/core/shadow/kind.ts');
const { State, ThreadWord } = await import('../../runtime/core/thread/registry.ts');

const BYTES = 40_000;

interface Stage {
  victim: CoreThread;
  other: CoreThread;
  main: CoreThread;
  buffer: number;
  /** one that only the victim knows besides main */
  second: number;
}

const OPERATIONS: Record<string, (stage: Stage) => void> = {
  'plain write': ({ victim, buffer }) => victim.plain(buffer, 0, 4, 'write', 1),
  'plain read': ({ victim, buffer }) => victim.plain(buffer, 0, 4, 'read', 1),
  'write of a word with a chain': ({ victim, buffer }) => victim.plain(buffer, 64, 4, 'write', 1),
  'long range': ({ victim, buffer }) => victim.range(buffer, 8, BYTES - 16, 'write', 1),
  'rows of a loop': ({ victim, buffer }) => {
    const view = wordsOf(victim, buffer);
    for (let row = 0; row < 4; row++)
      victim.detector.sweep(view, (row + 1) * 100, (row + 1) * 100 + 70, PLAIN_WRITE, 1);
    victim.detector.catchUp();
    victim.detector.sweep(view, 100, 170, PLAIN_READ, 2);
  },
  'atomic load': ({ victim, buffer }) => victim.atomic(buffer, 64, 4, 'load', 1),
  'atomic store': ({ victim, buffer }) => victim.atomic(buffer, 64, 4, 'store', 1),
  'atomic update': ({ victim, buffer }) => victim.atomic(buffer, 64, 4, 'rmw', 1),
  'first atomic of a size': ({ victim, buffer }) => victim.atomic(buffer, 128, 8, 'rmw', 1),
  'waiter list': ({ victim, buffer }) => victim.waiters(buffer, 64),
  notify: ({ victim, buffer }) => victim.wakes(buffer, 64),
  'reaction of a waitAsync': ({ victim, buffer }) => victim.awoken(buffer, 64),
  release: ({ victim, buffer }) => {
    victim.plain(buffer, 0, 4, 'write', 1);
    victim.release();
  },
  fork: ({ victim }) => void victim.fork(),
  'fork and join': ({ victim }) => victim.join(victim.fork()),
  end: ({ victim }) => victim.end(),
  'new buffer': ({ victim }) => {
    const { id } = victim.parts.buffers.create(BYTES, 1, 0);
    victim.parts.buffers.send(id);
    victim.plain(id, 0, 4, 'write', 1);
  },
  'dropped buffer': ({ victim, second }) => {
    victim.plain(second, 0, 4, 'write', 1);
    victim.atomic(second, 4, 4, 'store', 1);
    victim.waiters(second, 4);
    victim.range(second, 64, BYTES - 64, 'write', 1);
    victim.parts.buffers.drop(second);
  },
};

/** Sets the stage, lets the victim die at a point of the operation, and goes on without it. */
function play(operation: (stage: Stage) => void, point: number, told: boolean): string | undefined {
  const core = nextCore();
  const main = core.main();
  const [victim, other] = [main.fork(), main.fork()];
  const races: string[] = [];
  for (const thread of [main, victim, other]) {
    thread.onRace = (race) =>
      races.push(`${race.byteOffset}: ${race.previous.thread} ${race.current.thread}`);
  }
  const buffer = core.buffer(BYTES);
  const { id: second } = main.parts.buffers.create(BYTES, 0, 0);
  main.parts.buffers.send(second);
  victim.parts.buffers.receive(second);
  main.parts.buffers.drop(second);
  other.atomic(buffer, 64, 4, 'rmw', 9);
  victim.atomic(buffer, 64, 4, 'rmw', 9);
  victim.waiters(buffer, 68);

  const where = at(point, () => operation({ victim, other, main, buffer, second }));
  const { registry } = main.parts;
  registry.set(victim.seq, ThreadWord.STATE, State.FINISHED);
  // others meet what it left before its end is seen, or after
  const meet = (): void => {
    for (const at of [64, 68, 128]) {
      other.atomic(buffer, at, 4, 'rmw', 2);
      other.waiters(buffer, at);
    }
    other.join(other.fork());
    const { id } = other.parts.buffers.create(BYTES, 1, 0);
    other.plain(id, 0, 4, 'write', 2);
    other.parts.buffers.drop(id);
  };
  if (!told) meet();
  races.length = 0;
  main.join(victim);
  other.acquire(main.release());
  meet();
  other.range(buffer, 0, BYTES, 'write', 3);
  main.acquire(other.release());
  main.range(buffer, 0, BYTES, 'read', 4);
  expect(races, `${where}: ordered by the end`).toEqual([]);
  main.plain(buffer, 32, 4, 'write', 5);
  other.plain(buffer, 32, 4, 'write', 6);
  expect([...new Set(races)], `${where}: the race afterwards`).toEqual([`32: 0 ${other.seq}`]);
  const weakness = main.parts.memory.control.words[Control.WEAKNESS] as number;
  expect(weakness & ~Weakness.NO_TID, `${where}: weakness`).toBe(0);
  return where;
}

describe.each([false, true])('a thread that dies, its end seen first: %s', (told) => {
  test.each(Object.keys(OPERATIONS))('%s', { timeout: 120_000 }, (name) => {
    const points = new Set<string>();
    let n = 0;
    for (; ; n++) {
      const where = play(OPERATIONS[name]!, n, told);
      if (where === undefined) break;
      points.add(where);
    }
    expect(points.size, [...points].join(' ')).toBeGreaterThan(1);
    console.log(`${name}: ${n} points`);
  });
});

let views = 0;

/** The thread's view of the first words of a buffer, whose accesses are put off. */
function wordsOf(thread: CoreThread, buffer: number): TrackedView {
  const { detector, parts } = thread;
  const shadow = parts.buffers.get(buffer);
  const lane = detector.laneOf(shadow, 2)!;
  return { id: ++views, name: 'Int32Array', first: 0, shadow, plane: shadow.plane(2 as AccessClass), lane };
}

describe('accesses that a thread had put off when it died', () => {
  test('are compared by whoever sees its end', { timeout: 120_000 }, () => {
    let n = 0;
    for (; ; n++) {
      const core = nextCore();
      const main = core.main();
      const [victim, other] = [main.fork(), main.fork()];
      const buffer = core.buffer(BYTES);
      const races: string[] = [];
      for (const thread of [main, victim, other]) {
        thread.detector.soon = () => {};
        thread.detector.onFound = ({ name, first }) => {
          for (const { byteOffset, current, previous } of thread.detector.takeRaces())
            races.push(`${name} ${first} ${byteOffset}: ${current.thread} ${previous.thread}`);
        };
      }
      other.range(buffer, 8, 4, 'write', 1);
      other.range(buffer, 256, 512, 'write', 1);
      other.range(buffer, 4000, 8, 'write', 1);
      const view = wordsOf(victim, buffer);
      for (const e of [0, 1, 2, 3, 64, 65]) victim.detector.note(view, e, PLAIN_READ, 2);
      for (const e of [2, 100]) victim.detector.note(view, e, PLAIN_UPDATE, 3);
      victim.detector.note(wordsOf(victim, buffer), 2, PLAIN_WRITE, 4);
      for (const row of [9, 10, 11]) victim.detector.sweep(view, row * 100, row * 100 + 70, PLAIN_READ, 5);
      const where = at(n, () => victim.detector.catchUp());
      main.join(victim);
      const pair = `${victim.seq} ${other.seq}`;
      expect([...new Set(races)].sort(), where).toEqual(
        [8, 256, 260, 400, 4000, 4004].map((byte) => `Int32Array 0 ${byte}: ${pair}`).sort(),
      );
      if (where === undefined) break;
    }
    expect(n).toBeGreaterThan(10);
  });
});

/** What may fail without an order being lost, and what not: as the runtime of a thread takes it. */
const ACCESSES = [
  'plain write',
  'plain read',
  'write of a word with a chain',
  'long range',
  'rows of a loop',
  'new buffer',
];

describe('a failure inside, at every point', () => {
  test.each(Object.keys(OPERATIONS).filter((name) => name !== 'end'))('%s', { timeout: 120_000 }, (name) => {
    for (let n = 0; ; n++) {
      const core = nextCore();
      const main = core.main();
      const [victim, other] = [main.fork(), main.fork()];
      const races: number[] = [];
      for (const thread of [main, victim, other]) thread.onRace = ({ byteOffset }) => races.push(byteOffset);
      const buffer = core.buffer(BYTES);
      const { id: second } = victim.parts.buffers.create(BYTES, 0, 0);
      other.atomic(buffer, 64, 4, 'rmw', 9);
      victim.atomic(buffer, 64, 4, 'rmw', 9);
      victim.waiters(buffer, 68);
      const where = failureAt(n, () => {
        try {
          OPERATIONS[name]!({ victim, other, main, buffer, second });
        } catch (error) {
          if (ACCESSES.includes(name)) victim.detector.survive(error);
          else victim.detector.loseEdge();
        }
      });
      if (where === undefined) break;
      // it goes on, and hands over what it did
      victim.plain(buffer, 8, 4, 'write', 2);
      victim.atomic(buffer, 64, 4, 'rmw', 2);
      main.acquire(victim.release());
      other.atomic(buffer, 68, 4, 'rmw', 2);
      main.acquire(other.release());
      races.length = 0;
      main.range(buffer, 0, BYTES, 'write', 3);
      // what was found would not be told when an order was lost (`trusted`)
      if (victim.detector.trusted) expect(races, `${where}: ordered`).toEqual([]);
      main.plain(buffer, 32, 4, 'write', 5);
      other.plain(buffer, 32, 4, 'write', 6);
      expect([...new Set(races)], `${where}: the race afterwards`).toContain(32);
      const weakness = main.parts.memory.control.words[Control.WEAKNESS] as number;
      expect(weakness & Weakness.LOCK_TAKEN_FROM_LIVING, `${where}: a lock was left taken`).toBe(0);
    }
  });
});

/** A chain of threads, one after another in an order that is kept by one object: whoever comes after a death is in it. */
const CHAINS: Record<string, (thread: CoreThread, first: boolean) => void> = {
  lock: (thread) => {
    const names = namesOf(thread);
    const name = names.of('lock', 'a');
    const token = names.lock(name, true, false);
    touch(thread);
    names.unlock(name, true, token);
  },
  'lock that threads die with': (thread, first) => {
    const names = namesOf(thread);
    const name = names.of('lock', 'a');
    const token = names.lock(name, true, false);
    touch(thread);
    if (!first) names.unlock(name, true, token);
  },
  'annotated name': (thread) => {
    const names = namesOf(thread);
    names.acquire(names.of('annotation', 'a'));
    touch(thread);
    names.releaseMerge(names.of('annotation', 'a'));
  },
  'waiter list': (thread) => {
    thread.waiters(1, 64);
    touch(thread);
    thread.waiters(1, 64);
  },
  'atomic word': (thread) => {
    thread.atomic(1, 64, 4, 'rmw', 1);
    touch(thread);
    thread.atomic(1, 64, 4, 'rmw', 1);
  },
};

/** Those in which the end of a thread releases what it held. */
const RELEASES_ITSELF = ['lock', 'lock that threads die with'];

const namesOf = ({ detector, parts }: CoreThread): InstanceType<typeof Names> =>
  new Names(detector, parts.memory, parts.registry, parts.locks, parts.records);
/** What each thread does in the middle. */
let touch: (thread: CoreThread) => void = () => {};

describe('a thread that dies in the middle of a chain, which then goes on', () => {
  test.each(Object.keys(CHAINS))('%s', { timeout: 120_000 }, (name) => {
    const step = CHAINS[name]!;
    let n = 0;
    for (; ; n++) {
      const core = nextCore();
      const main = core.main();
      // clocks that no longer fit where they were
      const before = Array.from({ length: 4 }, () => main.fork());
      const [victim, after, last] = [main.fork(), main.fork(), main.fork()];
      const races: string[] = [];
      for (const thread of [...before, victim, after, last])
        thread.onRace = (race) => races.push(`${race.previous.thread} ${race.current.thread}`);
      const buffer = core.buffer(BYTES);
      expect(buffer).toBe(1);
      touch = (thread) => {
        // where a death gives up what was held, the others come after all that it did
        const at = thread === victim && !RELEASES_ITSELF.includes(name) ? 8 : 0;
        thread.plain(buffer, at, 4, 'write', 1);
      };
      for (const thread of before) {
        step(thread, true);
        main.parts.registry.set(thread.seq, ThreadWord.STATE, State.FINISHED);
      }
      const where = at(n, () => step(victim, false));
      main.parts.registry.set(victim.seq, ThreadWord.STATE, State.FINISHED);
      for (const thread of [after, last]) {
        step(thread, false);
        main.parts.registry.set(thread.seq, ThreadWord.STATE, State.FINISHED);
      }
      expect(races, `${where}`).toEqual([]);
      if (where === undefined) break;
    }
    expect(n).toBeGreaterThan(1);
    console.log(`${name}: ${n} points`);
  });
});

test('a channel whose closer dies at any point', () => {
  for (let n = 0; ; n++) {
    const core = nextCore();
    const main = core.main();
    const [victim, other] = [main.fork(), main.fork()];
    const races: number[] = [];
    other.onRace = ({ byteOffset }) => races.push(byteOffset);
    const buffer = core.buffer(BYTES);
    const of = ({ detector, parts }: CoreThread): InstanceType<typeof Channels> =>
      new Channels(detector, parts.registry, parts.locks, parts.records);
    const channel = of(victim).open();
    of(victim).move(channel, 1, false);
    of(other).move(channel, 1, true);
    victim.plain(buffer, 0, 4, 'write', 1);
    const where = at(n, () => of(victim).close(channel, 0));
    main.parts.registry.set(victim.seq, ThreadWord.STATE, State.FINISHED);
    of(other).closed(channel, 1, true);
    other.plain(buffer, 0, 4, 'write', 1);
    expect(races, `${where}`).toEqual([]);
    if (where === undefined) break;
  }
});

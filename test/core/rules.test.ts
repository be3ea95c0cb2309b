/**
 * SEMANTICS.md rule by rule. Each edge stands beside its twin without the edge; `race` and `noRace` hold the
 * oracle to the verdict as well as the detector, stacks, kinds and threads included.
 */

import { describe, expect, test } from 'vitest';
import { MAX_CLOCK } from '../../runtime/core/clock/epoch.ts';

import type { RaceKind } from '../../runtime/core/race.ts';
import { nextCore } from './memory.ts';
import { noRace, race, record, type Scene } from './scene.ts';
import { type AccessOp, type Place, run } from './trace.ts';

describe('which pairs conflict', () => {
  const OPS = ['read', 'write', 'load', 'store', 'rmw'] as const;
  const same = table(`
            read write load store rmw
      read   .    R     .    R     R
      write  R    R     R    R     R
      load   .    R     .    .     .
      store  R    R     .    .     .
      rmw    R    R     .    .     .`);
  const overlapping = table(`
            read write load store rmw
      read   .    R     .    R     R
      write  R    R     R    R     R
      load   .    R     .    R     R
      store  R    R     R    R     R
      rmw    R    R     R    R     R`);

  const ranges: [name: string, first: Place, second: Place, races: typeof same, common: number][] = [
    ['the same word', at(8, 4), at(8, 4), same, 4],
    ['the same byte', at(9, 1), at(9, 1), same, 1],
    ['the same 8 bytes', at(8, 8), at(8, 8), same, 8],
    ['a word and its first byte', at(8, 4), at(8, 1), overlapping, 1],
    ['a word and its upper half', at(8, 4), at(10, 2), overlapping, 2],
    ['a byte and 8 bytes about it', at(13, 1), at(8, 8), overlapping, 1],
    ['neighbouring words', at(8, 4), at(12, 4), () => false, 0],
    ['neighbouring bytes of one word', at(8, 1), at(9, 1), () => false, 0],
    ['a byte and the word after it', at(7, 1), at(8, 4), () => false, 0],
  ];

  for (const [name, first, second, races, common] of ranges) {
    for (const one of OPS) {
      for (const other of OPS) {
        const unordered = ({ t1, t2 }: Scene): void => {
          t1.access(one, first);
          t2.access(other, second);
        };
        if (races(one, other)) race(`${one}, ${other} of ${name}`, unordered, common);
        else noRace(`${one}, ${other} of ${name}`, unordered);
        const used = (scene: Scene): void => {
          useBefore(scene, first, second);
          unordered(scene);
        };
        if (races(one, other)) race(`${one}, ${other} of ${name}, used before`, used, common);
        else noRace(`${one}, ${other} of ${name}, used before`, used);
        noRace(`${one}, ${other} of ${name} in order`, ({ t1, t2 }) => {
          t1.access(one, first);
          t1.send('done');
          t2.receive('done');
          t2.access(other, second);
        });
        noRace(`${one}, ${other} of ${name} by one thread`, ({ t1 }) => {
          t1.access(one, first);
          t1.access(other, second);
        });
      }
    }
  }

  noRace('the same offset of two buffers', ({ t1, t2, a, b }) => {
    t1.write(a(0, 4));
    t2.write(b(0, 4));
  });
});

describe('what a report says', () => {
  const cases: [RaceKind, AccessOp['op'], AccessOp['op'], number, number][] = [
    ['write-write', 'write', 'write', 4, 4],
    ['read-write', 'read', 'write', 4, 2],
    ['read-write', 'write', 'read', 2, 4],
    ['atomic-plain', 'store', 'read', 4, 4],
    ['atomic-plain', 'write', 'load', 4, 1],
    ['atomic-plain', 'rmw', 'write', 4, 4],
    ['atomic-overlap', 'rmw', 'store', 4, 8],
    ['atomic-overlap', 'load', 'rmw', 2, 4],
  ];
  const types = { read: 'read', write: 'write', load: 'read', store: 'write', rmw: 'update' } as const;
  for (const [kind, one, other, size, otherSize] of cases) {
    test(`race: ${one} of ${size} then ${other} of ${otherSize} is ${kind}`, () => {
      const core = nextCore();
      const buffer = core.buffer(64);
      const [t1, t2] = [core.main().fork(), core.main().fork()];
      const access = (thread: typeof t1, op: typeof one, bytes: number, stack: number): void => {
        const length = bytes as 1 | 2 | 4 | 8;
        if (op === 'read' || op === 'write') thread.plain(buffer, 16, length, op, stack);
        else if (op === 'load' || op === 'store' || op === 'rmw')
          thread.atomic(buffer, 16, length, op, stack);
      };
      const races: unknown[] = [];
      t1.onRace = t2.onRace = (found) => races.push(found);
      access(t1, one, size, 2 ** 26 - 1);
      access(t2, other, otherSize, 7);
      const side = (op: keyof typeof types): object => ({
        type: types[op],
        atomic: op !== 'read' && op !== 'write',
      });
      expect(races).toEqual([
        expect.objectContaining({
          kind,
          buffer,
          byteOffset: 16,
          byteLength: otherSize,
          current: {
            ...side(other as keyof typeof types),
            size: otherSize,
            thread: t2.seq,
            stack: 7,
            clock: 1,
          },
          previous: {
            ...side(one as keyof typeof types),
            size,
            thread: t1.seq,
            stack: 2 ** 26 - 1,
            clock: 1,
          },
        }),
      ]);
    });
  }

  test('race: threads are numbered in the order of their making, main is 0', () => {
    const main = nextCore().main();
    const child = main.fork();
    expect([main.seq, child.seq, child.fork().seq, main.fork().seq]).toEqual([0, 1, 2, 3]);
  });
});

describe('ranges', () => {
  race(
    'a byte in the middle of a range',
    ({ t1, t2, a }) => {
      t1.writeRange(a(3, 100));
      t2.read(a(57, 1));
    },
    1,
  );
  noRace('the byte before a range and the byte after it', ({ t1, t2, a }) => {
    t1.writeRange(a(3, 100));
    t2.write(a(2, 1));
    t2.write(a(103, 1));
  });
  race(
    'the last byte of an unaligned range and the first of another',
    ({ t1, t2, a }) => {
      t1.readRange(a(5, 9));
      t2.writeRange(a(13, 21));
    },
    1,
  );
  noRace('ranges that meet', ({ t1, t2, a }) => {
    t1.writeRange(a(5, 8));
    t2.writeRange(a(13, 21));
  });
  noRace('two range reads', ({ t1, t2, a }) => {
    t1.readRange(a(0, 4096));
    t2.readRange(a(1, 4095));
  });
  race(
    'a range over many blocks, written by both',
    ({ t1, t2, a }) => {
      t1.writeRange(a(1, 4000));
      t2.writeRange(a(2000, 2096));
    },
    2001,
  );
  race(
    'an unaligned DataView word and an element',
    ({ t1, t2, a }) => {
      t1.writeRange(a(6, 4));
      t2.read(a(8, 4));
    },
    2,
  );
  race(
    'each byte of a word with another thread: all are reported',
    ({ t1, t2, t3, a }) => {
      t1.write(a(0, 1));
      t2.write(a(1, 1));
      t3.write(a(2, 2));
      t3.fork().read(a(0, 4));
    },
    2,
  );
  noRace('a range of no bytes', ({ t1, t2, a }) => {
    t1.writeRange(a(0, 8));
    t2.writeRange(a(4, 0));
  });
  race(
    'a range and an atomic word within',
    ({ t1, t2, a }) => {
      t1.rmw(a(16, 4));
      t2.readRange(a(0, 64));
    },
    4,
  );
  race(
    'a wide write that raced with a narrow atomic one still meets the rest of its bytes',
    (s) => {
      s.main.writeRange(s.a(0, 8));
      s.t1.rmw(s.a(0, 4));
      s.t1.read(s.a(4, 4));
    },
    8,
  );
});

describe('what is remembered', () => {
  race('a write after two unordered reads, ordered after one of them', ({ t1, t2, t3, x }) => {
    t1.read(x);
    t2.read(x);
    t2.send('done');
    t3.receive('done');
    t3.write(x);
  });
  noRace('a write after two unordered reads, ordered after both', ({ t1, t2, t3, x }) => {
    t1.read(x);
    t2.read(x);
    t1.send('one');
    t2.send('two');
    t3.receive('one');
    t3.receive('two');
    t3.write(x);
  });
  race('a write by a reader does not hide another reader', ({ t1, t2, x }) => {
    t1.read(x);
    t2.read(x);
    t2.write(x);
  });
  race('a read by the writer does not hide the write', ({ t1, t2, x }) => {
    t1.write(x);
    t1.read(x);
    t2.read(x);
  });
  race('an earlier read in the epoch of a load', ({ t1, t2, x }) => {
    t1.read(x);
    t1.load(x);
    t2.store(x);
  });
  race('an earlier load in the epoch of a read', ({ t1, t2, x }) => {
    t1.load(x);
    t1.read(x);
    t2.write(x);
  });
  race('an earlier read in the epoch before a load', ({ t1, t2, x }) => {
    t1.read(x);
    t1.send('m');
    t1.load(x);
    t2.store(x);
  });
  race('an earlier read behind a load of a reader that came after it', ({ t1, t2, t3, x }) => {
    t1.read(x);
    t1.send('m');
    t3.receive('m');
    t3.load(x);
    t2.store(x);
  });
  race('an earlier store behind a read', ({ t1, t2, x }) => {
    t1.store(x);
    t1.read(x);
    t2.read(x);
  });
  race('an earlier store behind a load', ({ t1, t2, x }) => {
    t1.store(x);
    t1.load(x);
    t2.read(x);
  });
  race('a store in the epoch of a read', ({ t1, t2, x }) => {
    t1.read(x);
    t1.store(x);
    t2.read(x);
  });
  race('a write in the epoch of a read', ({ t1, t2, x }) => {
    t1.read(x);
    t1.write(x);
    t2.read(x);
  });
  race('a read in the epoch of a load', ({ t1, t2, x }) => {
    t1.load(x);
    t1.read(x);
    t2.store(x);
  });
  race('an earlier plain write behind a store', ({ t1, t2, x }) => {
    t1.write(x);
    t1.store(x);
    t2.store(x);
  });
  race('a write before a release and after it: the later one is not ordered', ({ t1, t2, x }) => {
    t1.write(x);
    t1.send('done');
    t1.write(x);
    t2.receive('done');
    t2.read(x);
  });
  race('a read after a release', ({ t1, t2, x }) => {
    t1.read(x);
    t1.send('done');
    t1.read(x);
    t2.receive('done');
    t2.write(x);
  });
  race('many readers, one of them not known to the writer', ({ main, x }) => {
    const readers = Array.from({ length: 40 }, () => main.fork());
    for (const reader of readers) reader.read(x);
    for (const reader of readers.slice(1)) {
      reader.end();
      main.join(reader);
    }
    main.write(x);
  });
  noRace('many readers, all joined', ({ main, x }) => {
    const readers = Array.from({ length: 40 }, () => main.fork());
    for (const reader of readers) reader.read(x);
    for (const reader of readers) {
      reader.end();
      main.join(reader);
    }
    main.write(x);
  });
  race(
    'an 8-byte write and its bytes, each in another plane',
    ({ t1, t2, a }) => {
      t1.write(a(0, 8));
      t2.read(a(1, 1));
      t2.read(a(2, 2));
      t2.read(a(4, 4));
    },
    7,
  );
});

describe('fork and join', () => {
  noRace('a worker reads what was written before it was made', ({ main, x }) => {
    main.write(x);
    main.fork().read(x);
  });
  race('a worker reads what was written after it was made', ({ main, x }) => {
    const worker = main.fork();
    main.write(x);
    worker.read(x);
  });
  noRace('a worker of a worker', ({ main, x }) => {
    main.write(x);
    main.fork().fork().write(x);
  });
  race('siblings', ({ t1, t2, x }) => {
    t1.write(x);
    t2.write(x);
  });
  noRace('the creator after the exit event', ({ main, t1, x }) => {
    t1.write(x);
    t1.end();
    main.join(t1);
    main.write(x);
  });
  race('the creator before the exit event', ({ main, t1, x }) => {
    t1.write(x);
    t1.end();
    main.write(x);
  });
  race('the exit of another worker', ({ main, t1, t2, x }) => {
    t1.write(x);
    t1.end();
    t2.end();
    main.join(t2);
    main.write(x);
  });
  noRace('a worker made after another one was joined, whose tid it may have', ({ main, t1, x }) => {
    t1.write(x);
    t1.end();
    main.join(t1);
    main.fork().write(x);
  });
  race('a third thread and a worker whose tid a later one has', ({ main, t1, t2, x }) => {
    t1.write(x);
    t1.end();
    main.join(t1);
    main.fork().read(x);
    t2.write(x);
  });
  race(
    'a message of a later holder of the tid, sent to one that knows the earlier',
    ({ main, t1, t2, x, y }) => {
      t1.write(x);
      t1.send('early');
      t2.receive('early');
      t1.end();
      main.join(t1);
      const later = main.fork();
      later.write(y);
      t2.read(x);
      t2.read(y);
    },
    4,
  );
  race('a worker made by one that does not know the end of the joined', ({ main, t1, t2, x }) => {
    t1.write(x);
    t1.end();
    main.join(t1);
    t2.fork().write(x);
  });
  noRace('a worker that outlives its creator, and its message', ({ main, t1, x }) => {
    const orphan = t1.fork();
    t1.end();
    main.join(t1);
    orphan.write(x);
    orphan.send('done');
    main.receive('done');
    main.write(x);
  });
  race('a worker that outlives its creator', ({ main, t1, x }) => {
    const orphan = t1.fork();
    t1.end();
    main.join(t1);
    orphan.write(x);
    main.write(x);
  });
});

describe('messages', () => {
  noRace('what was written before the send', ({ t1, t2, x }) => {
    t1.write(x);
    t1.send('m');
    t2.receive('m');
    t2.write(x);
  });
  race('what was written after the send', ({ t1, t2, x }) => {
    t1.send('m');
    t1.write(x);
    t2.receive('m');
    t2.write(x);
  });
  race('a message that was not received', ({ t1, t2, x }) => {
    t1.write(x);
    t1.send('m');
    t2.write(x);
  });
  race('a message received too late', ({ t1, t2, x }) => {
    t1.write(x);
    t1.send('m');
    t2.write(x);
    t2.receive('m');
  });
  race('another message, sent before', ({ t1, t2, x }) => {
    t1.send('early');
    t1.write(x);
    t1.send('late');
    t2.receive('early');
    t2.read(x);
  });
  noRace('the later message received first', ({ t1, t2, x }) => {
    t1.send('early');
    t1.write(x);
    t1.send('late');
    t2.receive('late');
    t2.receive('early');
    t2.read(x);
  });
  race('a message orders one way only', ({ t1, t2, x }) => {
    t1.send('m');
    t2.receive('m');
    t2.write(x);
    t1.write(x);
  });
  noRace('an answer', ({ t1, t2, x }) => {
    t1.send('m');
    t2.receive('m');
    t2.write(x);
    t2.send('answer');
    t1.receive('answer');
    t1.write(x);
  });
  noRace('through a third thread', ({ t1, t2, t3, x }) => {
    t1.write(x);
    t1.send('m');
    t3.receive('m');
    t3.send('n');
    t2.receive('n');
    t2.write(x);
  });
  noRace('one message with two receivers, who read', ({ t1, t2, t3, x }) => {
    t1.write(x);
    t1.send('broadcast');
    t2.receive('broadcast');
    t3.receive('broadcast');
    t2.read(x);
    t3.read(x);
  });
  race('one message with two receivers, who write', ({ t1, t2, t3, x }) => {
    t1.write(x);
    t1.send('broadcast');
    t2.receive('broadcast');
    t3.receive('broadcast');
    t2.write(x);
    t3.write(x);
  });
});

describe('atomics', () => {
  for (const release of ['store', 'rmw'] as const) {
    for (const acquire of ['load', 'rmw'] as const) {
      noRace(`${acquire} that reads from a ${release}`, ({ t1, t2, x, flag }) => {
        t1.write(x);
        t1.access(release, flag);
        t2.access(acquire, flag);
        t2.write(x);
      });
      race(`${acquire} before the ${release}`, ({ t1, t2, x, flag }) => {
        t1.write(x);
        t2.access(acquire, flag);
        t1.access(release, flag);
        t2.write(x);
      });
      race(`a write after the ${release} that a ${acquire} reads`, ({ t1, t2, x, flag }) => {
        t1.access(release, flag);
        t1.write(x);
        t2.access(acquire, flag);
        t2.write(x);
      });
      race(`${release} and ${acquire} of different words`, ({ t1, t2, x, flag, lock }) => {
        t1.write(x);
        t1.access(release, flag);
        t2.access(acquire, lock);
        t2.write(x);
      });
    }
  }
  race('a load releases nothing', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.load(flag);
    t2.rmw(flag);
    t2.write(x);
  });
  race('a store acquires nothing', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.store(flag);
    t2.store(flag);
    t2.write(x);
  });
  race('a store replaces what a later reader acquires', ({ t1, t2, t3, x, flag }) => {
    t1.write(x);
    t1.store(flag);
    t2.store(flag);
    t3.load(flag);
    t3.write(x);
  });
  noRace('a store by one that has acquired passes on', ({ t1, t2, t3, x, flag }) => {
    t1.write(x);
    t1.store(flag);
    t2.load(flag);
    t2.store(flag);
    t3.load(flag);
    t3.write(x);
  });
  noRace('a read-modify-write adds its own to what was there', ({ t1, t2, t3, x, y, flag }) => {
    t1.write(x);
    t1.store(flag);
    t2.write(y);
    t2.rmw(flag);
    t3.load(flag);
    t3.write(x);
    t3.write(y);
  });
  // What breaks a chain races with the reader, so these count the racy bytes: those of the word, and of x.
  race(
    'a plain write of the word breaks the chain',
    ({ t1, t2, x, flag }) => {
      t1.write(x);
      t1.store(flag);
      t1.write(flag);
      t2.load(flag);
      t2.write(x);
    },
    8,
  );
  race(
    'a plain write of one byte of the word breaks the chain',
    ({ t1, t2, x, b, flag }) => {
      t1.write(x);
      t1.store(flag);
      t1.write(b(3, 1));
      t2.load(flag);
      t2.write(x);
    },
    5,
  );
  race(
    'a plain range about the word breaks the chain',
    ({ t1, t2, x, b, flag }) => {
      t1.write(x);
      t1.store(flag);
      t1.writeRange(b(3, 10));
      t2.load(flag);
      t2.write(x);
    },
    5,
  );
  noRace('a plain write beside the word does not', ({ t1, t2, x, b, flag }) => {
    t1.write(x);
    t1.store(flag);
    t1.write(b(4, 4));
    t2.load(flag);
    t2.write(x);
  });
  noRace('a plain read of the word does not', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.store(flag);
    t1.read(flag);
    t2.load(flag);
    t2.write(x);
  });
  noRace('a store after the plain write starts a new chain', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.write(flag);
    t1.store(flag);
    t2.load(flag);
    t2.write(x);
  });
  race(
    'a store of another size breaks the chain',
    ({ t1, t2, x, b, flag }) => {
      t1.write(x);
      t1.store(flag);
      t1.store(b(0, 2));
      t2.load(flag);
      t2.write(x);
    },
    6,
  );
  race(
    'a store of another size breaks the chain, not for the first time',
    ({ t1, t2, x, b, flag }) => {
      t1.store(b(0, 2));
      t1.write(x);
      t1.store(flag);
      t1.store(b(0, 2));
      t2.load(flag);
      t2.write(x);
    },
    6,
  );
  race(
    'a load of another size acquires nothing',
    ({ t1, t2, x, b }) => {
      t1.write(x);
      t1.store(b(0, 8));
      t2.load(b(0, 4));
      t2.write(x);
    },
    8,
  );
  race(
    'a load of the size that was written before last',
    ({ t1, t2, x, b }) => {
      t1.write(x);
      t1.store(b(0, 4));
      t1.store(b(0, 8));
      t2.load(b(0, 4));
      t2.write(x);
    },
    8,
  );
  // What a spinning thread has seen of a word stands for what it sees next, until anything is another.
  const spin = (thread: Scene['t1'], place: Place): void => {
    for (let i = 0; i < 3; i++) thread.load(place);
  };
  noRace('a word that was loaded again and again, and then stored', ({ t1, t2, x, flag }) => {
    spin(t2, flag);
    t1.write(x);
    t1.store(flag);
    t2.load(flag);
    t2.write(x);
  });
  noRace('another word of its block', ({ t1, t2, x, b }) => {
    t1.write(x);
    t1.store(b(4, 4));
    spin(t2, b(0, 4));
    t2.load(b(4, 4));
    t2.write(x);
  });
  noRace('an element of the same index and another size', ({ t1, t2, x, b }) => {
    t1.write(x);
    t1.store(b(1, 1));
    spin(t2, b(4, 4));
    t2.load(b(1, 1));
    t2.write(x);
  });
  noRace('the same element of another buffer', ({ t1, t2, x, a, b }) => {
    t1.store(a(64, 4));
    t1.write(x);
    t1.store(b(64, 4));
    spin(t2, a(64, 4));
    t2.load(b(64, 4));
    t2.write(x);
  });
  race(
    'a load in an epoch of its own',
    ({ t1, t2, a, flag }) => {
      spin(t2, flag);
      t2.store(a(64, 4));
      t1.load(a(64, 4));
      t2.load(flag);
      t1.write(flag);
    },
    4,
  );
  noRace('a lock that every thread takes and gives back', ({ t1, t2, t3, x, lock }) => {
    for (const thread of [t1, t2, t3, t1, t3]) {
      thread.rmw(lock);
      thread.read(x);
      thread.write(x);
      thread.store(lock);
    }
  });
  race('a lock that one thread does not take', ({ t1, t2, x, lock }) => {
    t1.rmw(lock);
    t1.write(x);
    t1.store(lock);
    t2.write(x);
    t2.store(lock);
  });
  race('a write after the lock was given back', ({ t1, t2, x, lock }) => {
    t1.rmw(lock);
    t1.store(lock);
    t1.write(x);
    t2.rmw(lock);
    t2.write(x);
  });
  noRace('a barrier', ({ t1, t2, x, y, flag }) => {
    t1.write(x);
    t2.write(y);
    t1.rmw(flag);
    t2.rmw(flag);
    t1.load(flag);
    t1.write(y);
    t2.write(x);
  });
  noRace('a chain grown long, and the first release still in it', ({ main, x, flag }) => {
    const threads = Array.from({ length: 50 }, () => main.fork());
    for (const thread of threads) {
      thread.read(x);
      thread.rmw(flag);
    }
    const last = main.fork();
    last.load(flag);
    last.write(x);
  });
});

describe('a race does not confuse happens-before', () => {
  race(
    'a plain write repeated in its epoch breaks the chain of a store that came between',
    (s) => {
      const { t1, t2, t3, x, flag } = s;
      t1.write(flag);
      t2.write(x);
      t2.store(flag); // race
      t1.write(flag); // race
      t3.load(flag); // race
      t3.write(x); // race: what t3 read is from t1's plain write
    },
    8,
  );
  noRace('the same store without the plain writes', ({ t2, t3, x, flag }) => {
    t2.write(x);
    t2.store(flag);
    t3.load(flag);
    t3.write(x);
  });
  race(
    'the same with a wider plain write',
    ({ t1, t2, t3, x, b, flag }) => {
      t1.write(b(0, 8));
      t2.write(x);
      t2.store(flag); // race
      t1.write(b(0, 8)); // race
      t3.load(flag); // race
      t3.write(x); // race
    },
    8,
  );
});

describe('waiter lists', () => {
  noRace('two critical sections of one list', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.waiters(flag);
    t2.waiters(flag);
    t2.write(x);
  });
  race('of two lists', ({ t1, t2, x, flag, lock }) => {
    t1.write(x);
    t1.waiters(flag);
    t2.waiters(lock);
    t2.write(x);
  });
  race('of one byte index in two buffers', ({ t1, t2, x, a, b }) => {
    t1.write(x);
    t1.waiters(a(32, 4));
    t2.waiters(b(32, 4));
    t2.write(x);
  });
  race('the second enters too late', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.waiters(flag);
    t2.write(x);
    t2.waiters(flag);
  });
  noRace('through a third thread that came between', ({ t1, t2, t3, x, flag }) => {
    t1.write(x);
    t1.waiters(flag);
    t3.waiters(flag);
    t2.waiters(flag);
    t2.write(x);
  });
  race('a list is not the word: a load does not enter', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.waiters(flag);
    t2.load(flag);
    t2.write(x);
  });
  race('a list is not the word: a store does not enter', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.store(flag);
    t2.waiters(flag);
    t2.write(x);
  });
  noRace('a plain write of the word leaves its list as it is', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.waiters(flag);
    t1.write(flag);
    t2.waiters(flag);
    t2.write(x);
  });
  noRace('the word grows a long chain, and its list stays', ({ main, t1, t2, x, flag }) => {
    t1.write(x);
    t1.waiters(flag);
    for (let i = 0; i < 50; i++) main.fork().rmw(flag);
    t2.waiters(flag);
    t2.write(x);
  });
  noRace('a list that many threads entered', ({ main, x, flag }) => {
    const threads = Array.from({ length: 50 }, () => main.fork());
    for (const thread of threads) {
      thread.read(x);
      thread.waiters(flag);
    }
    main.waiters(flag);
    main.write(x);
  });
});

describe('reactions of a waitAsync', () => {
  noRace('after the notify that woke', ({ t1, t2, x, flag }) => {
    t1.write(x);
    t1.wakes(flag);
    t2.awoken(flag);
    t2.write(x);
  });
  race('not after another one that wakes nobody', ({ t1, t2, t3, x, flag }) => {
    t1.wakes(flag);
    t3.write(x);
    t3.waiters(flag);
    t2.awoken(flag);
    t2.write(x); // race
  });
  noRace('after what was in the list before the notify', ({ t1, t2, t3, x, flag }) => {
    t3.write(x);
    t3.waiters(flag);
    t1.wakes(flag);
    t2.awoken(flag);
    t2.write(x);
  });
  race('a reaction does not enter the list', ({ t1, t2, t3, x, flag }) => {
    t1.wakes(flag);
    t2.write(x);
    t2.awoken(flag);
    t3.waiters(flag);
    t3.write(x); // race
  });
  race('of another word', ({ t1, t2, x, flag, lock }) => {
    t1.write(x);
    t1.wakes(flag);
    t2.awoken(lock);
    t2.write(x); // race
  });
  noRace('the word grows a long chain, and who was woken stays', ({ main, t1, t2, x, flag }) => {
    t1.write(x);
    t1.wakes(flag);
    for (let i = 0; i < 50; i++) main.fork().rmw(flag);
    t2.awoken(flag);
    t2.write(x);
  });
});

describe('many of everything', () => {
  test('no race: 10,000 short threads one after another', () => {
    const core = nextCore();
    const buffer = core.buffer(64);
    const main = core.main();
    let found = 0;
    main.onRace = () => found++;
    for (let i = 0; i < 10_000; i++) {
      const thread = main.fork();
      thread.onRace = () => found++;
      thread.plain(buffer, 0, 4, 'write', 1);
      thread.atomic(buffer, 8, 4, 'rmw', 2);
      thread.end();
      main.join(thread);
      main.plain(buffer, 0, 4, 'read', 3);
    }
    expect(found).toBe(0);
    // … and the tid of the last does not hide it from one that never heard of any.
    const [one, other] = [main.fork(), main.fork()];
    other.onRace = () => found++;
    one.plain(buffer, 0, 4, 'write', 4);
    other.plain(buffer, 0, 4, 'write', 5);
    expect(found).toBe(1);
  });

  // A clock has 26 bits: the first thread goes on under another tid.
  test('no race, then a race: more than 2 ** 26 epochs of one thread', () => {
    const core = nextCore();
    const buffer = core.buffer(64);
    const [one, other] = [core.main().fork(), core.main().fork()];
    const found: number[] = [];
    one.onRace = other.onRace = (race) => found.push(race.previous.thread);
    one.plain(buffer, 16, 4, 'write', 1);
    Reflect.set(one.detector, 'running', MAX_CLOCK - 1000);
    const { tid } = one.detector;
    for (let i = 0; i < 2000; i++) {
      one.atomic(buffer, 0, 4, 'rmw', 1);
      if (i % 8 === 0) one.plain(buffer, 8, 4, 'write', 2);
      one.atomic(buffer, 0, 4, 'store', 3);
      if (i % 8 !== 0) continue;
      other.atomic(buffer, 0, 4, 'rmw', 4);
      other.plain(buffer, 8, 4, 'write', 5);
      other.atomic(buffer, 0, 4, 'store', 6);
    }
    expect(found).toEqual([]);
    expect(one.detector.tid).not.toBe(tid);
    one.atomic(buffer, 0, 4, 'rmw', 7);
    one.plain(buffer, 8, 4, 'write', 8);
    other.plain(buffer, 8, 4, 'write', 9);
    expect(found).toEqual([one.seq]);
  });

  test('race: a load under another tid, after loads of the word in an epoch of the same clock', () => {
    const core = nextCore();
    const [flag, other] = [core.buffer(64), core.buffer(64)];
    const [one, two] = [core.main().fork(), core.main().fork()];
    const found: number[] = [];
    one.onRace = two.onRace = (race) => found.push(race.previous.stack);
    for (let i = 0; i < 3; i++) one.atomic(flag, 0, 4, 'load', 1);
    Reflect.set(one.detector, 'running', MAX_CLOCK);
    one.atomic(other, 0, 4, 'store', 2);
    two.atomic(other, 0, 4, 'load', 3);
    one.atomic(flag, 0, 4, 'load', 4);
    two.plain(flag, 0, 4, 'write', 5);
    expect(found).toEqual([4]);
  });
});

test('the DSL skips nothing: what cannot happen is an error of the script', () => {
  const trace = record(({ t1, t2 }) => {
    t1.end();
    t1.join(t2);
  });
  expect(run(trace, { bufferLength: 8, stacks: 0 }).happened.length).toBe(trace.length - 1);
});

/** t1 and t2 have made atomic accesses elsewhere, and t3 there, which both know. */
function useBefore({ t1, t2, t3 }: Scene, ...places: Place[]): void {
  for (const place of places) {
    t1.store({ ...place, byteOffset: 2048 });
    t2.store({ ...place, byteOffset: 3072 });
    t3.store(place);
  }
  t3.send('to t1');
  t3.send('to t2');
  t1.receive('to t1');
  t2.receive('to t2');
}

function at(byteOffset: number, byteLength: number): Place {
  return { buffer: 0, byteOffset, byteLength };
}

/** Rows and columns by name; R is a race. */
function table(text: string): (row: string, column: string) => boolean {
  const [columns, ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const cells = new Map(rows.map(([name, ...marks]) => [name, marks]));
  return (row, column) => cells.get(row)?.[columns!.indexOf(column)] === 'R';
}

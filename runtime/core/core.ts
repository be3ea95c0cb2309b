/**
 * The detector without a platform: several threads of it may live in one thread of JavaScript, over one
 * memory. The runtime of a real thread (`runtime/thread.ts`) is made of the same parts; tests and the oracle
 * drive this.
 */

import { MAX_TID } from './clock/epoch.ts';
import { Detector } from './detector.ts';
import { atomicOr } from './memory/atomics.ts';
import { Control, Weakness } from './memory/control.ts';
import { Locks } from './memory/lock.ts';
import { attach, createSegments, type Memory } from './memory/memory.ts';
import { Records } from './memory/records.ts';
import type { Race } from './race.ts';
import { Recovery } from './recovery.ts';
import { Buffers, type Shadow } from './shadow/buffers.ts';
import {
  ATOMIC_READ,
  ATOMIC_UPDATE,
  ATOMIC_WRITE,
  type Kind,
  type Log2,
  PLAIN_READ,
  PLAIN_WRITE,
} from './shadow/kind.ts';
import { EventKind } from './sync/event-log.ts';
import { freeWithWaiters } from './sync/sync-variable.ts';
import { Registry, State, THREAD_STRIDE, ThreadWord } from './thread/registry.ts';

export interface CoreThread {
  readonly seq: number;
  fork(): CoreThread;
  end(): void;
  join(child: CoreThread): void;
  release(): Int32Array;
  acquire(clock: Int32Array): void;
  plain(buffer: number, byteOffset: number, size: 1 | 2 | 4 | 8, kind: 'read' | 'write', stack: number): void;
  range(buffer: number, byteOffset: number, byteLength: number, kind: 'read' | 'write', stack: number): void;
  atomic(
    buffer: number,
    byteOffset: number,
    size: 1 | 2 | 4 | 8,
    kind: 'load' | 'store' | 'rmw',
    stack: number,
  ): void;
  waiters(buffer: number, byteOffset: number): void;
  /** a notify that wakes somebody; and a reaction of a `waitAsync` that is woken */
  wakes(buffer: number, byteOffset: number): void;
  awoken(buffer: number, byteOffset: number): void;
  onRace: (race: Race) => void;
  /** what the thread is made of, for whoever puts more on top */
  readonly detector: Detector;
  readonly parts: Parts;
}

export interface Core {
  main(): CoreThread;
  buffer(byteLength: number): number;
}

/** What the threads of one process share, as one thread sees it. */
export interface Parts {
  memory: Memory;
  registry: Registry;
  locks: Locks;
  records: Records;
  buffers: Buffers;
  recovery: Recovery;
}

/** Attaches the thread with that number to the memory. */
export function partsFor(segments: SharedArrayBuffer[], seq: number): Parts {
  const memory = attach(segments);
  const registry = new Registry(memory);
  // a thread that only attaches to read has no entry
  const slot = seq < 0 ? new Int32Array(THREAD_STRIDE) : registry.slotOf(seq);
  const locks = new Locks(memory.control, seq, slot, (holder) => registry.lifeOf(holder));
  const records = new Records(memory.records, locks, slot);
  const buffers = new Buffers(memory, locks, slot);
  buffers.freeSync = (plane, i) => freeWithWaiters(records, plane, i);
  const recovery = new Recovery(registry, records, buffers, locks);
  locks.finish = (dead) => {
    try {
      recovery.finish(dead);
    } catch {
      atomicOr(memory.control.words, Control.WEAKNESS, Weakness.EDGE_LOST);
    }
  };
  return { memory, registry, locks, records, buffers, recovery };
}

/** Gives the first thread its number (0) and tid. */
export function beginMain({ registry, locks }: Parts): void {
  const seq = registry.newThread();
  registry.takeTid(seq, new Int32Array(MAX_TID + 1), locks);
  registry.set(seq, ThreadWord.PARENT, -1);
  registry.set(seq, ThreadWord.STATE, State.RUNNING);
}

const LOG2 = { 1: 0, 2: 1, 4: 2, 8: 3 } as const;
const ATOMICS: Record<'load' | 'store' | 'rmw', Kind> = {
  load: ATOMIC_READ,
  store: ATOMIC_WRITE,
  rmw: ATOMIC_UPDATE,
};

export function createCore(segments: SharedArrayBuffer[] = createSegments()): Core {
  const first = partsFor(segments, 0);
  beginMain(first);
  return {
    main: () => coreThread(segments, 0),
    buffer: (byteLength) => first.buffers.create(byteLength, 0, 0).id,
  };
}

function coreThread(segments: SharedArrayBuffer[], seq: number): CoreThread {
  const parts = partsFor(segments, seq);
  const { registry, locks, records, buffers, recovery } = parts;
  const detector = new Detector(seq, registry, locks, records, recovery);
  const thread: CoreThread = {
    seq,
    detector,
    parts,
    onRace: () => {},
    fork: () => coreThread(segments, detector.fork(0)),
    end: () => {
      detector.giveBacklog();
      records.giveAll();
    },
    join: (child) => detector.join(child.seq),
    release() {
      const clock = detector.release();
      detector.event(EventKind.POST, 0, 0, 0);
      return clock;
    },
    acquire(clock) {
      detector.acquireClock(clock);
      detector.event(EventKind.RECEIVE, 0, 0, 0);
    },
    plain(buffer, byteOffset, size, kind, stack) {
      const access = kind === 'read' ? PLAIN_READ : PLAIN_WRITE;
      const element = byteOffset / size;
      detector.elements(buffers.get(buffer), LOG2[size], element, element + 1, 1, access, stack);
      hand();
    },
    range(buffer, byteOffset, byteLength, kind, stack) {
      const access = kind === 'read' ? PLAIN_READ : PLAIN_WRITE;
      detector.range(buffers.get(buffer), byteOffset, byteLength, access, stack, 3);
      hand();
    },
    atomic(buffer, byteOffset, size, kind, stack) {
      const shadow = buffers.get(buffer);
      const element = Math.floor(byteOffset / size);
      if (kind === 'load' && loads(shadow, element, LOG2[size], stack)) {
        hand();
        return;
      }
      const lock = detector.beginAtomic(shadow, element, LOG2[size], ATOMICS[kind]);
      detector.atomic(shadow, element, LOG2[size], ATOMICS[kind], stack);
      detector.endAtomic(lock);
      hand();
    },
    waiters: (buffer, byteOffset) => detector.waiters(buffers.get(buffer), byteOffset, 0),
    wakes(buffer, byteOffset) {
      const shadow = buffers.get(buffer);
      const lock = detector.lockOf(shadow, byteOffset);
      detector.catchUp();
      locks.lockBlock(lock);
      detector.waitersLocked(shadow, byteOffset, EventKind.NOTIFY, 0);
      detector.wokeLocked(shadow, byteOffset);
      locks.unlockBlock(lock);
    },
    awoken: (buffer, byteOffset) => detector.awoken(buffers.get(buffer), byteOffset, 0),
  };
  /** A load without a lock, as `Atomics.load` makes it: whether it was made. */
  function loads(shadow: Shadow, element: number, size: Log2, stack: number): boolean {
    try {
      const version = detector.beginLoad(shadow, element, size);
      if (version < 0) return false;
      if (detector.isQuiet(version, shadow, element, size)) return detector.unchanged(version);
      return detector.endLoad(version, shadow, element, size, stack);
    } catch (error) {
      detector.survive(error);
      return false;
    }
  }
  function hand(): void {
    for (const race of detector.takeRaces()) thread.onRace(race);
  }
  return thread;
}

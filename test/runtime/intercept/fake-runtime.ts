/**
 * A ThreadRuntime small enough to trust at a glance: vector clocks of 64 threads in one shared table, ids of
 * buffers from one shared counter. It detects nothing; tests ask it what it was told.
 */
import { Causes } from '../../../runtime/causes.ts';
import type { Segments, ThreadRuntime } from '../../../runtime/contract.ts';

const THREADS = 64;
const SEQ_LANE = 0;
const BUFFER_LANE = 1;
const CLOCKS = 2;

export interface Fake extends ThreadRuntime {
  /** this thread's clock: entry s is how many releases of thread s it knows */
  readonly clock: Int32Array;
  /** what the interception did, in order */
  readonly journal: string[];
  idOf(buffer: SharedArrayBuffer): number | undefined;
}

export function createMainRuntime(): Fake {
  const lanes = new Int32Array(new SharedArrayBuffer(4 * (CLOCKS + THREADS * THREADS)));
  Atomics.store(lanes, SEQ_LANE, 1);
  return fake([lanes.buffer as SharedArrayBuffer], 0);
}

export function attachRuntime(segments: Segments, seq: number): Fake {
  return fake(segments, seq);
}

function fake(segments: Segments, seq: number): Fake {
  const lanes = new Int32Array(segments[0]!);
  const row = (thread: number): Int32Array =>
    lanes.subarray(CLOCKS + thread * THREADS, CLOCKS + (thread + 1) * THREADS);
  const clock = row(seq);
  const ids = new WeakMap<SharedArrayBuffer, number>();
  const journal: string[] = [];
  const join = (other: Int32Array): void => {
    for (let i = 0; i < THREADS; i++) clock[i] = Math.max(clock[i]!, other[i] ?? 0);
  };
  const self = {
    seq,
    segments,
    clock,
    journal,
    causes: new Causes(),
    hooks: {} as ThreadRuntime['hooks'],
    host: {} as ThreadRuntime['host'],
    tables: {} as ThreadRuntime['tables'],
    onRace: () => {},
    idOf: (buffer: SharedArrayBuffer) => ids.get(buffer),
    share(buffer: SharedArrayBuffer) {
      if (!ids.has(buffer)) ids.set(buffer, Atomics.add(lanes, BUFFER_LANE, 1) + 1);
      return ids.get(buffer)!;
    },
    adopt(buffer: SharedArrayBuffer, id: number) {
      const known = ids.get(buffer);
      if (known !== undefined && known !== id) throw new Error(`adopt: ${known} is not ${id}`);
      ids.set(buffer, id);
    },
    posted: () => true,
    received: (buffer: SharedArrayBuffer, id: number) => self.adopt(buffer, id),
    release() {
      const released = clock.slice(0, Atomics.load(lanes, SEQ_LANE));
      released[seq] = ++clock[seq]!;
      return released;
    },
    acquire(other: Int32Array) {
      journal.push('acquire');
      join(other);
    },
    openChannel: () => 0,
    moveEnd: () => {},
    closeEnd: () => {},
    endClosed: () => {},
    locked: () => 0,
    unlocked: () => {},
    ordering: <T>(step: () => T) => step(),
    surviving: <T>(step: () => T) => step(),
    fork(worker: { file: string; name: string }) {
      const made = Atomics.add(lanes, SEQ_LANE, 1);
      clock[seq]!++;
      row(made).set(clock);
      journal.push(`fork ${worker.name}`);
      return made;
    },
    unfork: (made: number) => void journal.push(`unfork ${made}`),
    ids: { of: () => 0, set: () => {}, toNative: (id: number) => id, toShown: (id: number) => id },
    join(ended: number) {
      journal.push(`join ${ended}`);
      join(row(ended));
    },
    ended: (made: number) => void journal.push(`ended ${made}`),
    terminating: (made: number) => void journal.push(`terminating ${made}`),
    trace: () => {},
    stack: () => 0,
    bytesOf: () => undefined,
    addRealm: () => {},
    whenMet: () => {},
    withoutMeeting: (work: () => void) => work(),
    fromEventLoop: () => {},
    access: () => {},
    end: () => {},
    enterRealm: () => {},
    locate: () => null,
    ambiguous: () => {},
    tellUntold: () => {},
  };
  return self;
}

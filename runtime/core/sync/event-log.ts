/**
 * What each thread did to be ordered with others, so that a report can say which edge is missing: the latest EVENTS of
 * each tid, in a ring of its own. Only the holder of the tid writes there, and its creator before its start and after
 * its end; whoever reports reads. Nothing is decided by it: what is torn or overwritten costs a line of a report.
 *
 *   event   own clock · kind and thread · two words that name the object · stack · the release that it saw: tid, clock
 *
 * The clock is that of the epoch which the event ended, if it releases, and of the running one otherwise. An atomic
 * load that brings no news is left out: it orders nothing.
 *
 * How many there were in all, and how many of them came after a release of another thread, is counted for the summary.
 */
import type { Tid } from '../clock/epoch.ts';
import { MAX_TID } from '../clock/epoch.ts';
import type { Table } from '../memory/table.ts';

export const EventKind = {
  ATOMIC_LOAD: 1,
  ATOMIC_STORE: 2,
  ATOMIC_UPDATE: 3,
  WAIT: 4,
  NOTIFY: 5,
  POST: 6,
  RECEIVE: 7,
  FORK: 8,
  START: 9,
  END: 10,
  JOIN: 11,
  CLOSE: 12,
  CLOSED: 13,
  LOCK: 14,
  UNLOCK: 15,
  RELEASE: 16,
  ACQUIRE: 17,
  WOKEN: 18,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

const ACQUIRES_ONLY =
  (1 << EventKind.ATOMIC_LOAD) |
  (1 << EventKind.RECEIVE) |
  (1 << EventKind.START) |
  (1 << EventKind.JOIN) |
  (1 << EventKind.CLOSED) |
  (1 << EventKind.LOCK) |
  (1 << EventKind.ACQUIRE) |
  (1 << EventKind.WOKEN);

export const releases = (kind: EventKind): boolean => (ACQUIRES_ONLY & (1 << kind)) === 0;

/** of each tid */
export const EVENTS = 256;
const EVENT_WORDS = 7;
const Word = { CLOCK: 0, KIND: 1, OBJECT: 2, PLACE: 3, STACK: 4, SOURCE: 5, SOURCE_CLOCK: 6 } as const;
const KIND_BITS = 5;
const FIRST = 16;
/** Words before the events. */
const LogWord = { COUNT: 0, EDGES: 1 } as const;
const STRIDE = FIRST + EVENTS * EVENT_WORDS;

export interface LoggedEvent {
  /** its place among all events of the tid */
  order: number;
  clock: number;
  kind: EventKind;
  /** sequence number of the thread, which held the tid then */
  seq: number;
  /** id of a buffer and byte in it, index of a name, number of a channel, or sequence number of a thread */
  object: number;
  place: number;
  stack: number;
  /** 0 for none, or where nobody can tell */
  source: Tid;
  sourceClock: number;
}

export class EventLog {
  private readonly words: Int32Array;

  constructor(table: Table) {
    this.words = table.ensure((MAX_TID + 1) * STRIDE);
  }

  append(
    tid: Tid,
    seq: number,
    clock: number,
    kind: EventKind,
    object: number,
    place: number,
    stack: number,
    source: number,
    sourceClock: number,
  ): void {
    const { words } = this;
    const log = (tid as number) * STRIDE;
    const count = words[log + LogWord.COUNT] as number;
    const at = log + FIRST + (count & (EVENTS - 1)) * EVENT_WORDS;
    words[at + Word.CLOCK] = clock;
    words[at + Word.KIND] = kind | (seq << KIND_BITS);
    words[at + Word.OBJECT] = object;
    words[at + Word.PLACE] = place;
    words[at + Word.STACK] = stack;
    words[at + Word.SOURCE] = source;
    words[at + Word.SOURCE_CLOCK] = sourceClock;
    if (source !== 0) words[log + LogWord.EDGES] = (words[log + LogWord.EDGES] as number) + 1;
    words[log + LogWord.COUNT] = count + 1;
  }

  /** Events of all holders of the tid, those that are overwritten too; and those of them that came after another's. */
  counts(tid: Tid): { events: number; edges: number } {
    const log = (tid as number) * STRIDE;
    const word = (name: number): number => (this.words[log + name] as number) >>> 0;
    return { events: word(LogWord.COUNT), edges: word(LogWord.EDGES) };
  }

  /** Those of the tid that are left, oldest first. */
  of(tid: Tid): LoggedEvent[] {
    const log = (tid as number) * STRIDE;
    const words = this.words.slice(log, log + STRIDE);
    const count = (words[LogWord.COUNT] as number) >>> 0;
    // what its holder has overwritten while this copy was made
    const passed = ((this.words[log + LogWord.COUNT] as number) >>> 0) - count;
    const events: LoggedEvent[] = [];
    for (let order = Math.max(0, count - EVENTS + passed + (passed > 0 ? 1 : 0)); order < count; order++) {
      const at = FIRST + (order & (EVENTS - 1)) * EVENT_WORDS;
      const word = (name: number): number => words[at + name] as number;
      events.push({
        order,
        clock: word(Word.CLOCK),
        kind: (word(Word.KIND) & ((1 << KIND_BITS) - 1)) as EventKind,
        seq: word(Word.KIND) >>> KIND_BITS,
        object: word(Word.OBJECT),
        place: word(Word.PLACE) >>> 0,
        stack: word(Word.STACK),
        source: word(Word.SOURCE) as Tid,
        sourceClock: word(Word.SOURCE_CLOCK),
      });
    }
    return events;
  }
}

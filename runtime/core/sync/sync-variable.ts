/**
 * A sync variable: what a word used with Atomics remembers for happens-before (SEMANTICS.md section 3).
 *
 *   clock    the release clock of the atomic write that the word's value comes from: a store replaces it, a
 *            read-modify-write has acquired it and adds its own, a plain write empties it
 *   waiters  a sync variable of its own for the word's waiter list: each wait, wake-up and notify acquires it
 *            and then adds its own
 *   woken    another: the clock of the last notify that woke somebody, for the reactions of a `waitAsync`, which
 *            enter no list
 *
 * A record:
 *
 *   count · capacity class · index of the waiters' record · releaser and its clock · index of the woken's record ·
 *   then the clock as pairs
 *
 * The releaser is the tid whose epoch ended with the release: who knows that epoch knows the whole clock, because
 * a thread that has learned of others goes on in a new epoch at its next release (timeline.ts). 0: nobody can tell.
 *
 * Changed under the lock of the word's block.
 */
import { MAX_TID } from '../clock/epoch.ts';
import { joinPairs, type VectorClock } from '../clock/vector-clock.ts';
import type { Records } from '../memory/records.ts';

const COUNT = 0;
const CLASS = 1;
const WAITERS = 2;
const RELEASER = 3;
const RELEASED = 4;
const WOKEN = 5;
const PAIRS = 6;
/** a cache line */
const SMALLEST = 4;

/** The record whose index stands in plane[i]; made when there is none. */
export function recordAt(records: Records, plane: Int32Array, i: number): number {
  let at = plane[i] as number;
  if (at === 0) {
    at = records.take(SMALLEST);
    const words = records.words;
    words[at + COUNT] = 0;
    words[at + CLASS] = SMALLEST;
    words[at + WAITERS] = 0;
    words[at + RELEASER] = 0;
    words[at + WOKEN] = 0;
    plane[i] = at;
  }
  return at;
}

/** Where the index of the waiters' record stands, in the words of the records. */
export function waitersAt(record: number): number {
  return record + WAITERS;
}

/** The same of the record of who was woken. */
export function wokenAt(record: number): number {
  return record + WOKEN;
}

/** Whether the clock knows all that the record's does, at a glance. To be asked without the lock too: see `Locks.version`. */
export function isKnown(records: Records, record: number, clock: VectorClock): boolean {
  return knows(records.table.ensure(record + PAIRS), record, clock);
}

/** The same, where the words are all there. */
export function knows(words: Int32Array, record: number, clock: VectorClock): boolean {
  const releaser = words[record + RELEASER] as number;
  if (releaser === 0) return words[record + COUNT] === 0;
  return (clock[releaser] as number) >= (words[record + RELEASED] as number);
}

/**
 * clock ⊔= the record's. 0 if it learned nothing, else one more than where a release is named which it learned of, as tid
 * and clock.
 */
export function acquire(records: Records, record: number, clock: VectorClock): number {
  if (isKnown(records, record, clock)) return 0;
  const count = records.table.words[record + COUNT] as number;
  return join(records.table.ensure(record + PAIRS + count * 2), record, clock);
}

function join(words: Int32Array, record: number, clock: VectorClock): number {
  const learned = joinPairs(clock, words, record + PAIRS, words[record + COUNT] as number);
  return learned !== 0 && words[record + RELEASER] !== 0 ? record + RELEASER + 1 : learned;
}

/** A copy of a record, made without the lock: whether it is one must be asked of the lock (`Locks.version`) afterwards. */
export class RecordCopy {
  readonly words: Int32Array = new Int32Array(PAIRS + MAX_TID * 2);

  take(records: Records, record: number): void {
    const { words } = this;
    // anything may stand there
    const count = Math.min(MAX_TID, (records.table.ensure(record + PAIRS)[record + COUNT] as number) >>> 0);
    const from = records.table.ensure(record + PAIRS + count * 2);
    for (let i = 0; i < PAIRS + count * 2; i++) words[i] = from[record + i] as number;
    words[COUNT] = count;
  }

  /** As `acquire`; what it returns points into `words`. */
  acquire(clock: VectorClock): number {
    return join(this.words, 0, clock);
  }
}

/** Whether there is a record, and room in it for any clock of so many tids. */
export function hasRoom(words: Int32Array, record: number, high: number): boolean {
  return (
    record !== 0 &&
    PAIRS + high * 2 <= 1 << SMALLEST &&
    record + (1 << SMALLEST) <= words.length &&
    words[record + CLASS] === SMALLEST
  );
}

/** The record's clock := clock, where there is room. A thread that dies in the middle leaves a mixture of both. */
export function overwrite(
  words: Int32Array,
  record: number,
  clock: VectorClock,
  high: number,
  releaser: number,
): void {
  words[record + RELEASER] = releaser;
  words[record + RELEASED] = clock[releaser] as number;
  // `writePairs`, which is not inlined everywhere
  let at = record + PAIRS;
  for (let tid = 1; tid <= high; tid++) {
    const c = clock[tid] as number;
    if (c === 0) continue;
    words[at] = tid;
    words[at + 1] = c;
    at += 2;
  }
  words[record + COUNT] = (at - record - PAIRS) >> 1;
}

/**
 * The clock of the record at plane[i] := clock; the record is made when there is none, and another when it must grow.
 * `releaser` is the tid whose epoch has just ended, 0 if it is not that of a thread.
 * A thread may die in the middle. With `whole` it leaves the old clock then, or none; otherwise a mixture of both.
 */
export function replace(
  records: Records,
  plane: Int32Array,
  i: number,
  clock: VectorClock,
  high: number,
  whole: boolean,
  releaser: number,
): void {
  const record = plane[i] as number;
  const log2 = record === 0 ? 0 : (records.table.ensure(record + PAIRS)[record + CLASS] as number);
  let size = Math.max(log2, SMALLEST);
  if (PAIRS + high * 2 > 1 << size) {
    let count = 0;
    for (let tid = 1; tid <= high; tid++) if (clock[tid] !== 0) count++;
    while (1 << size < PAIRS + count * 2) size++;
  }
  const inPlace = size === log2 && !whole;
  const at = inPlace ? record : records.take(size);
  const words = records.table.ensure(at + (1 << size));
  overwrite(words, at, clock, high, releaser);
  if (inPlace) return;
  words[at + CLASS] = size;
  words[at + WAITERS] = record === 0 ? 0 : (records.table.words[record + WAITERS] as number);
  words[at + WOKEN] = record === 0 ? 0 : (records.table.words[record + WOKEN] as number);
  plane[i] = at;
  // who dies before this loses a piece of memory
  if (record !== 0) records.free(record, log2);
}

/** The clock of the record at plane[i] ⊔= clock, or stays as it is when the thread dies. */
export function merge(
  records: Records,
  plane: Int32Array,
  i: number,
  clock: VectorClock,
  high: number,
): void {
  const both = clock.slice();
  const record = plane[i] as number;
  if (record !== 0) acquire(records, record, both);
  replace(records, plane, i, both, high, true, 0);
}

/** Gives the record at plane[i] back, if there is one. */
export function freeAt(records: Records, plane: Int32Array, i: number): void {
  const record = plane[i] as number;
  plane[i] = 0;
  if (record !== 0) records.free(record, records.table.ensure(record + PAIRS)[record + CLASS] as number);
}

/** The same, with the records of its waiters and of who was woken. */
export function freeWithWaiters(records: Records, plane: Int32Array, i: number): void {
  const record = plane[i] as number;
  if (record !== 0) {
    freeAt(records, records.table.ensure(record + PAIRS), record + WAITERS);
    freeAt(records, records.table.ensure(record + PAIRS), record + WOKEN);
  }
  freeAt(records, plane, i);
}

/** A plain write to the word: who reads its value acquires nothing. */
export function breakChain(records: Records, record: number): void {
  const words = records.table.ensure(record + PAIRS);
  words[record + RELEASER] = 0;
  words[record + COUNT] = 0;
}

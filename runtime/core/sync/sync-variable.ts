/**
 * A sync variable: what a word used with Atomics remembers for happens-before (SEMANTICS.md section 3).
 *
 *   clock    the release clock of the atomic write that the word's value comes from: a store replaces it, a
 *            read-modify-write has acquired it and adds its own, a plain write empties it
 *   waiters  a sync variable of its own for the word's waiter list: each wait, wake-up and notify acquires it
 *            and then adds its own
 *
 * A record: count · capacity class · index of the waiters' record · unused · then the clock as epochs.
 * Read and changed under the lock of the word's block.
 */
import { joinEpochs, type VectorClock, writeEpochs } from '../clock/vector-clock.ts';
import type { Records } from '../memory/records.ts';

const COUNT = 0;
const CLASS = 1;
const WAITERS = 2;
const ENTRIES = 4;
const SMALLEST = 3;

/** The record whose index stands in plane[i]; made when there is none. */
export function recordAt(records: Records, plane: Int32Array, i: number): number {
  let at = plane[i] as number;
  if (at === 0) {
    at = records.take(SMALLEST);
    const words = records.words;
    words[at + COUNT] = 0;
    words[at + CLASS] = SMALLEST;
    words[at + WAITERS] = 0;
    plane[i] = at;
  }
  return at;
}

export function waitersOf(records: Records, record: number): number {
  const words = records.table.ensure(record + ENTRIES);
  if (words[record + WAITERS] === 0) {
    const at = records.take(SMALLEST);
    records.words[at + COUNT] = 0;
    records.words[at + CLASS] = SMALLEST;
    records.words[record + WAITERS] = at;
  }
  return records.words[record + WAITERS] as number;
}

/** clock ⊔= the record's */
export function acquire(records: Records, record: number, clock: VectorClock): void {
  const count = records.table.ensure(record + ENTRIES)[record + COUNT] as number;
  joinEpochs(clock, records.table.ensure(record + ENTRIES + count), record + ENTRIES, count);
}

/** The record's clock := clock. Returns the record's index, which changes when it must grow. */
export function replace(records: Records, record: number, clock: VectorClock, high: number): number {
  let at = record;
  const log2 = records.table.ensure(record + ENTRIES)[record + CLASS] as number;
  if (ENTRIES + high > 1 << log2) {
    let count = 0;
    for (let tid = 1; tid <= high; tid++) if (clock[tid] !== 0) count++;
    if (ENTRIES + count > 1 << log2) at = grown(records, record, log2, count);
  }
  const words = records.table.ensure(at + (1 << (records.words[at + CLASS] as number)));
  words[at + COUNT] = writeEpochs(clock, high, words, at + ENTRIES);
  return at;
}

function grown(records: Records, record: number, log2: number, count: number): number {
  let bigger = log2;
  while (1 << bigger < ENTRIES + count) bigger++;
  const at = records.take(bigger);
  const words = records.words;
  words[at + CLASS] = bigger;
  words[at + COUNT] = 0;
  words[at + WAITERS] = words[record + WAITERS] as number;
  records.free(record, log2);
  return at;
}

/** The record's clock ⊔= clock. Returns the record's index. */
export function merge(records: Records, record: number, clock: VectorClock, high: number): number {
  const both = clock.slice();
  acquire(records, record, both);
  return replace(records, record, both, high);
}

/** Gives the record at plane[i] back, if there is one. */
export function freeAt(records: Records, plane: Int32Array, i: number): void {
  const record = plane[i] as number;
  plane[i] = 0;
  if (record !== 0) records.free(record, records.table.ensure(record + ENTRIES)[record + CLASS] as number);
}

/** The same, with the record of its waiters. */
export function freeWithWaiters(records: Records, plane: Int32Array, i: number): void {
  const record = plane[i] as number;
  if (record !== 0) freeAt(records, records.table.ensure(record + ENTRIES), record + WAITERS);
  freeAt(records, plane, i);
}

export function setWaiters(records: Records, record: number, waiters: number): void {
  records.words[record + WAITERS] = waiters;
}

/** A plain write to the word: who reads its value acquires nothing. */
export function breakChain(records: Records, record: number): void {
  records.table.ensure(record + ENTRIES)[record + COUNT] = 0;
}

/**
 * An access set: the accesses since a cell's last plain write when one plain read does not tell all (reads by
 * several threads, and anything atomic). A record of the cell's own, changed in place under the block's lock:
 *
 *   owner tag · count and capacity class · then per access: epoch, stack and kind
 *
 * No access of a set stands for another of it, so a thread has at most two entries.
 *
 * `holdsRead` is the one reader without the lock. The record may be freed and taken by another cell under its
 * eyes; the owner tag, looked at before and after, and the cell's word, looked at again, tell.
 */
import type { Epoch } from '../clock/epoch.ts';
import type { Records } from '../memory/records.ts';
import { ATOMIC, by, type Kind, kindOf, PLAIN_READ, R, R_BY, standsFor, W, WRITE } from './cell.ts';

const OWNER = 0;
const SHAPE = 1;
const ENTRIES = 2;
const ENTRY_WORDS = 2;
const CLASS_SHIFT = 16;
const COUNT_MASK = 0xffff;

export function ownerTag(shadow: number, size: number, cell: number): number {
  return (Math.imul(shadow * 4 + size, 0x9e3779b1) ^ cell) | 1;
}

/** Number of accesses in R of the cell at c. */
export function countOf(records: Records, cells: Int32Array, c: number): number {
  const r = cells[c + R] as number;
  return r === 0 || r === cells[c + W]
    ? 0
    : r > 0
      ? 1
      : (records.table.ensure(-r + ENTRIES)[-r + SHAPE] as number) & COUNT_MASK;
}

export function epochAt(records: Records, cells: Int32Array, c: number, i: number): Epoch {
  const r = cells[c + R] as number;
  return (r > 0 ? r : records.words[-r + ENTRIES + i * ENTRY_WORDS]) as Epoch;
}

export function byAt(records: Records, cells: Int32Array, c: number, i: number): number {
  const r = cells[c + R] as number;
  return (r > 0 ? cells[c + R_BY] : records.words[-r + ENTRIES + i * ENTRY_WORDS + 1]) as number;
}

/** Forgets all accesses in R. */
export function clear(records: Records, cells: Int32Array, c: number): void {
  const r = cells[c + R] as number;
  if (r === 0) return;
  cells[c + R] = 0;
  if (r < 0) release(records, -r);
}

function release(records: Records, at: number): void {
  const words = records.table.ensure(at + ENTRIES);
  words[at + OWNER] = 0;
  records.free(at, (words[at + SHAPE] as number) >>> CLASS_SHIFT);
}

/**
 * Adds an access that is not a plain write to R of the cell at c, and drops those that it stands for.
 * `isBefore` says whether an epoch happens before this access (or is of its thread).
 */
export function add(
  records: Records,
  cells: Int32Array,
  c: number,
  tag: number,
  epoch: Epoch,
  kind: Kind,
  stack: number,
  isBefore: (epoch: Epoch) => boolean,
): void {
  const r = cells[c + R] as number;
  let kept = 0;
  if (r > 0 && r === cells[c + W]) {
    // nothing since the write
  } else if (r > 0) {
    if (r === epoch && (kind & WRITE) === 0) return;
    if (!standsFor(kind, PLAIN_READ) || !isBefore(r as Epoch)) kept = 1;
  } else if (r < 0) {
    kept = prune(records, -r, epoch, kind, isBefore);
    if (kept < 0) return;
  }
  if (kept === 0 && kind === PLAIN_READ) {
    // R_BY first: who sees the epoch in R without the lock only asks whether it is its own
    const word = by(stack, kind);
    cells[c + R_BY] = word;
    cells[c + R] = epoch;
    if (r < 0) release(records, -r);
    return;
  }
  const at = roomFor(records, cells, c, tag, kept + 1);
  const words = records.words;
  const entry = at + ENTRIES + kept * ENTRY_WORDS;
  words[entry + 1] = by(stack, kind);
  words[entry] = epoch;
  words[at + SHAPE] = ((words[at + SHAPE] as number) & ~COUNT_MASK) | (kept + 1);
}

/** Drops what the access stands for; the number left, or -1 when one of the same epoch stands for it. */
function prune(
  records: Records,
  at: number,
  epoch: Epoch,
  kind: Kind,
  isBefore: (epoch: Epoch) => boolean,
): number {
  const count = (records.table.ensure(at + ENTRIES)[at + SHAPE] as number) & COUNT_MASK;
  const words = records.table.ensure(at + ENTRIES + count * ENTRY_WORDS);
  for (let i = 0; i < count; i++) {
    const entry = at + ENTRIES + i * ENTRY_WORDS;
    if (words[entry] === epoch && standsFor(kindOf(words[entry + 1] as number), kind)) return -1;
  }
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const from = at + ENTRIES + i * ENTRY_WORDS;
    const other = words[from] as Epoch;
    const otherBy = words[from + 1] as number;
    if (standsFor(kind, kindOf(otherBy)) && isBefore(other)) continue;
    // no call between the two: an entry is moved whole, or not at all (recovery.ts)
    const to = at + ENTRIES + kept++ * ENTRY_WORDS;
    words[to] = other;
    words[to + 1] = otherBy;
  }
  words[at + SHAPE] = ((words[at + SHAPE] as number) & ~COUNT_MASK) | kept;
  return kept;
}

/** The record of the cell, with room for `count` entries; what R held is in it. */
function roomFor(records: Records, cells: Int32Array, c: number, tag: number, count: number): number {
  const r = cells[c + R] as number;
  if (r < 0) {
    const log2 = (records.words[-r + SHAPE] as number) >>> CLASS_SHIFT;
    if (ENTRIES + count * ENTRY_WORDS <= 1 << log2) return -r;
  }
  let log2 = 3;
  while (1 << log2 < ENTRIES + count * ENTRY_WORDS) log2++;
  const at = records.take(log2);
  const words = records.words;
  words[at + OWNER] = tag;
  words[at + SHAPE] = log2 << CLASS_SHIFT;
  for (let i = 0; i < count - 1; i++) {
    words[at + ENTRIES + i * ENTRY_WORDS] = epochAt(records, cells, c, i);
    words[at + ENTRIES + i * ENTRY_WORDS + 1] = byAt(records, cells, c, i);
  }
  words[at + SHAPE] = (log2 << CLASS_SHIFT) | (count - 1);
  cells[c + R] = -at;
  if (r < 0) release(records, -r);
  return at;
}

/** Without the lock: whether R of the cell at c is a set that holds a plain read of that epoch. */
export function holdsRead(
  words: Int32Array,
  cells: Int32Array,
  c: number,
  tag: number,
  epoch: number,
): boolean {
  const r = cells[c + R] as number;
  const at = -r;
  if (r >= 0 || at + ENTRIES >= words.length || words[at + OWNER] !== tag) return false;
  const count = (words[at + SHAPE] as number) & COUNT_MASK;
  for (let i = 0; i < count; i++) {
    const entry = at + ENTRIES + i * ENTRY_WORDS;
    if (words[entry] !== epoch || ((words[entry + 1] as number) & ATOMIC) !== 0) continue;
    return Atomics.load(cells, c + R) === r && Atomics.load(words, at + OWNER) === tag;
  }
  return false;
}

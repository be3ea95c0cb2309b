/**
 * How a backlog (backlog.ts) lies in shared memory, for whoever survives its thread (PlainAccesses.catchUpFor). An entry is an
 * element and the number of a slot, which says what else is to be known; 0 is no slot, and the entry none.
 *
 *   slot     id of the buffer · class, way, and the view's name · first element of the view · stack
 *   entry    element · slot
 *   of rows  entry of the lane's rows · ROWS + slot
 */
import type { Records } from '../memory/records.ts';
import type { AccessClass, Kind } from './kind.ts';
import { PLAIN_READ, PLAIN_UPDATE, PLAIN_WRITE } from './kind.ts';
import type { Named, TrackedView } from './tracked-view.ts';
import { TYPED_ARRAYS } from './typed-arrays.ts';

export const LOG2_WORDS = 12;
export const WORDS: number = 1 << LOG2_WORDS;
export const COUNT = 0;
/** slots 1 … */
const SLOT_WORDS = 4;
/** Many, since a large program comes by as many ways again and again: when there is none left all are forgotten. */
export const MOST_SLOTS = 959;
/** What is added to the number of a slot in an entry of rows. */
export const ROWS: number = MOST_SLOTS + 1;
const SlotWord = { BUFFER: 0, INFO: 1, VIEW: 2, STACK: 3 } as const;
export const ENTRIES: number = (MOST_SLOTS + 1) * SLOT_WORDS;
export const ENTRY_WORDS = 2;
export const Entry = { ELEMENT: 0, SLOT: 1 } as const;
/** Few, since an element that is accessed again and again may be noted each time until then. */
export const MOST = 128;
if (ENTRIES + MOST * ENTRY_WORDS > WORDS) throw new Error('a backlog does not fit its words');
const CLASS_BITS = 3;
/** plain kinds, by the number that stands in a slot */
const KINDS: readonly Kind[] = [PLAIN_READ, PLAIN_WRITE, PLAIN_UPDATE];
const NAME_SHIFT = CLASS_BITS + 2;

/** Where the run of neighbours ends that begins with the entry of an element at `at`: one behind its last element. */
export function runFrom(entries: Int32Array, at: number, end: number): number {
  let i = at;
  while (isNext(entries, i, end)) i += ENTRY_WORDS;
  return ((entries[i + Entry.ELEMENT] as number) >>> 0) + 1;
}

/** Whether the entry behind the one at `at` is of the next element, in the same way. */
export function isNext(entries: Int32Array, at: number, end: number): boolean {
  const next = at + ENTRY_WORDS;
  // the bits are compared, which need not become an index
  return (
    next < end &&
    entries[next + Entry.ELEMENT] === (((entries[at + Entry.ELEMENT] as number) + 1) | 0) &&
    entries[next + Entry.SLOT] === entries[at + Entry.SLOT]
  );
}

/** Says what accesses of a slot are. */
export function writeSlot(
  words: Int32Array,
  slot: number,
  view: TrackedView,
  kind: Kind,
  stack: number,
): void {
  const at = slot * SLOT_WORDS;
  words[at + SlotWord.BUFFER] = view.shadow.id;
  words[at + SlotWord.INFO] =
    view.plane.accessClass |
    (KINDS.indexOf(kind) << CLASS_BITS) |
    (TYPED_ARRAYS.indexOf(view.name) << NAME_SHIFT);
  words[at + SlotWord.VIEW] = view.first;
  words[at + SlotWord.STACK] = stack;
}

/** An entry of another thread's backlog. */
export interface LeftEntry extends Named {
  /** its element is an entry of the lane's rows */
  rows: boolean;
  buffer: number;
  accessClass: AccessClass;
  kind: Kind;
  element: number;
  stack: number;
}

/** What stands in the backlog at slot[word]. */
export function entriesAt(records: Records, slot: Int32Array, word: number): LeftEntry[] {
  const start = slot[word] as number;
  if (start === 0) return [];
  const words = records.table.ensure(start + WORDS).slice(start, start + WORDS) as unknown as number[];
  return Array.from({ length: Math.min(words[COUNT] as number, MOST) }, (_, i) => {
    const at = ENTRIES + i * ENTRY_WORDS;
    const number = words[at + Entry.SLOT] as number;
    const slotAt = (number % ROWS) * SLOT_WORDS;
    const info = words[slotAt + SlotWord.INFO] as number;
    return {
      number,
      rows: number >= ROWS,
      buffer: words[slotAt + SlotWord.BUFFER] as number,
      accessClass: (info & ((1 << CLASS_BITS) - 1)) as AccessClass,
      kind: KINDS[(info >>> CLASS_BITS) & 3] as Kind,
      name: TYPED_ARRAYS[info >>> NAME_SHIFT] as string,
      first: (words[slotAt + SlotWord.VIEW] as number) >>> 0,
      element: (words[at + Entry.ELEMENT] as number) >>> 0,
      stack: words[slotAt + SlotWord.STACK] as number,
    };
  }).filter(({ number }) => number !== 0);
}

/** Gives its memory back. */
export function giveAt(records: Records, slot: Int32Array, word: number): void {
  const at = slot[word] as number;
  slot[word] = 0;
  if (at !== 0) records.free(at, LOG2_WORDS);
}

/**
 * A thread's latest plain accesses to single elements, which its lanes do not remember yet and which are compared
 * with nobody's: all of that is put off until the thread releases or acquires something, or has made many. It costs
 * less in one go, and the program's own reads of memory overlap meanwhile: each takes four stores here.
 *
 * Of two accesses that race, each is remembered and then compared when its backlog is worked off, so whoever comes
 * last sees the other's: nothing is missed, as long as a backlog is worked off before its thread's clock changes
 * or is told to others.
 *
 * What is accessed again before that is noted again, unless it is by a way that is known to do so often: such ways look
 * among the latest entries first.
 *
 * Rows (rows.ts) are remembered when they come. They are compared with all else: an entry here says that there are some.
 *
 * It lies in shared memory, for whoever survives the thread (PlainAccesses.catchUpFor). An entry is an element and the number
 * of a slot, which says what else is to be known; 0 is no slot, and the entry none.
 *
 *   slot     id of the buffer · class, way, and the view's name · first element of the view · stack
 *   entry    element · slot
 *   of rows  entry of the lane's rows · ROWS + slot
 */
import type { Records } from '../memory/records.ts';
import type { Shadow } from './buffers.ts';
import { makeMark } from './cell.ts';
import type { AccessClass, Kind } from './kind.ts';
import { PLAIN_READ, PLAIN_UPDATE, PLAIN_WRITE, WRITE } from './kind.ts';
import type { Lane } from './lane.ts';
import type { Plane } from './plane.ts';
import { TYPED_ARRAYS } from './typed-arrays.ts';

/** A view as a report names it. */
export interface Named {
  readonly name: string;
  /** its first element, counted from the start of the block */
  readonly first: number;
  /** itself, in the thread that has it */
  readonly array?: ArrayLike<number | bigint>;
}

/** A view whose accesses are put off. */
export interface TrackedView extends Named {
  /** in its thread, not 0 */
  readonly id: number;
  readonly shadow: Shadow;
  readonly plane: Plane;
  /** the thread's own, unless it has taken another tid since */
  readonly lane: Lane;
}

/** One way in which a view is accessed. */
export interface Slot {
  readonly number: number;
  /** undefined: nobody comes this way, or nobody any more */
  view: TrackedView | undefined;
  kind: Kind;
  write: boolean;
  /** the view's id, and 1 if it writes; 0 for one of too many views */
  mine: number;
  /** whether it is worth asking if it is noted already */
  looks: boolean;
  stack: number;
  mark: number;
  /** the view's, and its plane; another one once the thread has taken another tid */
  lane: Lane | undefined;
  plane: Plane | undefined;
  /** of the mark in the lane; NO_CODE until it is asked for */
  code: number;
  /** for comparison.ts: the classes that its accesses are compared with, and behind which fence that is so */
  comparedWith: number;
  comparedAt: number;
}

export const NO_CODE = -1;

const LOG2_WORDS = 9;
const WORDS = 1 << LOG2_WORDS;
const COUNT = 0;
/** slots 1 … */
const SLOT_WORDS = 4;
const MOST_SLOTS = 63;
/** What is added to the number of a slot in an entry of rows. */
export const ROWS: number = MOST_SLOTS + 1;
const SlotWord = { BUFFER: 0, INFO: 1, VIEW: 2, STACK: 3 } as const;
export const ENTRIES: number = (MOST_SLOTS + 1) * SLOT_WORDS;
export const ENTRY_WORDS = 2;
export const Entry = { ELEMENT: 0, SLOT: 1 } as const;
/** Few, since an element that is accessed again and again may be noted each time until then. */
const MOST = (WORDS - ENTRIES) / ENTRY_WORDS;
const CLASS_BITS = 3;
/** plain kinds, by the number that stands in a slot */
const KINDS: readonly Kind[] = [PLAIN_READ, PLAIN_WRITE, PLAIN_UPDATE];
const NAME_SHIFT = CLASS_BITS + 2;
/** of the slots met last, by stack and kind: the view's id · stack · kind · number */
const MEMO_WORDS = 4;
const MEMO_MASK = 255;
const memoOf = (stack: number, kind: Kind): number => ((stack * 3 + kind) & MEMO_MASK) * MEMO_WORDS;
const Memo = { VIEW: 0, STACK: 1, KIND: 2, SLOT: 3 } as const;

/** Of the elements noted last by ways that look there: itself, and by which view, whether written, and in which round. */
const NOTED_WORDS = 2;
const NOTED_MASK = 63;
/** What a round adds: `Slot.mine` fits below. */
const ROUND = 2 ** 24;
const LAST_ROUND = 2 ** 31 - ROUND;
const MOST_VIEWS = ROUND / 2;
/** Of so many full backlogs one is looked through, */
const JUDGED_MASK = 15;
/** and so many of its entries must be in vain. */
const VAIN = MOST / 8;

const NOTHING = new Int32Array(WORDS);

export class Backlog {
  /**
   * Entries of this thread. The word in shared memory is for others alone: who terminates a thread may give its memory to
   * another one while it still runs for a moment, and it must not take that one's entries for its own.
   */
  count = 0;
  /** how many of them are of rows */
  private rows = 0;
  /** how many entries there may be, as things are: 0 until `open` */
  private limit = 0;
  private taken = 0;
  private words: Int32Array = NOTHING;
  private readonly slots: Slot[] = Array.from({ length: MOST_SLOTS + 1 }, (_, number) => freeSlot(number));
  private readonly memo = new Int32Array((MEMO_MASK + 1) * MEMO_WORDS);
  private readonly noted = new Int32Array((NOTED_MASK + 1) * NOTED_WORDS);
  /** changes when the entries go: what was noted in another round is not */
  private round = ROUND;
  private filled = 0;
  private readonly records: Records;
  private readonly slot: Int32Array;
  private readonly word: number;

  /** Where it lies stands in slot[word]. */
  constructor(records: Records, slot: Int32Array, word: number) {
    this.records = records;
    this.slot = slot;
    this.word = word;
  }

  /**
   * Notes an access and returns the way that it came, which is good for more of the same view. Undefined: it was not
   * noted, before `open`, where there is no more room, or of a kind that is not known yet.
   */
  add(view: TrackedView, element: number, kind: Kind, stack: number): Slot | undefined {
    const { memo } = this;
    const m = memoOf(stack, kind);
    if (memo[m + Memo.VIEW] !== view.id) return undefined;
    if (memo[m + Memo.STACK] !== stack || memo[m + Memo.KIND] !== kind) return undefined;
    const way = this.slots[memo[m + Memo.SLOT] as number] as Slot;
    return this.addBy(way, element) ? way : undefined;
  }

  /** The same for an access that comes a way which another has come. */
  addBy(way: Slot, element: number): boolean {
    const { words, count } = this;
    if (count >= this.limit) return false;
    const at = ENTRIES + count * ENTRY_WORDS;
    words[at + Entry.ELEMENT] = element;
    words[at + Entry.SLOT] = way.number;
    this.count = count + 1;
    words[COUNT] = count + 1;
    return true;
  }

  /** The same by a way that looks: also where there is an entry already that stands for the access. */
  addOnce(way: Slot, element: number): boolean {
    const { noted, round } = this;
    const at = (element & NOTED_MASK) * NOTED_WORDS;
    const mine = round + way.mine;
    const by = noted[at + 1] as number;
    if (noted[at] === (element | 0) && (by === mine || (!way.write && by === mine + 1))) return true;
    if (!this.addBy(way, element)) return false;
    noted[at] = element;
    noted[at + 1] = mine;
    return true;
  }

  /** Notes that there is something to compare in an entry of the lane's rows. There is room, and the way is known. */
  addRows(entry: number, kind: Kind, stack: number): void {
    const { words, count } = this;
    const at = ENTRIES + count * ENTRY_WORDS;
    this.rows++;
    words[at + Entry.ELEMENT] = entry;
    words[at + Entry.SLOT] = ROWS + (this.memo[memoOf(stack, kind) + Memo.SLOT] as number);
    this.count = count + 1;
    words[COUNT] = count + 1;
  }

  /** How many entries are of elements. */
  get elements(): number {
    return this.count - this.rows;
  }

  /** Whether it must be worked off before the next entry. */
  get full(): boolean {
    return this.count === MOST;
  }

  /** Whether it must be forgotten before the next `learn`. */
  get crowded(): boolean {
    return this.taken === MOST_SLOTS;
  }

  /** Lets accesses of that kind come. There must be room: see `crowded`. */
  learn(view: TrackedView, kind: Kind, stack: number): void {
    const { slots, memo } = this;
    if (this.words === NOTHING) this.make();
    let known = 1;
    while (known <= this.taken && !isFor(slots[known] as Slot, view, kind, stack)) known++;
    const slot = slots[known] as Slot;
    const m = memoOf(stack, kind);
    memo[m + Memo.VIEW] = view.id;
    memo[m + Memo.STACK] = stack;
    memo[m + Memo.KIND] = kind;
    memo[m + Memo.SLOT] = known;
    if (known <= this.taken) return;
    this.taken = known;
    slot.view = view;
    slot.kind = kind;
    slot.write = (kind & WRITE) !== 0;
    slot.mine = view.id < MOST_VIEWS ? view.id * 2 + (slot.write ? 1 : 0) : 0;
    slot.looks = false;
    slot.stack = stack;
    slot.mark = makeMark(stack, kind);
    slot.code = NO_CODE;
    slot.lane = view.lane;
    slot.plane = view.plane;
    const { words } = this;
    const at = known * SLOT_WORDS;
    words[at + SlotWord.BUFFER] = view.shadow.id;
    words[at + SlotWord.INFO] =
      view.plane.accessClass |
      (KINDS.indexOf(kind) << CLASS_BITS) |
      (TYPED_ARRAYS.indexOf(view.name) << NAME_SHIFT);
    words[at + SlotWord.VIEW] = view.first;
    words[at + SlotWord.STACK] = stack;
  }

  private make(): void {
    const { records } = this;
    const at = records.take(LOG2_WORDS);
    this.words = records.table.ensure(at + WORDS).subarray(at, at + WORDS);
    this.words[COUNT] = 0;
    this.slot[this.word] = at;
  }

  /** From now on `add` adds. */
  open(): void {
    this.limit = MOST;
  }

  /** From now on it does not. */
  shut(): void {
    this.limit = 0;
  }

  /** The words in which the entries are: at ENTRIES, ENTRIES + ENTRY_WORDS, … below `end`. */
  get entries(): Int32Array {
    return this.words;
  }

  get end(): number {
    return ENTRIES + this.count * ENTRY_WORDS;
  }

  slotOf(number: number): Slot {
    return this.slots[number] as Slot;
  }

  /** It is worked off. The views may come again. */
  clear(): void {
    if (this.count === MOST && (++this.filled & JUDGED_MASK) === 0) this.judge();
    this.count = 0;
    this.rows = 0;
    this.words[COUNT] = 0;
    if (this.round < LAST_ROUND) this.round += ROUND;
    else {
      this.unlearn();
      this.round = ROUND;
    }
  }

  private unlearn(): void {
    const { noted } = this;
    // not `fill`, in whose place ours may be: it looks for the array's view, and all that is compiled for typed arrays goes
    for (let i = 0; i < noted.length; i++) noted[i] = 0;
  }

  /** Ways that often note what has just been noted are to look before they do. */
  private judge(): void {
    const { words, slots, noted, end } = this;
    const ways = new Set<Slot>();
    let vain = 0;
    for (let at = ENTRIES; at < end; at += ENTRY_WORDS) {
      const element = words[at + Entry.ELEMENT] as number;
      const number = words[at + Entry.SLOT] as number;
      // it has been taken out, or is no element
      if (number === 0 || number >= ROWS) continue;
      const i = (element & NOTED_MASK) * NOTED_WORDS;
      const before = slots[noted[i + 1] as number];
      const way = slots[number] as Slot;
      const stands = before !== undefined && before.view === way.view && (before.write || !way.write);
      if (noted[i] === element && stands) {
        vain++;
        ways.add(before).add(way);
      }
      noted[i] = element;
      noted[i + 1] = number;
    }
    this.unlearn();
    if (vain >= VAIN) for (const way of ways) way.looks = way.mine !== 0;
  }

  /** Lets go of the views: the program may have dropped them. There is no entry. */
  forget(): void {
    const { slots, memo } = this;
    for (let number = 1; number <= this.taken; number++) {
      const slot = slots[number] as Slot;
      // the program may still hold it (interface.ts, Way)
      slot.view = undefined;
      slot.lane = undefined;
      slot.plane = undefined;
      slots[number] = freeSlot(number);
      memo[memoOf(slot.stack, slot.kind) + Memo.VIEW] = 0;
    }
    this.taken = 0;
  }

  /** The thread ends. */
  give(): void {
    this.clear();
    this.shut();
    this.forget();
    this.words = NOTHING;
    giveAt(this.records, this.slot, this.word);
  }
}

const freeSlot = (number: number): Slot => ({
  number,
  view: undefined,
  kind: PLAIN_READ,
  write: false,
  mine: 0,
  looks: false,
  stack: 0,
  mark: 0,
  lane: undefined,
  plane: undefined,
  code: NO_CODE,
  comparedWith: 0,
  comparedAt: Number.NaN,
});

function isFor(slot: Slot, view: TrackedView, kind: Kind, stack: number): boolean {
  return slot.view === view && slot.stack === stack && slot.kind === kind;
}

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
    const entry = (number % ROWS) * SLOT_WORDS;
    const info = words[entry + SlotWord.INFO] as number;
    return {
      number,
      rows: number >= ROWS,
      buffer: words[entry + SlotWord.BUFFER] as number,
      accessClass: (info & ((1 << CLASS_BITS) - 1)) as AccessClass,
      kind: KINDS[(info >>> CLASS_BITS) & 3] as Kind,
      name: TYPED_ARRAYS[info >>> NAME_SHIFT] as string,
      first: (words[entry + SlotWord.VIEW] as number) >>> 0,
      element: (words[at + Entry.ELEMENT] as number) >>> 0,
      stack: words[entry + SlotWord.STACK] as number,
    };
  }).filter(({ number }) => number !== 0);
}

/** Gives its memory back. */
export function giveAt(records: Records, slot: Int32Array, word: number): void {
  const at = slot[word] as number;
  slot[word] = 0;
  if (at !== 0) records.free(at, LOG2_WORDS);
}

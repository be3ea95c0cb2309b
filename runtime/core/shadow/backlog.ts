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
 * How it lies in shared memory: backlog-memory.ts.
 */

import type { Records } from '../memory/records.ts';
import {
  COUNT,
  ENTRIES,
  ENTRY_WORDS,
  Entry,
  giveAt,
  LOG2_WORDS,
  MOST,
  MOST_SLOTS,
  ROWS,
  WORDS,
  writeSlot,
} from './backlog-memory.ts';
import { makeMark } from './cell.ts';
import type { Kind } from './kind.ts';
import { PLAIN_READ, WRITE } from './kind.ts';
import type { Lane } from './lane.ts';
import type { Plane } from './plane.ts';
import type { TrackedView } from './tracked-view.ts';

/** One way in which a view is accessed. */
export interface Slot {
  readonly number: number;
  /** where the number stands among those of all slots */
  place: number;
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

/** Places for the numbers of slots, by a hash of what comes their way, or behind: at most half of them are taken. */
const PLACES = 2048;
const PLACES_SHIFT = 21;
const placeOf = (view: TrackedView, kind: Kind, stack: number): number =>
  Math.imul(stack + Math.imul(view.id, 0x85ebca6b) + (kind << 24), 0x9e3779b1) >>> PLACES_SHIFT;

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
  private words: Int32Array = NOTHING;
  /** by number */
  private readonly slots: Slot[] = [NO_SLOT];
  private readonly places = new Int32Array(PLACES);
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
    const way = this.find(view, kind, stack);
    return way !== undefined && this.addBy(way, element) ? way : undefined;
  }

  private find(view: TrackedView, kind: Kind, stack: number): Slot | undefined {
    const { places, slots } = this;
    for (let place = placeOf(view, kind, stack); places[place] !== 0; place = (place + 1) % PLACES) {
      const slot = slots[places[place] as number] as Slot;
      if (slot.view === view && slot.stack === stack && slot.kind === kind) return slot;
    }
    return undefined;
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

  /** Notes that there is something to compare in an entry of the lane's rows. There is room. */
  addRows(entry: number, way: Slot): void {
    const { words, count } = this;
    const at = ENTRIES + count * ENTRY_WORDS;
    this.rows++;
    words[at + Entry.ELEMENT] = entry;
    words[at + Entry.SLOT] = ROWS + way.number;
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
    return this.slots.length > MOST_SLOTS;
  }

  /** Lets accesses of that kind come, by the way that it returns. There must be room: see `crowded`. */
  learn(view: TrackedView, kind: Kind, stack: number): Slot {
    const known = this.find(view, kind, stack);
    if (known !== undefined) return known;
    const { slots, places } = this;
    if (this.words === NOTHING) this.make();
    const slot = makeSlot(slots.length, view, kind, stack);
    writeSlot(this.words, slot.number, view, kind, stack);
    let place = placeOf(view, kind, stack);
    while (places[place] !== 0) place = (place + 1) % PLACES;
    slot.place = place;
    places[place] = slot.number;
    slots.push(slot);
    return slot;
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
    const { slots, places } = this;
    while (slots.length > 1) {
      const slot = slots.pop() as Slot;
      // the program may still hold it (interface.ts, Way)
      slot.view = undefined;
      slot.lane = undefined;
      slot.plane = undefined;
      places[slot.place] = 0;
    }
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

function makeSlot(number: number, view: TrackedView | undefined, kind: Kind, stack: number): Slot {
  const write = (kind & WRITE) !== 0;
  return {
    number,
    place: 0,
    view,
    kind,
    write,
    mine: view !== undefined && view.id < MOST_VIEWS ? view.id * 2 + (write ? 1 : 0) : 0,
    looks: false,
    stack,
    mark: makeMark(stack, kind),
    lane: view?.lane,
    plane: view?.plane,
    code: NO_CODE,
    comparedWith: 0,
    comparedAt: Number.NaN,
  };
}

/** of the number 0, by which nobody comes */
const NO_SLOT = makeSlot(0, undefined, PLAIN_READ, 0);

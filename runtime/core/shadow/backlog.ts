/**
 * A thread's latest plain accesses to single elements, which its lanes do not remember yet and which are compared
 * with nobody's: all of that is put off until the thread releases or acquires something, or has made many. It costs
 * less in one go, and the program's own reads of memory overlap meanwhile.
 *
 * Of two accesses that race, each is remembered and then compared when its backlog is worked off, so whoever comes
 * last sees the other's: nothing is missed, as long as a backlog is worked off before its thread's clock changes
 * or is told to others.
 *
 * It lies in shared memory, for whoever survives the thread (Detector.catchUpFor). An entry is a run of neighbouring
 * elements of a view, accessed in one way and with one stack, and names the view by its header:
 *
 *   entry    first element · end · index of the header · stack
 *   header   id of the buffer · class, way, and the view's name · first element of the view
 */
import type { Records } from '../memory/records.ts';
import type { Shadow } from './buffers.ts';
import type { AccessClass, Kind } from './kind.ts';
import { PLAIN_READ, PLAIN_UPDATE, PLAIN_WRITE } from './kind.ts';
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
  readonly shadow: Shadow;
  readonly plane: Plane;
  /** the thread's own, unless it has taken another tid since */
  readonly lane: Lane;
  /** its headers for each way, 0 for none, in the backlog of that generation */
  generation: number;
  readHeader: number;
  writeHeader: number;
  updateHeader: number;
}

const LOG2_WORDS = 9;
const WORDS = 1 << LOG2_WORDS;
const COUNT = 0;
/** headers 1 … */
const HEADER_WORDS = 3;
const MOST_HEADERS = 41;
const Header = { BUFFER: 0, INFO: 1, VIEW: 2 } as const;
export const ENTRIES = 128;
export const ENTRY_WORDS = 4;
export const Entry = { FIRST: 0, END: 1, HEADER: 2, STACK: 3 } as const;
/** Few, since an element that is accessed again and again is noted each time until then. */
const MOST = (WORDS - ENTRIES) / ENTRY_WORDS;
const CLASS_BITS = 3;
/** plain kinds, by the number that stands in a header */
const KINDS: readonly Kind[] = [PLAIN_READ, PLAIN_WRITE, PLAIN_UPDATE];
const NAME_SHIFT = CLASS_BITS + 2;

const NOTHING = new Int32Array(WORDS);

export class Backlog {
  count = 0;
  private headers = 0;
  private generation = 1;
  private words: Int32Array = NOTHING;
  /** of the headers */
  private readonly views: (TrackedView | undefined)[] = new Array(MOST_HEADERS + 1).fill(undefined);
  private readonly kinds: Kind[] = new Array(MOST_HEADERS + 1).fill(PLAIN_READ);
  private readonly records: Records;
  private readonly slot: Int32Array;
  private readonly word: number;

  /** Where it lies stands in slot[word]. */
  constructor(records: Records, slot: Int32Array, word: number) {
    this.records = records;
    this.slot = slot;
    this.word = word;
  }

  /** Whether it must be worked off, and forgotten, before the next `add`. */
  get full(): boolean {
    return this.count === MOST || this.headers === MOST_HEADERS;
  }

  /** There must be room: see `full`. */
  add(view: TrackedView, element: number, kind: Kind, stack: number): void {
    if (view.generation !== this.generation) this.renew(view);
    const known =
      kind === PLAIN_READ ? view.readHeader : kind === PLAIN_WRITE ? view.writeHeader : view.updateHeader;
    const header = known !== 0 ? known : this.introduce(view, kind);
    const { count, words } = this;
    const at = ENTRIES + count * ENTRY_WORDS;
    const last = at - ENTRY_WORDS;
    if (
      count !== 0 &&
      words[last + Entry.END] === element &&
      words[last + Entry.HEADER] === header &&
      words[last + Entry.STACK] === stack
    ) {
      words[last + Entry.END] = element + 1;
      return;
    }
    words[at + Entry.FIRST] = element;
    words[at + Entry.END] = element + 1;
    words[at + Entry.HEADER] = header;
    words[at + Entry.STACK] = stack;
    this.count = count + 1;
    words[COUNT] = count + 1;
  }

  private renew(view: TrackedView): void {
    view.generation = this.generation;
    view.readHeader = view.writeHeader = view.updateHeader = 0;
  }

  private introduce(view: TrackedView, kind: Kind): number {
    if (this.words === NOTHING) this.make();
    const { words } = this;
    const header = ++this.headers;
    const at = header * HEADER_WORDS;
    words[at + Header.BUFFER] = view.shadow.id;
    words[at + Header.INFO] =
      view.plane.accessClass |
      (KINDS.indexOf(kind) << CLASS_BITS) |
      (TYPED_ARRAYS.indexOf(view.name) << NAME_SHIFT);
    words[at + Header.VIEW] = view.first;
    this.views[header] = view;
    this.kinds[header] = kind;
    if (kind === PLAIN_READ) view.readHeader = header;
    else if (kind === PLAIN_WRITE) view.writeHeader = header;
    else view.updateHeader = header;
    return header;
  }

  private make(): void {
    const { records } = this;
    const at = records.take(LOG2_WORDS);
    this.words = records.table.ensure(at + WORDS).subarray(at, at + WORDS);
    this.words[COUNT] = 0;
    this.slot[this.word] = at;
  }

  /** The words in which the entries are: at ENTRIES, ENTRIES + ENTRY_WORDS, … below `end`. */
  get entries(): Int32Array {
    return this.words;
  }

  get end(): number {
    return ENTRIES + this.count * ENTRY_WORDS;
  }

  viewOf(header: number): TrackedView {
    return this.views[header] as TrackedView;
  }

  kindOf(header: number): Kind {
    return this.kinds[header] as Kind;
  }

  /** It is worked off. The views may come again. */
  clear(): void {
    this.count = 0;
    this.words[COUNT] = 0;
  }

  /** Lets go of the views: the program may have dropped them. There is no entry. */
  forget(): void {
    for (let header = 1; header <= this.headers; header++) this.views[header] = undefined;
    this.generation++;
    this.headers = 0;
  }

  /** The thread ends. */
  give(): void {
    this.count = 0;
    this.forget();
    this.words = NOTHING;
    giveAt(this.records, this.slot, this.word);
  }
}

/** An entry of another thread's backlog. */
export interface LeftEntry extends Named {
  buffer: number;
  accessClass: AccessClass;
  kind: Kind;
  from: number;
  end: number;
  stack: number;
}

/** What stands in the backlog at slot[word]. */
export function entriesAt(records: Records, slot: Int32Array, word: number): LeftEntry[] {
  const start = slot[word] as number;
  if (start === 0) return [];
  const words = records.table.ensure(start + WORDS).slice(start, start + WORDS) as unknown as number[];
  return Array.from({ length: Math.min(words[COUNT] as number, MOST) }, (_, i) => {
    const at = ENTRIES + i * ENTRY_WORDS;
    const header = (words[at + Entry.HEADER] as number) * HEADER_WORDS;
    const info = words[header + Header.INFO] as number;
    return {
      buffer: words[header + Header.BUFFER] as number,
      accessClass: (info & ((1 << CLASS_BITS) - 1)) as AccessClass,
      kind: KINDS[(info >>> CLASS_BITS) & 3] as Kind,
      name: TYPED_ARRAYS[info >>> NAME_SHIFT] as string,
      first: (words[header + Header.VIEW] as number) >>> 0,
      from: (words[at + Entry.FIRST] as number) >>> 0,
      end: (words[at + Entry.END] as number) >>> 0,
      stack: words[at + Entry.STACK] as number,
    };
  });
}

/** Gives its memory back. */
export function giveAt(records: Records, slot: Int32Array, word: number): void {
  const at = slot[word] as number;
  slot[word] = 0;
  if (at !== 0) records.free(at, LOG2_WORDS);
}

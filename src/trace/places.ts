/**
 * Who may still race where: for each byte of a buffer the accesses to it that some later one can be unordered with, as
 * far as it makes a difference to the pairs of places in the code. Of accesses at one place in the code, in one way, the
 * later of two that are ordered stands for both: what comes after it, and is unordered with the earlier one, is
 * unordered with it as well.
 *
 * Bytes with equal accesses share one list of them, and a page of memory has one number for each run of such bytes, so an
 * access to a million elements in a row costs no more than one to as many pages.
 */

export interface Traced {
  seq: number;
  tid: number;
  clock: number;
  /** bit set of the format's ACCESS_… */
  kind: number;
  /** log2 */
  size: number;
  stack: number;
  /** the same for one place in the code, kind and size */
  place: number;
}

const PAGE_SHIFT = 14;
const PAGE: number = 2 ** PAGE_SHIFT;
/** of memory, in runs */
const PAGE_COST = 8;
/** lists that are made before those without a byte are looked for */
const FIRST_SWEEP = 500_000;

/** There is no memory for so many different ones. */
export class TooManyPlaces extends Error {}

interface Page {
  /** where a run of bytes begins, ascending, the first at 0 */
  from: number[];
  /** index of its list */
  list: number[];
}

/** The list of bytes that had `list`, after an access. */
export type Step = (list: readonly Traced[], byteOffset: number) => readonly Traced[];

export class Places {
  readonly #buffers = new Map<number, Map<number, Page>>();
  #lists: (readonly Traced[])[] = [[]];
  #sweepAt = FIRST_SWEEP;
  #runs = 0;
  readonly #mostRuns: number;
  /** by list: what came of it in the access that is made */
  readonly #memo = new Map<number, number>();
  #of: Traced | undefined;

  constructor(mostRuns = 16_000_000) {
    this.#mostRuns = mostRuns;
  }

  /** An access of `access` to the bytes from … to. `step` is asked once for each list there is. */
  touch(buffer: number, from: number, to: number, access: Traced, step: Step): void {
    if (access !== this.#of) {
      this.#of = access;
      this.#memo.clear();
    }
    let pages = this.#buffers.get(buffer);
    if (pages === undefined) {
      pages = new Map();
      this.#buffers.set(buffer, pages);
    }
    for (let at = from; at < to; ) {
      const index = Math.floor(at / PAGE);
      const start = index * PAGE;
      const end = Math.min(to, start + PAGE);
      let page = pages.get(index);
      if (page === undefined) {
        page = { from: [0], list: [0] };
        pages.set(index, page);
        this.#count(PAGE_COST);
      }
      this.#update(page, at - start, end - start, start, step);
      at = end;
    }
    if (this.#lists.length > this.#sweepAt) this.#sweep();
  }

  #update(page: Page, from: number, to: number, start: number, step: Step): void {
    const first = this.#split(page, from);
    const end = to === PAGE ? page.from.length : this.#split(page, to);
    for (let i = first; i < end; i++) {
      page.list[i] = this.#after(page.list[i] as number, start + (page.from[i] as number), step);
    }
    this.#merge(page, first, end);
  }

  /** Makes a run begin there, and returns which it is. */
  #split(page: Page, at: number): number {
    const { from, list } = page;
    let low = 0;
    let high = from.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((from[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    if (from[low] === at) return low;
    this.#count(1);
    from.splice(low, 0, at);
    list.splice(low, 0, list[low - 1] as number);
    return low;
  }

  /** Neighbours that have become equal are one run again: what was split for more than one. */
  #merge({ from, list }: Page, first: number, end: number): void {
    if (end - first < 2) return;
    let kept = first + 1;
    for (let i = first + 1; i < end; i++) {
      if (list[i] === list[kept - 1]) continue;
      from[kept] = from[i] as number;
      list[kept] = list[i] as number;
      kept++;
    }
    from.splice(kept, end - kept);
    list.splice(kept, end - kept);
    this.#count(kept - end);
  }

  #after(list: number, byteOffset: number, step: Step): number {
    const known = this.#memo.get(list);
    if (known !== undefined) return known;
    const old = this.#lists[list] as readonly Traced[];
    const made = step(old, byteOffset);
    const index = made === old ? list : this.#lists.push(made) - 1;
    this.#memo.set(list, index);
    // so that bytes that have come by it already stay where they are
    if (index !== list) this.#memo.set(index, index);
    return index;
  }

  #count(change: number): void {
    this.#runs += change;
    if (this.#runs > this.#mostRuns) throw new TooManyPlaces();
  }

  #sweep(): void {
    const moved = new Map<number, number>([[0, 0]]);
    const lists: (readonly Traced[])[] = [[]];
    for (const pages of this.#buffers.values()) {
      for (const { list } of pages.values()) {
        for (let i = 0; i < list.length; i++) {
          const old = list[i] as number;
          let index = moved.get(old);
          if (index === undefined) {
            index = lists.push(this.#lists[old] as readonly Traced[]) - 1;
            moved.set(old, index);
          }
          list[i] = index;
        }
      }
    }
    this.#lists = lists;
    this.#memo.clear();
    this.#sweepAt = Math.max(FIRST_SWEEP, lists.length * 2);
  }
}

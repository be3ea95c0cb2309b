/** Site tables that come with built code, and where their numbers lie. */
import type { BuiltTable, SiteRecord, SiteTable } from './interface.ts';

const SITE_NUMBERS = 5;

export function unpackTable({ sites, ...table }: BuiltTable): SiteTable {
  const records: SiteRecord[] = [];
  for (let i = 0; i + SITE_NUMBERS <= sites.length; i += SITE_NUMBERS) {
    const [line, column, flags, fn, text] = sites.slice(i, i + SITE_NUMBERS) as [
      number,
      number,
      number,
      number,
      number,
    ];
    records.push({ line, column, flags, fn, text });
  }
  return { ...table, sites: records };
}

/**
 * The ranges of site numbers that built modules have in one thread's code, and where each lies in the process's
 * table. Asked on slow paths only: a binary search, after a look at the last answer.
 */
export class PlacedSites {
  /** sorted by `from`, without overlaps */
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly base: number[] = [];
  private last = 0;

  /** Numbers `from` … `from + count - 1` are sites `base` … of the process. False if some of them are taken by others. */
  add(from: number, count: number, base: number): boolean {
    if (count === 0) return true;
    const at = this.after(from);
    const same = at > 0 && this.from[at - 1] === from && this.base[at - 1] === base;
    if (same) return true;
    const start = at > 0 ? Math.max(from, this.to[at - 1] as number) : from;
    const end = Math.min(from + count, this.from[at] ?? Number.POSITIVE_INFINITY);
    if (start < end) {
      this.from.splice(at, 0, start);
      this.to.splice(at, 0, end);
      this.base.splice(at, 0, base + start - from);
    }
    return start === from && end === from + count;
  }

  get(site: number): number {
    let at = this.last;
    if (!(site >= (this.from[at] as number) && site < (this.to[at] as number))) {
      at = this.after(site) - 1;
      if (at < 0 || site >= (this.to[at] as number)) return 0;
      this.last = at;
    }
    return (this.base[at] as number) + site - (this.from[at] as number);
  }

  /** Index of the first range that starts after `site`. */
  private after(site: number): number {
    let low = 0;
    let high = this.from.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.from[middle] as number) <= site) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The pairs of code locations that have been reported, process-wide, and how often each was seen. A pair is
 * unordered; a location is a file, line and column, so the read and the write of `a[i] += v` are one.
 */
import { SingleLock } from './core/memory/control.ts';
import type { Locks } from './core/memory/lock.ts';
import type { Memory } from './core/memory/memory.ts';
import type { Site } from './sites.ts';

const ENTRY_WORDS = 4;
const FIRST = 16;
const SITE_A = 0;
const SITE_B = 1;
const COUNT = 2;

export class RaceCounts {
  private readonly memory: Memory;
  private readonly locks: Locks;
  private readonly site: (site: number) => Site;
  private readonly bySites = new Map<string, number>();
  private readonly byLocations = new Map<string, number>();
  private read = FIRST;

  constructor(memory: Memory, locks: Locks, site: (site: number) => Site) {
    this.memory = memory;
    this.locks = locks;
    this.site = site;
  }

  /** Counts one more race of the two sites. Its place in `all()` if it is the first of its locations, else -1. */
  see(a: number, b: number): number {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    let at = this.bySites.get(key);
    let first = false;
    if (at === undefined) {
      const lock = this.locks.single(SingleLock.MODULES);
      this.locks.lock(lock);
      try {
        this.readOthers();
        const locations = this.locations(a, b);
        at = this.byLocations.get(locations);
        if (at === undefined) {
          first = true;
          at = this.memory.races.take(ENTRY_WORDS, ENTRY_WORDS);
          this.memory.races.words[at + SITE_A] = a;
          this.memory.races.words[at + SITE_B] = b;
          this.byLocations.set(locations, at);
          this.read = at + ENTRY_WORDS;
        }
      } finally {
        this.locks.unlock(lock);
      }
      this.bySites.set(key, at);
    }
    Atomics.add(this.memory.races.ensure(at + ENTRY_WORDS), at + COUNT, 1);
    return first ? (at - FIRST) / ENTRY_WORDS : -1;
  }

  all(): number[] {
    const counts: number[] = [];
    const end = this.end();
    for (let at = FIRST; at < end; at += ENTRY_WORDS) {
      counts.push(Atomics.load(this.memory.races.ensure(end), at + COUNT));
    }
    return counts;
  }

  private end(): number {
    return Atomics.load(this.memory.races.words, 0);
  }

  private readOthers(): void {
    const end = this.end();
    const words = this.memory.races.ensure(end);
    for (; this.read < end; this.read += ENTRY_WORDS) {
      const at = this.read;
      this.byLocations.set(this.locations(words[at + SITE_A] as number, words[at + SITE_B] as number), at);
    }
  }

  private locations(a: number, b: number): string {
    return [this.location(a), this.location(b)].sort().join(' ');
  }

  private location(site: number): string {
    if (site === 0) return '?';
    const { file, line, column } = this.site(site);
    return `${file}:${line}:${column}`;
  }
}

/**
 * The races that have been reported, process-wide, and how often each was seen. A race is an unordered pair of
 * accesses that are told apart by code location and cause (causes.ts): a location is a file, line and column, so
 * the read and the write of `a[i] += v` are one. Where both threads see the other, since they compare at the same time,
 * it is seen once.
 */
import { atomicAdd, atomicLoad, atomicStore, exchange } from './core/memory/atomics.ts';
import { SingleLock } from './core/memory/control.ts';
import type { Locks } from './core/memory/lock.ts';
import type { Memory } from './core/memory/memory.ts';
import type { Race, RacingAccess } from './core/race.ts';
import type { Site } from './sites.ts';
import type { Strings } from './strings.ts';

const ENTRY_WORDS = 16;
const FIRST = 16;
const SIGHTS = 8;
/** of a hash */
const SIGHT_SHIFT: number = Math.clz32(SIGHTS - 1);
/** Words of an entry: two sites, two causes, how often it was seen, and the id of its report's text (or 0);
 * the race as JSON (0: it does not count), who tells of it: sequence number + 1, 0 when it has been told, and SIGHTS
 * hashes of what was seen lately. */
const Word = {
  SITE_A: 0,
  SITE_B: 1,
  CAUSE_A: 2,
  CAUSE_B: 3,
  COUNT: 4,
  REPORT: 5,
  RACE: 6,
  TELLER: 7,
  SEEN: 8,
} as const;
if (Word.SEEN + SIGHTS > ENTRY_WORDS) throw new Error('the entry of a race is too small');

/** One side of a race. */
export interface Side {
  site: number;
  cause: number;
}

export interface CountedRace {
  /** its place among all */
  order: number;
  causes: [number, number];
  /** id of a string; 0 while it is being made */
  report: number;
}

export class RaceCounts {
  private readonly memory: Memory;
  private readonly locks: Locks;
  private readonly site: (site: number) => Site;
  private readonly bySites = new Map<string, number>();
  private readonly byLocations = new Map<string, number>();
  private readonly strings: Strings;
  private read = FIRST;

  constructor(memory: Memory, locks: Locks, strings: Strings, site: (site: number) => Site) {
    this.memory = memory;
    this.strings = strings;
    this.locks = locks;
    this.site = site;
  }

  /** Counts one more race of the two. Its place in `all()` if it is the first of its kind, else -1. */
  see(a: Side, b: Side, race: Race, seq: number): number {
    const key = pair(`${a.site} ${a.cause}`, `${b.site} ${b.cause}`);
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
          const text = this.strings.add(JSON.stringify(race));
          at = this.memory.races.take(ENTRY_WORDS, ENTRY_WORDS);
          const { words } = this.memory.races;
          words[at + Word.SITE_A] = a.site;
          words[at + Word.SITE_B] = b.site;
          words[at + Word.CAUSE_A] = a.cause;
          words[at + Word.CAUSE_B] = b.cause;
          words[at + Word.TELLER] = seq + 1;
          words[at + Word.RACE] = text;
          this.byLocations.set(locations, at);
          this.read = at + ENTRY_WORDS;
        }
      } finally {
        this.locks.unlock(lock);
      }
      this.bySites.set(key, at);
    }
    const words = this.memory.races.ensure(at + ENTRY_WORDS);
    const sight = sightOf(race);
    const seen = exchange(words, at + Word.SEEN + (sight >>> SIGHT_SHIFT), sight) === sight;
    if (!seen) atomicAdd(words, at + Word.COUNT, 1);
    return first ? (at - FIRST) / ENTRY_WORDS : -1;
  }

  /** The race with that place in `all()` has been told. */
  told(order: number): void {
    atomicStore(this.memory.races.words, FIRST + order * ENTRY_WORDS + Word.TELLER, 0);
  }

  /** The race with that place does not count; it has been told. */
  dismiss(order: number): void {
    atomicStore(this.memory.races.words, FIRST + order * ENTRY_WORDS + Word.RACE, 0);
  }

  /** How many count. */
  counting(): number {
    const end = this.end();
    const words = this.memory.races.ensure(end);
    let n = 0;
    for (let at = FIRST; at < end; at += ENTRY_WORDS) if (atomicLoad(words, at + Word.RACE) !== 0) n++;
    return n;
  }

  /** Whether one of these threads is about to tell a race. */
  telling(of: (teller: number) => boolean): boolean {
    const end = this.end();
    const words = this.memory.races.ensure(end);
    for (let at = FIRST; at < end; at += ENTRY_WORDS) {
      const teller = atomicLoad(words, at + Word.TELLER);
      if (teller !== 0 && of(teller - 1)) return true;
    }
    return false;
  }

  /** The races whose tellers are gone: a worker may be terminated before it has told. Each is handed out once. */
  untold(isGone: (teller: number) => boolean): { race: Race; order: number }[] {
    const found: { race: Race; order: number }[] = [];
    const end = this.end();
    const words = this.memory.races.ensure(end);
    for (let at = FIRST; at < end; at += ENTRY_WORDS) {
      const teller = atomicLoad(words, at + Word.TELLER);
      const text = words[at + Word.RACE] as number;
      if (teller === 0 || text === 0 || !isGone(teller - 1)) continue;
      atomicStore(words, at + Word.TELLER, 0);
      found.push({ race: JSON.parse(this.strings.get(text)) as Race, order: (at - FIRST) / ENTRY_WORDS });
    }
    return found;
  }

  all(): number[] {
    const counts: number[] = [];
    const end = this.end();
    for (let at = FIRST; at < end; at += ENTRY_WORDS) {
      counts.push(atomicLoad(this.memory.races.ensure(end), at + Word.COUNT));
    }
    return counts;
  }

  /** The races from that place on. */
  from(order: number): CountedRace[] {
    const races: CountedRace[] = [];
    if (FIRST + order * ENTRY_WORDS >= this.end()) return races;
    const lock = this.locks.single(SingleLock.MODULES);
    // whoever adds one has it until the entry is whole
    this.locks.lock(lock);
    const end = this.end();
    this.locks.unlock(lock);
    const words = this.memory.races.ensure(end);
    for (let at = FIRST + order * ENTRY_WORDS; at < end; at += ENTRY_WORDS) {
      races.push({
        order: (at - FIRST) / ENTRY_WORDS,
        causes: [words[at + Word.CAUSE_A] as number, words[at + Word.CAUSE_B] as number],
        report: atomicLoad(words, at + Word.REPORT),
      });
    }
    return races;
  }

  setReport(order: number, report: number): void {
    const at = FIRST + order * ENTRY_WORDS;
    atomicStore(this.memory.races.ensure(at + ENTRY_WORDS), at + Word.REPORT, report);
  }

  private end(): number {
    return atomicLoad(this.memory.races.words, 0);
  }

  private readOthers(): void {
    const end = this.end();
    const words = this.memory.races.ensure(end);
    for (; this.read < end; this.read += ENTRY_WORDS) {
      const at = this.read;
      const side = (site: number, cause: number): Side => ({
        site: words[at + site] as number,
        cause: words[at + cause] as number,
      });
      const key = this.locations(side(Word.SITE_A, Word.CAUSE_A), side(Word.SITE_B, Word.CAUSE_B));
      this.byLocations.set(key, at);
    }
  }

  private locations(a: Side, b: Side): string {
    return pair(this.location(a), this.location(b));
  }

  private location({ site, cause }: Side): string {
    if (site === 0) return `? ${cause}`;
    const { file, line, column } = this.site(site);
    return `${file}:${line}:${column} ${cause}`;
  }
}

const pair = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** The two accesses, whichever of the two sees the other. Never 0. Two that are alike in it cost a count. */
function sightOf({ byteOffset, current, previous }: Race): number {
  const [a, b] = [hashOf(current, byteOffset), hashOf(previous, byteOffset)];
  return Math.imul(a ^ b, 0x85ebca6b) ^ (a + b) || 1;
}

function hashOf({ thread, clock, type }: RacingAccess, byteOffset: number): number {
  const when = Math.imul(clock, 0x9e3779b1) + Math.imul(thread, 0x85ebca6b) + type.length;
  return Math.imul(when ^ (when >>> 15) ^ Math.imul(byteOffset + 1, 0xc2b2ae35), 0x27d4eb2f);
}

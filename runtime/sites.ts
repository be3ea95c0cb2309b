/**
 * Sites in shared memory, so that any thread can print a stack of a module that it never loaded. A module is
 * registered by whichever thread loads it first; site n of it is entry base + n, and `base` is what
 * `relocate` adds to the literals of its code.
 *
 * Code that was built beforehand keeps its literals: each of its modules has a range of numbers from the build, and
 * says at run time which (`place`). Its numbers become those of the process where a stack is made, and nowhere
 * else; two threads may know one module by two ranges. Code that came without its module (`fn.toString()`) goes by
 * the range of whoever registered the module.
 *
 * A site of an access also knows who touched shared memory there, for the summary: one thread, or several.
 */

import type { FileUse, SiteUse } from './contract.ts';
import { atomicLoad, atomicStore, compareExchange } from './core/memory/atomics.ts';
import { Control, SingleLock } from './core/memory/control.ts';
import type { Locks } from './core/memory/lock.ts';
import type { Memory } from './core/memory/memory.ts';
import { FIRST_BUILT, SITE_BASE, SiteFlag, type SiteTable } from './interface.ts';
import { PlacedSites } from './placed-sites.ts';
import type { RealFrame } from './real-stack.ts';
import type { Strings } from './strings.ts';

const SITE_WORDS = 8;
/** Words of a site. */
const SiteWord = {
  FILE: 0,
  LINE: 1,
  COLUMN: 2,
  FLAGS: 3,
  FUNCTION: 4,
  TEXT: 5,
  /** sequence number + 1 of the first thread that touched shared memory there, 0 for none. Changed by Atomics */
  TOUCHED_BY: 6,
  /** 1 when another did, too. Written by any, never taken back */
  SHARED: 7,
} as const;
/** Words of a module, in the strings table: previous module, key, base, how many sites, its source text (or 0),
 * where its numbers begin in built code + 1 (or 0). */
const MODULE_WORDS = 6;

export interface Site {
  file: string;
  line: number;
  column: number;
  flags: number;
  function: string;
  text: string;
}

export class Sites {
  private readonly memory: Memory;
  private readonly strings: Strings;
  private readonly locks: Locks;
  private readonly bases = new Map<string, number>();
  private readonly ofFrames = new Map<string, number>();
  private newest = 0;
  private readonly placed = new PlacedSites();
  /** of modules that other threads have brought */
  private readonly elsewhere = new PlacedSites();
  /** Of modules that brought their text along: a file that was edited while the program runs has several. */
  private readonly sources: { from: number; to: number; source: number }[] = [];

  constructor(memory: Memory, strings: Strings, locks: Locks) {
    this.memory = memory;
    this.strings = strings;
    this.locks = locks;
  }

  /** `first`: where its numbers begin, in code that was built beforehand. */
  register(hash: string, table: SiteTable, first = -1): number {
    const key = `${hash} ${table.file}`;
    const known = this.bases.get(key) ?? this.lookUp(key);
    if (known !== undefined) return known;
    const lock = this.locks.single(SingleLock.MODULES);
    this.locks.lock(lock);
    try {
      return this.lookUp(key) ?? this.append(key, table, first);
    } finally {
      this.locks.unlock(lock);
    }
  }

  /** Reads the modules that others have registered since. */
  private lookUp(key: string): number | undefined {
    const newest = atomicLoad(this.memory.control.words, Control.MODULES);
    for (let at = newest; at !== this.newest; ) {
      const words = this.memory.strings.ensure(at + MODULE_WORDS);
      this.bases.set(this.strings.get(words[at + 1] as number), words[at + 2] as number);
      this.bring(words[at + 2] as number, words[at + 3] as number, words[at + 4] as number);
      const first = words[at + 5] as number;
      if (first !== 0)
        this.elsewhere.add(
          SITE_BASE + first - 1,
          words[at + 3] as number,
          SITE_BASE + (words[at + 2] as number),
        );
      at = words[at] as number;
    }
    this.newest = newest;
    return this.bases.get(key);
  }

  private append(key: string, table: SiteTable, first: number): number {
    const { strings, sites, control } = this.memory;
    const file = this.strings.add(table.file);
    const source = table.source === undefined ? 0 : this.strings.add(table.source);
    const names = table.names.map((name) => this.strings.add(name));
    const at = sites.take(Math.max(1, table.sites.length) * SITE_WORDS, SITE_WORDS);
    const words = sites.words;
    table.sites.forEach((site, i) => {
      const w = at + i * SITE_WORDS;
      words[w + SiteWord.FILE] = file;
      words[w + SiteWord.LINE] = site.line;
      words[w + SiteWord.COLUMN] = site.column;
      words[w + SiteWord.FLAGS] = site.flags;
      words[w + SiteWord.FUNCTION] = names[site.fn] as number;
      words[w + SiteWord.TEXT] = names[site.text] as number;
    });
    const base = at / SITE_WORDS;
    const keyId = this.strings.add(key);
    const module = strings.take(MODULE_WORDS);
    strings.words[module] = this.newest;
    strings.words[module + 1] = keyId;
    strings.words[module + 2] = base;
    strings.words[module + 3] = table.sites.length;
    strings.words[module + 4] = source;
    strings.words[module + 5] = first + 1;
    this.bring(base, table.sites.length, source);
    this.bases.set(key, base);
    this.newest = module;
    atomicStore(control.words, Control.MODULES, module);
    return base;
  }

  /**
   * The module whose literals begin at SITE_BASE + `first`, in this thread's code. False if some of its numbers are
   * already those of another module.
   */
  place(first: number, hash: string, table: SiteTable): boolean {
    const base = this.register(hash, table, first);
    return this.placed.add(SITE_BASE + first, table.sites.length, SITE_BASE + base);
  }

  /** The number in the process of a site of code; 0 for code that has not said which it is. */
  own(site: number): number {
    return site < SITE_BASE + FIRST_BUILT ? site : this.placed.get(site) || this.fromElsewhere(site);
  }

  private fromElsewhere(site: number): number {
    this.readOthers();
    return this.elsewhere.get(site);
  }

  private readOthers(): void {
    if (atomicLoad(this.memory.control.words, Control.MODULES) !== this.newest) this.lookUp('');
  }

  private bring(base: number, count: number, source: number): void {
    if (source === 0) return;
    const from = SITE_BASE + base;
    this.sources.push({ from, to: from + count, source });
  }

  /** The string of what the module of that site was made from; 0 if it did not bring that along. */
  sourceOf(site: number): number {
    this.readOthers();
    return this.sources.find(({ from, to }) => site >= from && site < to)?.source ?? 0;
  }

  /** A site for a frame of the real stack. */
  ofFrame(frame: RealFrame): number {
    const key = `${frame.file}\n${frame.line}\n${frame.column}\n${frame.function}`;
    let site = this.ofFrames.get(key);
    if (site === undefined) {
      const { sites } = this.memory;
      const at = sites.take(SITE_WORDS, SITE_WORDS);
      const file = this.strings.add(frame.file);
      sites.words[at + SiteWord.FILE] = file;
      sites.words[at + SiteWord.LINE] = frame.line;
      sites.words[at + SiteWord.COLUMN] = frame.column;
      sites.words[at + SiteWord.FUNCTION] = this.strings.add(frame.function);
      site = SITE_BASE + at / SITE_WORDS;
      this.ofFrames.set(key, site);
    }
    return site;
  }

  /** Bit set of SiteFlag. */
  flags(site: number): number {
    const at = (site - SITE_BASE) * SITE_WORDS + SiteWord.FLAGS;
    const { sites } = this.memory;
    return (at < sites.words.length ? sites.words : sites.ensure(at + 1))[at] as number;
  }

  /** Shared memory was touched there by the thread of that sequence number. */
  touched(site: number, seq: number): void {
    const at = (site - SITE_BASE) * SITE_WORDS;
    const { sites } = this.memory;
    const words = at + SITE_WORDS <= sites.words.length ? sites.words : sites.ensure(at + SITE_WORDS);
    const me = seq + 1;
    if (words[at + SiteWord.TOUCHED_BY] === me || words[at + SiteWord.SHARED] !== 0) return;
    const first = compareExchange(words, at + SiteWord.TOUCHED_BY, 0, me);
    if (first !== 0 && first !== me) words[at + SiteWord.SHARED] = 1;
  }

  /** Of each module, whose sites of accesses were executed on shared memory. */
  use(): FileUse[] {
    const files: FileUse[] = [];
    const { strings, sites, control } = this.memory;
    for (let module = atomicLoad(control.words, Control.MODULES); module !== 0; ) {
      const [previous = 0, , base = 0, count = 0] = strings
        .ensure(module + MODULE_WORDS)
        .subarray(module, module + MODULE_WORDS);
      const words = sites.ensure((base + count) * SITE_WORDS);
      let accesses = 0;
      const touched: SiteUse[] = [];
      for (let i = base; i < base + count; i++) {
        const at = i * SITE_WORDS;
        if (((words[at + SiteWord.FLAGS] as number) & SiteFlag.CALL) !== 0) continue;
        accesses++;
        const first = words[at + SiteWord.TOUCHED_BY] as number;
        if (first === 0) continue;
        const { line, column, function: name, text } = this.get(SITE_BASE + i);
        const several = words[at + SiteWord.SHARED] !== 0;
        touched.push({ line, column, function: name, text, seq: first - 1, several });
      }
      const file = count === 0 ? 0 : (words[base * SITE_WORDS + SiteWord.FILE] as number);
      if (accesses > 0) files.push({ file: this.strings.get(file), sites: accesses, touched });
      module = previous;
    }
    return files;
  }

  get(site: number): Site {
    const at = (site - SITE_BASE) * SITE_WORDS;
    const words = this.memory.sites.ensure(at + SITE_WORDS);
    const text = (word: number): string => this.strings.get(words[at + word] as number);
    return {
      file: text(SiteWord.FILE),
      line: words[at + SiteWord.LINE] as number,
      column: words[at + SiteWord.COLUMN] as number,
      flags: words[at + SiteWord.FLAGS] as number,
      function: text(SiteWord.FUNCTION),
      text: text(SiteWord.TEXT),
    };
  }
}

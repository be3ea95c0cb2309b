/**
 * Sync objects that have a name instead of a word of shared memory: what a program annotates, and the locks of
 * `worker_threads.locks`. A name is any string; its entry is made when it is first used and stays.
 *
 *   release(x)         x's clock := mine          (Go's RaceRelease; a store that releases)
 *   releaseMerge(x)    x's clock ⊔= mine          (RaceReleaseMerge; an exchange that releases)
 *   acquire(x)         my clock ⊔= x's            (RaceAcquire; a load that acquires)
 *
 * A lock has two clocks: that of its last exclusive release, and that of the shared releases since. An exclusive
 * grant acquires both, a shared one the first: readers are not ordered with one another (SEMANTICS.md
 * section 3, "the next grant of the same name that conflicts with it"). Its holders are listed, because a
 * thread that ends gives up its locks without a word.
 *
 * Entries hang in BUCKETS chains in the table of names. A chain grows under one lock; an entry's clocks are
 * read and changed under its own.
 */

import type { Detector } from './detector.ts';
import { atomicLoad, atomicStore } from './memory/atomics.ts';
import { SingleLock } from './memory/control.ts';
import type { Locks } from './memory/lock.ts';
import type { Memory } from './memory/memory.ts';
import type { Records } from './memory/records.ts';
import { freeAt, merge } from './sync/sync-variable.ts';
import { type Registry, ThreadWord } from './thread/registry.ts';

const BUCKETS = 1 << 12;
const BUCKETS_AT = 16;
/** Words of an entry; the name's UTF-16 units follow, two a word. */
const NEXT = 0;
const HASH = 1;
const LENGTH = 2;
/** sync variable of releases, of a lock of its exclusive ones */
const CLOCK = 3;
/** sync variable of the shared releases since */
const SHARED = 4;
/** how often the lock was stolen */
const STEALS = 5;
/** first holder in the records table: seq + 1 (negative when shared), next */
const HOLDERS = 6;
const UNITS = 8;

const HOLDER_LOG2 = 3;
const KNOWN_LIMIT = 10_000;

export type Name = number & { readonly nameBrand: true };

/** Names of one kind never meet those of another. */
export type NameKind = 'annotation' | 'place' | 'lock';

export class Names {
  private readonly detector: Detector;
  private readonly memory: Memory;
  private readonly registry: Registry;
  private readonly locks: Locks;
  private readonly records: Records;
  private readonly known = new Map<string, Name>();

  constructor(detector: Detector, memory: Memory, registry: Registry, locks: Locks, records: Records) {
    this.detector = detector;
    this.memory = memory;
    this.registry = registry;
    this.locks = locks;
    this.records = records;
    const { names } = memory;
    // the first of all makes the buckets; they are zero, whoever comes first
    if (names.words[0] === BUCKETS_AT) names.take(BUCKETS);
  }

  of(kind: NameKind, name: string): Name {
    const text = `${kind}:${name}`;
    let at = this.known.get(text);
    if (at === undefined) {
      const hash = hashOf(text);
      at = this.find(text, hash) ?? this.add(text, hash);
      if (this.known.size === KNOWN_LIMIT) this.known.clear();
      this.known.set(text, at);
    }
    return at;
  }

  release(name: Name): void {
    this.locked(name, (words) => this.leave(words, name + CLOCK, false));
  }

  releaseMerge(name: Name): void {
    this.locked(name, (words) => this.leave(words, name + CLOCK, true));
  }

  acquire(name: Name): void {
    this.locked(name, (words) => this.join(words, name + CLOCK));
  }

  /** This thread holds the lock now. What it returns is to be handed to `unlock`. */
  lock(name: Name, exclusive: boolean, stolen: boolean): number {
    this.registry.set(this.detector.seq, ThreadWord.HOLDS, 1);
    return this.locked(name, (words) => {
      if (stolen) {
        words[name + STEALS] = (words[name + STEALS] as number) + 1;
        this.dropHolders(words, name, () => true, false);
      }
      // from now on whoever comes after this thread's death acquires all that it acquires here
      const mine = this.addHolder(words, name, exclusive);
      // who conflicts with this grant and is still listed has ended
      this.dropHolders(words, name, (holder, at) => at !== mine && (exclusive || holder > 0), true);
      this.join(words, name + CLOCK);
      if (exclusive) {
        this.join(words, name + SHARED);
        freeAt(this.records, words, name + SHARED);
      }
      return words[name + STEALS] as number;
    });
  }

  private addHolder(words: Int32Array, name: Name, exclusive: boolean): number {
    const holder = this.records.take(HOLDER_LOG2);
    const list = this.records.table.ensure(holder + (1 << HOLDER_LOG2));
    list[holder] = (this.detector.seq + 1) * (exclusive ? 1 : -1);
    list[holder + 1] = words[name + HOLDERS] as number;
    words[name + HOLDERS] = holder;
    return holder;
  }

  /** This thread gives the lock up, unless it was stolen in the meantime. */
  unlock(name: Name, exclusive: boolean, token: number): void {
    this.locked(name, (words) => {
      if (words[name + STEALS] !== token) return;
      const me = (this.detector.seq + 1) * (exclusive ? 1 : -1);
      let count = 1;
      // first: a thread that dies in between is still listed, or its release is there
      this.leave(words, name + (exclusive ? CLOCK : SHARED), !exclusive);
      this.dropHolders(words, name, (holder) => holder === me && count-- > 0, false);
    });
  }

  private join(words: Int32Array, at: number): void {
    if (words[at] !== 0) this.detector.acquireFrom(words[at] as number);
  }

  private leave(words: Int32Array, at: number, merging: boolean): void {
    const { detector, records } = this;
    if (!merging) {
      detector.releaseTo(words, at, true);
      return;
    }
    detector.closeEpoch();
    merge(records, words, at, detector.clock, this.registry.highTid());
  }

  private dropHolders(
    words: Int32Array,
    name: Name,
    drops: (holder: number, at: number) => boolean,
    ended: boolean,
  ): void {
    const { records } = this;
    let before = -1;
    for (let at = words[name + HOLDERS] as number; at !== 0; ) {
      const list = records.table.ensure(at + (1 << HOLDER_LOG2));
      const holder = list[at] as number;
      const next = list[at + 1] as number;
      if (drops(holder, at)) {
        if (ended) this.detector.acquireEnd(Math.abs(holder) - 1);
        if (before < 0) words[name + HOLDERS] = next;
        else list[before + 1] = next;
        records.free(at, HOLDER_LOG2);
      } else before = at;
      at = next;
    }
  }

  private locked<T>(name: Name, change: (words: Int32Array) => T): T {
    this.detector.catchUp();
    const lock = this.locks.ofBlock(name, 1);
    this.locks.lockBlock(lock);
    try {
      return change(this.memory.names.ensure(name + UNITS));
    } finally {
      this.locks.unlockBlock(lock);
    }
  }

  private find(text: string, hash: number): Name | undefined {
    const { names } = this.memory;
    const bucket = BUCKETS_AT + (hash & (BUCKETS - 1));
    let at = atomicLoad(names.ensure(BUCKETS_AT + BUCKETS), bucket);
    while (at !== 0) {
      const words = names.ensure(at + UNITS);
      if (words[at + HASH] === hash && words[at + LENGTH] === text.length && this.isAt(at, text)) break;
      at = words[at + NEXT] as number;
    }
    return at === 0 ? undefined : (at as Name);
  }

  private isAt(at: number, text: string): boolean {
    const words = this.memory.names.ensure(at + UNITS + ((text.length + 1) >> 1));
    for (let i = 0; i < text.length; i += 2) {
      if (words[at + UNITS + (i >> 1)] !== pair(text, i)) return false;
    }
    return true;
  }

  private add(text: string, hash: number): Name {
    const lock = this.locks.single(SingleLock.NAMES);
    this.locks.lock(lock);
    try {
      const found = this.find(text, hash);
      if (found !== undefined) return found;
      const { names } = this.memory;
      const at = names.take(UNITS + ((text.length + 1) >> 1));
      const bucket = BUCKETS_AT + (hash & (BUCKETS - 1));
      const { words } = names;
      words[at + NEXT] = words[bucket] as number;
      words[at + HASH] = hash;
      words[at + LENGTH] = text.length;
      for (let i = 0; i < text.length; i += 2) words[at + UNITS + (i >> 1)] = pair(text, i);
      atomicStore(words, bucket, at);
      return at as Name;
    } finally {
      this.locks.unlock(lock);
    }
  }
}

/** The name whose entry is there, and its kind. */
export function nameAt(memory: Memory, at: number): { kind: NameKind; name: string } {
  const length = memory.names.ensure(at + UNITS)[at + LENGTH] as number;
  const words = memory.names.ensure(at + UNITS + ((length + 1) >> 1));
  let text = '';
  for (let i = 0; i < length; i++)
    text += String.fromCharCode(((words[at + UNITS + (i >> 1)] as number) >>> ((i & 1) * 16)) & 0xffff);
  const end = text.indexOf(':');
  return { kind: text.slice(0, end) as NameKind, name: text.slice(end + 1) };
}

function pair(text: string, i: number): number {
  return text.charCodeAt(i) | (i + 1 < text.length ? text.charCodeAt(i + 1) << 16 : 0);
}

/** FNV-1a over UTF-16 units */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

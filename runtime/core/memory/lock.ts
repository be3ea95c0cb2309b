/**
 * Spin locks in shared memory that name their holder: a lock word is 0 or the holder's sequence number + 1.
 *
 * A critical section is a microsecond of straight-line code that calls nothing of the user's and never
 * blocks. So a lock that stays with one holder for long has lost it: a worker can be terminated at any
 * instant. Whoever waits then takes the lock over: at once when the holder is known to have ended, soon when it
 * is terminating, and after STUCK_MS whatever the holder's state (a worker can die of its heap limit, and the
 * thread that would be told may be the one that waits). What a dead holder of a striped lock left half done
 * is finished first (recovery.ts).
 *
 * There are single locks and BLOCKS striped ones, chosen by (buffer, 64-byte block), each on a cache line of
 * its own. Nobody holds two striped locks, and a striped lock is taken before a single one, never after.
 */
import { atomicLoad, atomicOr, atomicWait, compareExchange } from './atomics.ts';
import {
  BLOCK_LOCKS_AT,
  Control,
  SINGLE_LOCK_STRIDE,
  SINGLE_LOCKS_AT,
  SingleLock,
  Weakness,
} from './control.ts';
import type { Table } from './table.ts';

const BLOCKS = 4096;
const STRIDE = 16;
/** words after the lock: counters, and the last one how often it was let go */
const VERSION = STRIDE - 1;
const SPARES = VERSION - 1;
const SPINS = 400;
const DYING_MS = 50;
const STUCK_MS = 4000;

/** Lane of a thread's entry (thread/registry.ts). */
export const HEIR_OF = 15;

/** A worker that is being terminated is dying; one whose end was seen is dead. */
export type Life = 'alive' | 'dying' | 'dead';

/** Where a lock word is: of a striped lock, of a single one. */
export type BlockLock = number & { readonly blockLock: true };
export type OneLock = number & { readonly oneLock: true };

export class Locks {
  private readonly words: Int32Array;
  private readonly me: number;
  /** the striped lock that this thread holds or waits for, and the single one; 0 when there is none */
  private block = 0;
  private other = 0;
  private readonly lifeOf: (seq: number) => Life;
  /** What to do with a striped lock that was taken over from a thread. */
  finish: (seq: number) => void = () => {};
  /** Lane of this thread that names, while it takes a lock over, from whom: holder's number + 1. */
  private readonly slot: Int32Array;

  constructor(control: Table, seq: number, slot: Int32Array, lifeOf: (seq: number) => Life) {
    this.words = control.ensure(BLOCK_LOCKS_AT + BLOCKS * STRIDE);
    this.me = seq + 1;
    this.slot = slot;
    this.lifeOf = lifeOf;
  }

  /** `block` is byte offset >>> 6 */
  ofBlock(buffer: number, block: number): BlockLock {
    const hash = Math.imul(block + Math.imul(buffer, 0x85ebca6b), 0x9e3779b1) >>> 20;
    return (BLOCK_LOCKS_AT + hash * STRIDE) as BlockLock;
  }

  /** That of the block of an element of 2 ** size bytes. */
  ofElement(buffer: number, element: number, size: number): BlockLock {
    return this.ofBlock(buffer, element >>> (6 - size));
  }

  single(which: number): OneLock {
    return (SINGLE_LOCKS_AT + which * SINGLE_LOCK_STRIDE) as OneLock;
  }

  lock(at: OneLock): void {
    // left by a section that an error ended, for want of stack say, before its `finally` could let go
    if (this.other !== 0) this.unlock(this.other as OneLock);
    this.other = at;
    if (compareExchange(this.words, at, 0, this.me) !== 0) this.wait(at);
  }

  unlock(at: OneLock): void {
    // not a store: the lock may have been taken over in the meantime. First: what fails here is let go of later
    compareExchange(this.words, at, this.me, 0);
    this.other = 0;
  }

  /** As `lock`, and `unlock`. */
  lockBlock(at: BlockLock): void {
    if (this.block !== 0) this.letGo();
    this.block = at;
    if (compareExchange(this.words, at, 0, this.me) !== 0) this.wait(at);
  }

  unlockBlock(at: BlockLock): void {
    const { words } = this;
    // whoever held the lock meanwhile, if it was taken over, has changed it as well
    words[at + VERSION]!++;
    compareExchange(words, at, this.me, 0);
    this.block = 0;
  }

  /** Lets go of whatever this thread still holds. */
  letGo(): void {
    if (this.other !== 0) this.unlock(this.other as OneLock);
    if (this.block !== 0) {
      this.finish(this.me - 1);
      this.unlockBlock(this.block as BlockLock);
    }
  }

  /**
   * How often a striped lock has been let go; -1 while somebody has it. What was read in between two equal answers was
   * changed by nobody in between.
   */
  version(at: BlockLock): number {
    const { words } = this;
    return atomicLoad(words, at) === 0 ? (words[at + VERSION] as number) & 0x7fff_ffff : -1;
  }

  /**
   * One of SPARES counters on the cache line of a lock, which may be changed with or without the lock; adds to it
   * and returns what it is then. Never below 0.
   */
  count(at: BlockLock, which: number, by: number): number {
    const { words } = this;
    const i = at + 1 + (which % SPARES);
    for (;;) {
      const before = atomicLoad(words, i);
      const after = Math.max(0, before + by);
      if (after === before || compareExchange(words, i, before, after) === before) return after;
    }
  }

  private wait(at: BlockLock | OneLock): void {
    const words = this.words;
    let holder = 0;
    let since = 0;
    for (let i = 1; ; i++) {
      const now = atomicLoad(words, at);
      if (now === 0) {
        if (compareExchange(words, at, 0, this.me) === 0) return;
        holder = 0;
        continue;
      }
      if (i % SPINS !== 0) continue;
      if (now !== holder) {
        holder = now;
        since = Date.now();
        continue;
      }
      const waited = Date.now() - since;
      const life = this.lifeOf(holder - 1);
      const lost = life === 'dead' || (life === 'dying' && waited > DYING_MS);
      if ((lost || waited > STUCK_MS) && this.takeOver(at, holder)) {
        if (!lost && at !== this.single(SingleLock.PRINT)) {
          atomicOr(words, Control.WEAKNESS, Weakness.LOCK_TAKEN_FROM_LIVING);
        }
        return;
      }
      pause(words);
    }
  }

  private takeOver(at: BlockLock | OneLock, holder: number): boolean {
    const { words, me, slot } = this;
    if (at < BLOCK_LOCKS_AT) return compareExchange(words, at, holder, me) === holder;
    slot[HEIR_OF] = holder;
    if (compareExchange(words, at, holder, me) === holder) {
      this.finish(holder - 1);
      slot[HEIR_OF] = 0;
      return true;
    }
    slot[HEIR_OF] = 0;
    return false;
  }
}

/**
 * Lets another thread run when there are more threads than cores. `words`: those of the control table.
 * A main thread in a browser may not wait.
 */
export function pause(words: Int32Array): void {
  try {
    atomicWait(words, 1, 0, 0.1);
  } catch {
    // spin on
  }
}

/**
 * The rules, for one thread.
 *
 *   plain access n    remember n; for each access a of another thread to an overlapping range that is remembered:
 *                     race(a, n) if they conflict and a does not happen before n
 *   atomic access n   acquire the word's clock, if n reads; as above; if n writes, the word's clock := mine
 *   a happens before n   iff   clock(a) <= V(tid(a)), or a is of this thread
 *
 * After FastTrack (PLDI 2009) and DJIT+, with atomics as sync variables in the manner of C11 detectors
 * (ThreadSanitizer v3, miri), exact where those approximate: a release store replaces, and ranges of all sizes
 * are compared.
 *
 * Plain accesses take no lock (shadow/history.ts); those of single elements are compared later (shadow/backlog.ts). An
 * atomic operation and its record are one step under the lock of its 64-byte block, so that "reads from" is exact; a
 * load does without, and is made again if anybody had the lock meanwhile (a seqlock; Boehm, MSPC 2012). A plain write to a word with a sync variable empties it under that lock. The hooks' fast path would skip that for a
 * write which its epoch remembers; it may, as long as nobody has written the word atomically since, and who does that
 * without being ordered after the write finds the race and sets the writer's `base` to Infinity: the writer then
 * remembers nothing, and goes on in a new epoch.
 */

import { AtomicAccesses } from './atomic-accesses.ts';
import { clockOf } from './clock/epoch.ts';
import type { AccessType, Race, RaceKind } from './race.ts';
import type { Shadow } from './shadow/buffers.ts';
import { isUpdateCell, stackOfCell } from './shadow/cell.ts';
import type { Previous } from './shadow/comparison.ts';
import {
  type AccessClass,
  ATOMIC,
  isAtomic,
  type Kind,
  type Log2,
  sizeOf,
  UPDATE,
  WRITE,
} from './shadow/kind.ts';

export class Detector extends AtomicAccesses {
  private races: Race[] = [];

  /** What was found since the last call; empty almost always. */
  takeRaces(): Race[] {
    if (!this.found) return NONE;
    this.found = false;
    const found = this.races;
    this.races = [];
    return found;
  }

  protected report(
    seq: number,
    shadow: Shadow,
    accessClass: AccessClass,
    element: number,
    kind: Kind,
    stack: number,
    previous: Previous,
  ): void {
    const size = sizeOf(accessClass);
    const before = kindOf(previous);
    const thread = this.registry.seqOf(previous.epoch);
    if ((kind & (ATOMIC | WRITE)) === (ATOMIC | WRITE) && before === WRITE && thread >= 0) {
      // its next plain write must come to the lock, to break the chain that this write starts
      this.registry.baseOf(thread)[0] = Number.POSITIVE_INFINITY;
    }
    // the same, for who had put its write off
    if ((kind & (ATOMIC | WRITE)) === WRITE && (before & (ATOMIC | WRITE)) === (ATOMIC | WRITE))
      this.registry.baseOf(seq)[0] = Number.POSITIVE_INFINITY;
    shadow.keep();
    this.found = true;
    this.races.push({
      kind: raceKind(kind, before),
      buffer: shadow.id,
      byteOffset: element * (1 << size),
      byteLength: 1 << size,
      view: '',
      index: element,
      current: access(kind, size, seq, stack, this.comparedClock || this.runningOf(seq)),
      previous: access(
        isUpdateCell(previous.cell) ? before | UPDATE : before,
        sizeOf(previous.accessClass),
        thread,
        stackOfCell(previous.cell),
        clockOf(previous.epoch),
      ),
    });
  }
}

const NONE: Race[] = [];

function kindOf({ write, accessClass }: Previous): number {
  return (write ? WRITE : 0) | (isAtomic(accessClass) ? ATOMIC : 0);
}

function access(kind: number, size: Log2, thread: number, stack: number, clock: number): Race['current'] {
  const type: AccessType = (kind & UPDATE) !== 0 ? 'update' : (kind & WRITE) !== 0 ? 'write' : 'read';
  return { type, atomic: (kind & ATOMIC) !== 0, size: 1 << size, thread, stack, clock };
}

function raceKind(a: number, b: number): RaceKind {
  if ((a & b & ATOMIC) !== 0) return 'atomic-overlap';
  if (((a | b) & ATOMIC) !== 0) return 'atomic-plain';
  return (a & b & WRITE) !== 0 ? 'write-write' : 'read-write';
}

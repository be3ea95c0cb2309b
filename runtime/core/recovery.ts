/**
 * What a thread that died in a critical section leaves half done, and who finishes it.
 *
 * V8 ends a worker only where it looks for interrupts: at the start of a function and of each turn of a loop. So
 * code without calls and loops happens whole or not at all, and most of what a critical section changes is put
 * in place by such code, after all that can be left undone. What remains:
 *
 *   an atomic write   is visible to all before its clock is. Its thread names the word while it holds the lock
 *                     (ThreadWord.PENDING), and whoever takes the lock over adds the dead thread's clock to the
 *                     word's: nobody can read the value without it
 *   a clock           is joined to a part only: the acquire did not return, so nobody can tell that it happened
 *   accesses          that were put off (shadow/backlog-memory.ts) are compared by its creator
 *   free records      hang on lists in the thread's entry, which its creator passes on (records.ts)
 *   shared buffers    that it knew: its creator lets go of them (shadow/buffers.ts)
 *   a plain access    is remembered before it is made, and a write ends chains before. A thread that dies in the hook
 *                     has not made it, and it counts as made: what races with it would, had the thread lived. (The
 *                     ended chain alone deceives nobody: who reads the word and is ordered after that write is
 *                     ordered after all that the write itself is ordered after.)
 */

import type { Tid } from './clock/epoch.ts';
import type { Locks } from './memory/lock.ts';
import type { Records } from './memory/records.ts';
import { giveAt } from './shadow/backlog-memory.ts';
import type { Buffers, Shadow } from './shadow/buffers.ts';
import type { Log2 } from './shadow/kind.ts';
import { merge } from './sync/sync-variable.ts';
import { type Registry, ThreadWord } from './thread/registry.ts';

/** Before an atomic write of `slot`'s thread, with the block's lock held. No calls: see above. */
export function beginWrite(slot: Int32Array, shadow: Shadow, element: number, size: Log2): void {
  slot[ThreadWord.PENDING_AT] = element | 0;
  slot[ThreadWord.PENDING_SIZE] = size;
  slot[ThreadWord.PENDING] = shadow.id;
}

export class Recovery {
  private readonly registry: Registry;
  private readonly records: Records;
  readonly buffers: Buffers;
  private readonly locks: Locks;

  constructor(registry: Registry, records: Records, buffers: Buffers, locks: Locks) {
    this.registry = registry;
    this.records = records;
    this.buffers = buffers;
    this.locks = locks;
  }

  /** This thread holds the block's lock now, which `seq` held when it died. */
  finish(seq: number): void {
    const { registry } = this;
    const slot = registry.slotOf(seq);
    const heirOf = slot[ThreadWord.HEIR_OF] as number;
    if (heirOf !== 0) {
      this.finish(heirOf - 1);
      slot[ThreadWord.HEIR_OF] = 0;
    }
    const id = slot[ThreadWord.PENDING] as number;
    if (id === 0) return;
    const syncs = this.buffers.glance(id).syncPlane(slot[ThreadWord.PENDING_SIZE] as Log2);
    const index = (slot[ThreadWord.PENDING_AT] as number) >>> 0;
    if (index < syncs.length) merge(this.records, syncs, index, this.lastClock(seq), registry.highTid());
    slot[ThreadWord.PENDING] = 0;
  }

  /** The thread has ended: finishes what it left, unless another thread did, and lets go of what it had. */
  settle(seq: number): void {
    this.settleLock(seq);
    const slot = this.registry.slotOf(seq);
    giveAt(this.records, slot, ThreadWord.BACKLOG);
    this.records.inherit(slot);
    this.buffers.letGoOf(slot);
  }

  private settleLock(seq: number): void {
    const slot = this.registry.slotOf(seq);
    const heirOf = slot[ThreadWord.HEIR_OF] as number;
    if (heirOf !== 0) this.settleLock(heirOf - 1);
    if (slot[ThreadWord.PENDING] !== 0) {
      const lock = this.locks.ofElement(
        slot[ThreadWord.PENDING] as number,
        (slot[ThreadWord.PENDING_AT] as number) >>> 0,
        slot[ThreadWord.PENDING_SIZE] as number,
      );
      this.locks.lockBlock(lock);
      this.locks.unlockBlock(lock);
    }
  }

  /** All that a thread that has ended did and knew. */
  private lastClock(seq: number): Int32Array {
    const tid = this.registry.get(seq, ThreadWord.TID) as Tid;
    const clock = this.registry.clockOf(tid).slice();
    if (tid !== 0) clock[tid] = Math.max(clock[tid] as number, this.registry.running(tid));
    return clock;
  }
}

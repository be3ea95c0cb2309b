/**
 * The two ends of a message channel whose ends may be in different threads, for the edge
 *
 *   port.close(), or the end of the port's thread   →   the other side's close event
 *
 * A message cannot carry it: nobody may ever read from a port that is closed. So each channel has a record:
 *
 *   clock of each end      sync variable left by whoever closed it; 0 while it is open
 *   owner of each end      sequence number + 1 of the thread that has it; 0 while it is in a message
 *   gone                   bit set of the ends whose close event has come
 *
 * Read and changed under the lock of the record. It is freed by the second close event; a thread that ends
 * without hearing of its ports leaves its records behind (32 bytes each).
 */
import type { Detector } from './detector.ts';
import type { BlockLock, Locks } from './memory/lock.ts';
import type { Records } from './memory/records.ts';
import { freeAt } from './sync/sync-variable.ts';
import { type Registry, ThreadWord } from './thread/registry.ts';

export type Side = 0 | 1;

const CLOCK = 0;
const OWNER = 2;
const GONE = 4;
const LOG2_WORDS = 3;
const BOTH = 3;

export class Channels {
  private readonly detector: Detector;
  private readonly registry: Registry;
  private readonly locks: Locks;
  private readonly records: Records;

  constructor(detector: Detector, registry: Registry, locks: Locks, records: Records) {
    this.detector = detector;
    this.registry = registry;
    this.locks = locks;
    this.records = records;
  }

  /** Index of a new channel, both ends of which are with this thread. */
  open(): number {
    const at = this.records.take(LOG2_WORDS);
    const { words } = this.records;
    words.fill(0, at, at + (1 << LOG2_WORDS));
    words[at + OWNER] = words[at + OWNER + 1] = this.detector.seq + 1;
    this.registry.set(this.detector.seq, ThreadWord.HOLDS, 1);
    return at;
  }

  /** An end leaves with a message, or comes here with one. */
  move(channel: number, side: Side, here: boolean): void {
    this.locked(channel, (words) => {
      words[channel + OWNER + side] = here ? this.detector.seq + 1 : 0;
    });
    if (here) this.registry.set(this.detector.seq, ThreadWord.HOLDS, 1);
  }

  /** The owner of an end closes it: a release. */
  close(channel: number, side: Side): void {
    this.locked(channel, (words) => this.detector.releaseTo(words, channel + CLOCK + side, true));
  }

  /** The close event of an end has come. With `caused` the other side is the cause: an acquire. */
  closed(channel: number, side: Side, caused: boolean): void {
    const other = 1 - side;
    let free = false;
    this.locked(channel, (words) => {
      const record = words[channel + CLOCK + other] as number;
      const owner = words[channel + OWNER + other] as number;
      if (caused) {
        if (record !== 0) this.detector.acquireFrom(record);
        else if (owner !== 0 && owner !== this.detector.seq + 1) this.detector.acquireEnd(owner - 1);
      }
      const gone = (words[channel + GONE] as number) | (1 << side);
      words[channel + GONE] = gone;
      if (gone !== BOTH) return;
      for (const each of [0, 1]) freeAt(this.records, this.records.words, channel + CLOCK + each);
      free = true;
    });
    if (free) this.records.free(channel, LOG2_WORDS);
  }

  private locked(channel: number, change: (words: Int32Array) => void): void {
    this.detector.catchUp();
    const lock: BlockLock = this.locks.ofBlock(channel, 0);
    this.locks.lockBlock(lock);
    try {
      change(this.records.table.ensure(channel + (1 << LOG2_WORDS)));
    } finally {
      this.locks.unlockBlock(lock);
    }
  }
}

/**
 * The run of a traced process again, in an order that happens-before allows: a thread goes on until it has learned of an
 * epoch that another has not yet come to the end of. Each thread's own records say its exact clock at each of them:
 *
 *   LEARNED (t, c) …   V(t) := c
 *   EPOCH c@t          V(t) := c - 1, and c runs
 *
 * Of accesses a at epoch c of tid t and b, b after a in this order: a happens before b iff c <= V(t) at b, or both are of
 * one thread.
 *
 * Where the records of a thread end early (it was killed, or the file is damaged), nobody waits for it any more: all that
 * is left of it has been seen.
 */
import type { SyncInfo, SyncObject } from '../../runtime/contract.ts';
import { EventKind } from '../../runtime/core/sync/event-log.ts';
import { syncObjectOf } from '../../runtime/sync-kinds.ts';
import type { Event } from './decoder.ts';
import type { TracedProcess } from './file.ts';
import { ProcessNames } from './names.ts';
import { type Read, ReplayedThread, type Visitor } from './replayed-thread.ts';

/** chunks that are kept of threads that wait */
const MOST_LOADED = 64;

interface Holder {
  thread: ReplayedThread;
  tid: number;
  /** the first epoch that it may have had */
  from: number;
}

export class Replay {
  readonly names: ProcessNames = new ProcessNames();
  readonly threads: ReplayedThread[];
  /** threads whose records could not be read to their end */
  damaged = 0;
  /** the clocks say that something comes before itself */
  contradictory = false;
  readonly pid: number;
  readonly #bySeq: ReadonlyMap<number, ReplayedThread>;
  readonly #holders = new Map<number, Holder[]>();
  /** by tid and clock: who released before it did anything, under the last clock of the tid's holder before it */
  readonly #early = new Map<string, ReplayedThread>();
  /** workers whose creator has made them */
  readonly #forked = new Set<number>();
  readonly #waiting = new Map<number, ReplayedThread[]>();
  #loaded = 0;

  constructor(process: TracedProcess, read: Read) {
    this.pid = process.pid;
    this.threads = process.threads.map(({ seq, chunks }) => new ReplayedThread(this, seq, chunks, read));
    this.#bySeq = new Map(this.threads.map((thread) => [thread.seq, thread]));
    for (const thread of this.threads) {
      for (const { tid, clock } of thread.chunks) {
        const holders = this.#holders.get(tid) ?? [];
        this.#holders.set(tid, holders);
        const last = holders.at(-1);
        const known = last?.thread === thread ? last : undefined;
        if (known === undefined) holders.push({ thread, tid, from: clock });
        else known.from = Math.min(known.from, clock);
      }
    }
    for (const holders of this.#holders.values()) holders.sort((a, b) => a.from - b.from);
  }

  /** @param turn how many records a thread may go on for while others could */
  run(visitor: Visitor, turn: number = Number.POSITIVE_INFINITY): void {
    let ready = [...this.threads];
    while (ready.length > 0 && visitor.done?.() !== true) {
      const next: ReplayedThread[] = [];
      for (const thread of ready) {
        if (visitor.done?.() === true) return;
        const tid = thread.tid;
        const waits = thread.go(visitor, turn);
        if (waits === undefined && !thread.finished) next.push(thread);
        else if (waits !== undefined) this.#wait(thread, waits);
        // two that wait for each other must not keep each other awake
        if (!thread.progressed) continue;
        for (const each of [tid, thread.tid]) {
          const woken = this.#waiting.get(each);
          if (woken === undefined) continue;
          this.#waiting.delete(each);
          next.push(...woken);
        }
      }
      ready = next.length > 0 ? next : this.#force();
    }
  }

  /** No trace that was written has this: some thread goes on, so that it ends. */
  #force(): ReplayedThread[] {
    for (const [tid, [thread]] of this.#waiting) {
      if (thread === undefined) continue;
      this.contradictory = true;
      thread.patient = false;
      const woken = this.#waiting.get(tid) as ReplayedThread[];
      this.#waiting.delete(tid);
      return woken;
    }
    return [];
  }

  #wait(thread: ReplayedThread, tid: number): void {
    const waiting = this.#waiting.get(tid);
    if (waiting === undefined) this.#waiting.set(tid, [thread]);
    else waiting.push(thread);
    if (this.#loaded > MOST_LOADED) thread.unload();
  }

  loads(change: 1 | -1): void {
    this.#loaded += change;
  }

  /** Which thread had the tid then. */
  holderOf(tid: number, clock: number): ReplayedThread | undefined {
    const holders = this.#holders.get(tid);
    if (holders === undefined) return undefined;
    let low = 0;
    let high = holders.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((holders[middle] as Holder).from <= clock) low = middle + 1;
      else high = middle;
    }
    return holders[low - 1]?.thread;
  }

  /** By its number. */
  of(seq: number): ReplayedThread | undefined {
    return this.#bySeq.get(seq);
  }

  /** A thread has done something that others may come after. */
  sees({ kind, clock, releases: ends, object }: SyncInfo, by: ReplayedThread): void {
    if (kind === 'start-worker' && object.type === 'thread') this.#forked.add(object.seq);
    if (!ends || kind === 'end' || clock !== by.first - 1) return;
    this.#early.set(`${by.tid} ${clock}`, by);
    if (kind === 'post') this.#early.set(`${by.tid} ${clock} post`, by);
  }

  /** Whose release it was. */
  releaserOf(tid: number, clock: number): ReplayedThread | undefined {
    return this.#early.get(`${tid} ${clock}`) ?? this.holderOf(tid, clock);
  }

  /**
   * The tid of the thread that has yet to do what the event comes after; undefined: it may come now. Clocks do not say
   * so of what was released by a thread that had done nothing yet.
   */
  comesAfter({ kind, object, source, sourceClock }: Event, asker: ReplayedThread): number | undefined {
    if (kind === EventKind.START) {
      const parent = this.of(object);
      const waits = parent !== undefined && !parent.finished && !this.#forked.has(asker.seq);
      return waits && parent !== asker ? parent.tid : undefined;
    }
    if (source === 0 || this.holderOf(source, sourceClock) !== undefined) return undefined;
    const first = this.#holders.get(source)?.[0];
    if (first === undefined || first.from !== sourceClock + 1 || first.thread === asker) return undefined;
    const { thread } = first;
    const release = `${source} ${sourceClock}${kind === EventKind.RECEIVE ? ' post' : ''}`;
    return thread.finished || this.#early.has(release) ? undefined : thread.tid;
  }

  /** Whether all of the epoch, as far as there are records of it, has been seen. */
  isOver(tid: number, clock: number, asker: ReplayedThread): boolean {
    const holder = this.holderOf(tid, clock);
    return holder === undefined || holder === asker || holder.isPast(tid, clock);
  }

  objectOf(event: Event): SyncObject {
    return syncObjectOf(event, (name) => this.names.sync(name));
  }

  /** The latest events of all threads. */
  events(): SyncInfo[] {
    return this.threads.flatMap((thread) => thread.latest());
  }
}

/**
 * The threads of the process, and who holds which tid.
 *
 * A thread has a sequence number for good (0 is main, n the n-th worker) and a tid for a while. A free tid t
 * (its last holder ended, at clock c) may pass to a new thread exactly if the creator's clock
 * covers c@t: then all that was done as t happens before the new thread's start, the new holder goes on
 * counting from c + 1, and no clock anywhere can confuse the two. So ten thousand short workers, one after
 * another, need one tid. A thread whose clock is spent leaves its tid, and takes another by the same rule.
 *
 * A span says which thread held a tid from which clock on; spans of one tid are linked, newest first, and
 * only reports read them.
 */

import { clockOf, type Epoch, MAX_CLOCK, MAX_TID, type Tid, tidOf } from '../clock/epoch.ts';
import type { VectorClock } from '../clock/vector-clock.ts';
import { atomicAdd, atomicLoad, atomicStore } from '../memory/atomics.ts';
import { Control, SingleLock } from '../memory/control.ts';
import type { Life, Locks } from '../memory/lock.ts';
import type { Memory } from '../memory/memory.ts';

/** Words of an entry in the threads table; the entry of thread seq is at (seq + 1) * STRIDE. */
export const ThreadWord = {
  /** current tid; 0 runs unchecked. Written by the creator, then by the thread */
  TID: 0,
  STATE: 1,
  PARENT: 2,
  CREATED_AT: 3,
  FILE: 4,
  NAME: 5,
  /** accesses recorded, written by the thread */
  RECORDED: 6,
  /** 1 when its creator has seen its end, and done what is to be done then */
  OVER: 7,
  /** others may ask for its end: it holds a port or a lock that they wait for */
  HOLDS: 8,
  /** sync variable that keeps its last clock, once its tid was given back. Under SingleLock.THREADS */
  LAST: 9,
  /** sequence number of its newest worker, 0 if none, and that of its creator's worker before it */
  LAST_CHILD: 10,
  SIBLING: 11,
  /** the atomic write in progress (recovery.ts): id of the buffer or 0, element and its size */
  PENDING: 12,
  PENDING_AT: 13,
  PENDING_SIZE: 14,
  /** sequence number + 1 of the dead thread whose lock it takes over (memory/lock.ts) */
  HEIR_OF: 15,
  /** heads of its lists of free records (memory/records.ts) */
  FREE_RECORDS: 16,
  /** a Float64: the first cell of its running epoch (shadow/history.ts) */
  BASE: 28,
  /** the wait that it is in: lock of the list * 16 + place of its counter; 0 for none */
  WAIT: 30,
  /** its first tid: what it holds shared buffers as (shadow/buffers.ts) */
  HOLDER: 31,
  /** its numbers, as the program and as Node knows it (ids.ts); 0 where they are the same */
  SHOWN_ID: 32,
  NATIVE_ID: 33,
  /** its accesses that are not compared yet (shadow/backlog.ts); 0 for none */
  BACKLOG: 34,
  /** its part of the trace that is not written yet (runtime/trace/part.ts); 0 for none */
  TRACE: 35,
} as const;
export const THREAD_STRIDE = 48;

export const State = { NONE: 0, STARTING: 1, RUNNING: 2, TERMINATING: 3, FINISHED: 4 } as const;

const SPAN_STRIDE = 4;
/** Words of a span. */
const SpanWord = { START: 0, SEQ: 1, PREVIOUS: 2 } as const;

/** Words of a tid: its clock, and on a cache line of its own what its holder changes in each epoch. */
const CLOCK_WORDS = 512;
/** Words of a turn. */
export const Turn = {
  /** the running clock */
  RUNNING: 0,
  /** 1 if the running epoch has accesses */
  USED: 1,
} as const;
const TURN_WORDS = 2;
const TidWord = {
  TURN: CLOCK_WORDS,
  /** its newest span */
  SPAN: CLOCK_WORDS + TURN_WORDS,
  /** 1 if it is free */
  FREE: CLOCK_WORDS + TURN_WORDS + 1,
} as const;
const TID_STRIDE = CLOCK_WORDS + 16;
const BASE = 512;

export function threadAt(seq: number): number {
  return (seq + 1) * THREAD_STRIDE;
}

export class Registry {
  readonly memory: Memory;
  private readonly clocks: Int32Array;

  constructor(memory: Memory) {
    this.memory = memory;
    this.clocks = memory.clocks.ensure(BASE + (MAX_TID + 1) * TID_STRIDE);
  }

  private at(word: number, tid: number): number {
    return BASE + tid * TID_STRIDE + word;
  }

  /** The dense clock of whoever holds the tid. */
  clockOf(tid: Tid): VectorClock {
    const at = BASE + tid * TID_STRIDE;
    return this.clocks.subarray(at, at + CLOCK_WORDS);
  }

  highTid(): number {
    return this.memory.control.words[Control.HIGH_TID] as number;
  }

  /** The clock that the tid's holder runs at: it has done nothing later. */
  running(tid: Tid): number {
    return this.clocks[this.at(TidWord.TURN + Turn.RUNNING, tid)] as number;
  }

  /** What the tid's holder changes in each epoch: see `Turn`. */
  turnOf(tid: Tid): Int32Array {
    const at = this.at(TidWord.TURN, tid);
    return this.clocks.subarray(at, at + TURN_WORDS);
  }

  /** The clock of the tid's last epoch that has accesses, if its holder is gone. */
  private lastUsed(tid: Tid): number {
    return this.running(tid) - 1 + (this.clocks[this.at(TidWord.TURN + Turn.USED, tid)] as number);
  }

  newThread(): number {
    const seq = atomicAdd(this.memory.control.words, Control.THREADS, 1);
    this.memory.threads.ensure(threadAt(seq) + THREAD_STRIDE);
    return seq;
  }

  get(seq: number, word: number): number {
    const at = threadAt(seq);
    return this.memory.threads.ensure(at + THREAD_STRIDE)[at + word] as number;
  }

  set(seq: number, word: number, value: number): void {
    const at = threadAt(seq);
    atomicStore(this.memory.threads.ensure(at + THREAD_STRIDE), at + word, value);
  }

  /** The first cell of the thread's running epoch. */
  baseOf(seq: number): Float64Array {
    const at = threadAt(seq) + ThreadWord.BASE;
    const { buffer } = this.memory.threads.ensure(at + 2);
    return new Float64Array(buffer, at * 4, 1);
  }

  threadCount(): number {
    return atomicLoad(this.memory.control.words, Control.THREADS);
  }

  /** Whether the thread runs no longer, or may die at any instant. A worker ends with its creator. */
  lifeOf(seq: number): Life {
    let life: Life = 'alive';
    for (let s = seq; s > 0; s = this.get(s, ThreadWord.PARENT)) {
      const state = this.get(s, ThreadWord.STATE);
      if (state === State.FINISHED) return 'dead';
      if (state === State.TERMINATING) life = 'dying';
    }
    return life;
  }

  /** The entry of the thread. */
  slotOf(seq: number): Int32Array {
    const at = threadAt(seq);
    return this.memory.threads.ensure(at + THREAD_STRIDE).subarray(at, at + THREAD_STRIDE);
  }

  /** Its workers, newest first. */
  childrenOf(seq: number): number[] {
    const children: number[] = [];
    for (let c = this.get(seq, ThreadWord.LAST_CHILD); c !== 0; c = this.get(c, ThreadWord.SIBLING))
      children.push(c);
    return children;
  }

  /**
   * A tid for a thread that starts after everything that `known` covers, or 0 when there is none. Its
   * running clock is then the first that the new holder may use, and its clock is `known`. The tid stands in the thread's entry as soon
   * as it is taken, where whoever survives its taker finds it.
   */
  takeTid(seq: number, known: VectorClock, locks: Locks): Tid {
    const lock = locks.single(SingleLock.THREADS);
    locks.lock(lock);
    try {
      const high = this.highTid();
      let tid = 0;
      for (let t = 1; t <= high && tid === 0; t++) {
        if (this.clocks[this.at(TidWord.FREE, t)] !== 1) continue;
        const last = this.lastUsed(t as Tid);
        if (last < MAX_CLOCK / 2 && last <= (known[t] as number)) tid = t;
      }
      if (tid === 0) {
        if (high === MAX_TID) return 0 as Tid;
        tid = high + 1;
      }
      const clock = this.running(tid as Tid) + 1;
      const start = this.clockOf(tid as Tid);
      start.set(known);
      start[tid] = clock - 1;
      const spans = this.memory.spans;
      const span = spans.take(SPAN_STRIDE, SPAN_STRIDE);
      const { clocks } = this;
      const control = this.memory.control.words;
      const [free, newest, running, used] = [
        TidWord.FREE,
        TidWord.SPAN,
        TidWord.TURN + Turn.RUNNING,
        TidWord.TURN + Turn.USED,
      ].map((word) => this.at(word, tid));
      const slot = this.slotOf(seq);
      spans.words[span + SpanWord.START] = clock;
      spans.words[span + SpanWord.SEQ] = seq;
      spans.words[span + SpanWord.PREVIOUS] = clocks[newest as number] as number;
      // no call and no loop from here: all of it happens, or nothing (memory/lock.ts)
      clocks[free as number] = 0;
      clocks[running as number] = clock;
      clocks[used as number] = 0;
      clocks[newest as number] = span;
      slot[ThreadWord.TID] = tid;
      if (slot[ThreadWord.HOLDER] === 0) slot[ThreadWord.HOLDER] = tid;
      if (tid > high) control[Control.HIGH_TID] = tid;
      return tid as Tid;
    } finally {
      locks.unlock(lock);
    }
  }

  /** The holder is gone and its creator knows all it did. Under SingleLock.THREADS. */
  freeTid(tid: Tid): void {
    this.clocks[this.at(TidWord.FREE, tid)] = 1;
  }

  /** Whether the thread's tid is still its own: not given back, or given back and not taken by another. */
  holds(seq: number, tid: Tid): boolean {
    const span = this.clocks[this.at(TidWord.SPAN, tid)] as number;
    return span !== 0 && this.memory.spans.ensure(span + SPAN_STRIDE)[span + SpanWord.SEQ] === seq;
  }

  /** Which thread ran in that epoch. */
  seqOf(epoch: Epoch): number {
    const clock = clockOf(epoch);
    let span = this.clocks[this.at(TidWord.SPAN, tidOf(epoch))] as number;
    while (span !== 0) {
      const words = this.memory.spans.ensure(span + SPAN_STRIDE);
      if ((words[span + SpanWord.START] as number) <= clock) return words[span + SpanWord.SEQ] as number;
      span = words[span + SpanWord.PREVIOUS] as number;
    }
    return -1;
  }
}

/**
 * The oracle: SEMANTICS.md sections 1 to 3 as directly as they can be executed. It keeps every access of
 * every byte with its full vector clock, forgets nothing, and shares no code with the detector.
 *
 * `clock[t]` is how many steps of thread t are known to have happened. Every event is a step of its own, so
 * an earlier access happens-before the current one iff the current clock has reached the earlier one's step.
 */
export type Clock = number[];

export interface Access {
  readonly thread: number;
  readonly type: 'read' | 'write' | 'update';
  readonly atomic: boolean;
  readonly buffer: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly stack: number;
  /** of the thread, just after the access */
  readonly clock: Clock;
}

/** A race on one byte. */
export interface ByteRace {
  readonly byte: number;
  readonly previous: Access;
  readonly current: Access;
}

export class Oracle {
  readonly #threads: Clock[] = [[1]];
  readonly #waiterLists = new Map<string, Clock>();
  readonly #woken = new Map<string, Clock>();
  /** buffer → byte → its accesses, oldest first */
  readonly #history = new Map<number, Access[][]>();

  // "`new Worker(…)` returns → the worker's first instruction"
  fork(parent: number, child: number): void {
    this.#threads[child] = [];
    this.acquire(child, this.release(parent));
  }

  // "the worker's end → the creator's `exit` event": a thread that has ended takes no more steps.
  join(parent: number, child: number): void {
    this.acquire(parent, this.#threads[child]!);
  }

  // "`postMessage` → the receipt of *that* message"
  release(thread: number): Clock {
    return this.#step(thread).slice();
  }

  acquire(thread: number, clock: Clock): void {
    const own = this.#step(thread);
    clock.forEach((steps, other) => {
      own[other] = Math.max(own[other] ?? 0, steps);
    });
  }

  // "they are one critical section, each leaving ordered before the next entering"
  waiters(thread: number, buffer: number, byteOffset: number): void {
    const list = `${buffer}:${byteOffset}`;
    this.acquire(thread, this.#waiterLists.get(list) ?? []);
    this.#waiterLists.set(list, this.release(thread));
  }

  // "`Atomics.notify` that wakes a `waitAsync` → its promise's reactions": the last one that woke somebody
  wakes(thread: number, buffer: number, byteOffset: number): void {
    this.waiters(thread, buffer, byteOffset);
    this.#woken.set(`${buffer}:${byteOffset}`, this.release(thread));
  }

  awoken(thread: number, buffer: number, byteOffset: number): void {
    this.acquire(thread, this.#woken.get(`${buffer}:${byteOffset}`) ?? []);
  }

  /** One access; returns its races with all earlier ones. */
  access(made: Omit<Access, 'clock'>): ByteRace[] {
    // "an atomic write or successful RMW → an atomic read that reads from it, same range": the write's clock
    // replaces what came before; an RMW acquires first, so that its clock has what came before in it.
    if (made.atomic && reads(made)) this.acquire(made.thread, this.#readsFrom(made)?.clock ?? []);

    const current: Access = { ...made, clock: this.#step(made.thread).slice() };
    const races: ByteRace[] = [];
    for (const [byte, history] of this.#bytes(made)) {
      for (const previous of history) {
        if (race(previous, current)) races.push({ byte, previous, current });
      }
      history.push(current);
    }
    return races;
  }

  // "A plain write to the word breaks the chain", and so does an atomic write of another range.
  #readsFrom(read: Omit<Access, 'clock'>): Access | undefined {
    const written = new Set(this.#bytes(read).map(([, history]) => history.findLast(writes)));
    const [write] = written;
    return written.size === 1 && write?.atomic && sameRange(write, read) ? write : undefined;
  }

  #bytes({ buffer, byteOffset, byteLength }: Omit<Access, 'clock'>): [byte: number, history: Access[]][] {
    const bytes = this.#history.get(buffer) ?? [];
    this.#history.set(buffer, bytes);
    return Array.from({ length: byteLength }, (_, i) => {
      const byte = byteOffset + i;
      bytes[byte] ??= [];
      return [byte, bytes[byte]];
    });
  }

  // "program order within a thread"
  #step(thread: number): Clock {
    const clock = this.#threads[thread]!;
    clock[thread] = (clock[thread] ?? 0) + 1;
    return clock;
  }
}

type Range = Pick<Access, 'buffer' | 'byteOffset' | 'byteLength'>;

const writes = (access: Pick<Access, 'type'>): boolean => access.type !== 'read';
const reads = (access: Pick<Access, 'type'>): boolean => access.type !== 'write';

const sameRange = (a: Range, b: Range): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;

// "neither happens-before the other": the current access is the latest of all.
const happensBefore = (previous: Access, current: Access): boolean =>
  (current.clock[previous.thread] ?? 0) >= previous.clock[previous.thread]!;

// "Two accesses race when all hold", for two that touch the same byte.
const race = (previous: Access, current: Access): boolean =>
  previous.thread !== current.thread &&
  (writes(previous) || writes(current)) &&
  !happensBefore(previous, current) &&
  !(previous.atomic && current.atomic && sameRange(previous, current));

/** The name of a race in a report. */
export function kindOf(
  a: Access,
  b: Access,
): 'write-write' | 'read-write' | 'atomic-plain' | 'atomic-overlap' {
  if (a.atomic && b.atomic) return 'atomic-overlap';
  if (a.atomic !== b.atomic) return 'atomic-plain';
  return writes(a) && writes(b) ? 'write-write' : 'read-write';
}

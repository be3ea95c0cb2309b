/**
 * Who writes down what a thread records and how it is ordered, for whoever asks offline (`--trace`). The detector tells
 * it what it remembers itself: the first access of an epoch to an element in each way, which stands for the others.
 */
import type { Backlog } from './shadow/backlog.ts';
import { ENTRIES, ENTRY_WORDS, Entry, ROWS, runFrom } from './shadow/backlog-memory.ts';
import type { Shadow } from './shadow/buffers.ts';
import type { Kind, Log2 } from './shadow/kind.ts';
import type { TrackedView } from './shadow/tracked-view.ts';
import type { EventKind } from './sync/event-log.ts';

export interface Tracer {
  /** Accesses to the elements first, first + step, … below end, in the running epoch. */
  access(
    shadow: Shadow,
    size: Log2,
    first: number,
    end: number,
    step: number,
    kind: Kind,
    stack: number,
  ): void;
  /** The clock has learned of others, and is put down before what comes next. */
  learned(): void;
  /** The thread goes on in this epoch; 0 is unchecked. */
  epoch(tid: number, clock: number): void;
  /** As the event log has it; `source` is the tid of the release that it came after, 0 for none. */
  event(
    kind: EventKind,
    object: number,
    place: number,
    stack: number,
    source: number,
    sourceClock: number,
  ): void;
  /** An access of a thread that is over, in its last epoch. */
  left(
    seq: number,
    tid: number,
    clock: number,
    shadow: Shadow,
    size: Log2,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void;
  /** What the thread could not write any more. */
  settle(seq: number): void;
  /** This thread ends. */
  end(): void;
}

/** What a backlog has noted, but for rows: they are traced when they come. */
export function traceBacklog(tracer: Tracer, backlog: Backlog): void {
  const { entries, end } = backlog;
  for (let at = ENTRIES; at < end; at += ENTRY_WORDS) {
    const number = entries[at + Entry.SLOT] as number;
    if (number === 0 || number >= ROWS) continue;
    const { view, kind, stack } = backlog.slotOf(number);
    const { shadow, plane } = view as TrackedView;
    const first = (entries[at + Entry.ELEMENT] as number) >>> 0;
    const last = runFrom(entries, at, end);
    tracer.access(shadow, plane.size, first, last, 1, kind, stack);
    at += (last - first - 1) * ENTRY_WORDS;
  }
}

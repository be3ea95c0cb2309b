/** What the threads of a trace did to be ordered, as a report has it: the events of a window, in an order that happened. */
import type { SyncInfo } from '../../runtime/contract.ts';
import {
  type EpochReport,
  type Frame,
  type SyncEvent,
  type ThreadReport,
  threadName,
} from '../report/report.ts';
import type { SourceLines } from '../report/source-lines.ts';
import { strip, threadId, threadReport } from '../report/symbolize.ts';
import { objectId } from '../report/why/history.ts';
import { nameOf, wordIn } from '../report/why/words.ts';
import type { TraceFile } from './file.ts';
import { Replay } from './replay.ts';

export interface TimelineEvent extends SyncEvent {
  /** from 1, among all of the trace */
  number: number;
  /** the exact vector clock after it, if it was asked for: the running epoch of its own thread, and the last known ones */
  knows: EpochReport[];
  /** how often its thread had recorded an access since its event before */
  accesses: number;
}

export interface Timeline {
  events: TimelineEvent[];
  threads: ThreadReport[];
  /** of the trace */
  total: number;
  accesses: number;
  /** what is wrong with it, a sentence each */
  limits: string[];
}

/** @param from number of the first event that is wanted @param to of the last */
export function timelineOf(
  trace: TraceFile,
  from: number,
  to: number,
  source: SourceLines,
  clocks = false,
): Timeline {
  const prefix = trace.run?.prefix ?? '';
  const result: Timeline = { events: [], threads: [], total: 0, accesses: 0, limits: [...trace.missing] };
  for (const process of trace.processes) {
    const replay = new Replay(process, (chunk) => trace.read(chunk));
    const { names } = replay;
    const { pid } = process;
    const id = (seq: number): string => threadId(seq, pid);
    const tables = { frames: (stack: number) => names.frames(stack) };
    const named = (seq: number): string =>
      threadName(id(seq), [threadReport(names.thread(seq), tables, pid, prefix)]);
    const words = new Map<string, string>();
    /** Of the same word any event may be the one that names it. */
    const wordOf = (event: SyncInfo): string | undefined => {
      if (event.object.type !== 'word') return undefined;
      const key = objectId(event.object);
      if (!words.has(key)) {
        const own = wordIn(event, tables, source);
        if (own !== undefined) words.set(key, own);
      }
      return words.get(key);
    };
    const frameOf = (stack: number): Frame | null => {
      const [frame] = names.frames(stack);
      if (frame === undefined) return null;
      const { file, line, column } = frame;
      return { function: frame.function, file: strip(file, prefix), line, column: column + 1 };
    };
    const since = new Map<number, number>();
    replay.run(
      {
        access({ seq }) {
          result.accesses++;
          since.set(seq, (since.get(seq) ?? 0) + 1);
        },
        event(thread, event) {
          const { seq } = thread;
          const number = ++result.total;
          const accesses = since.get(seq) ?? 0;
          since.set(seq, 0);
          if (number < from || number > to) return;
          const { clock, order, kind, object, stack, releases, source: heard } = event;
          result.events.push({
            number,
            accesses,
            knows: clocks ? thread.known().map((one) => ({ thread: id(one.seq), clock: one.clock })) : [],
            thread: id(seq),
            clock,
            order,
            kind,
            releases,
            acquires: heard === undefined ? [] : [{ thread: id(heard.seq), clock: heard.clock }],
            on: nameOf(object, wordOf(event), named),
            object: objectId(object),
            operation: names.frames(stack)[0]?.text.split('.').at(-1)?.split('(')[0] ?? '',
            at: frameOf(stack),
          });
        },
      },
      1,
    );
    if (replay.contradictory)
      result.limits.push('its clocks contradict each other: it is damaged, or made up');
    if (replay.damaged > 0)
      result.limits.push('the records of a thread are damaged; what came after is left out');
    for (const info of names.threads()) result.threads.push(threadReport(info, tables, pid, prefix));
  }
  return result;
}

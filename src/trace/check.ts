/**
 * The races of a trace: every pair of conflicting, unordered accesses, told apart by their places in the code
 * (SEMANTICS: as the detector's rules, core/detector.ts, but with all accesses of the trace and not the last ones).
 */
import type { ReportTables } from '../../runtime/contract.ts';
import type { AccessType, Race, RaceKind, RacingAccess } from '../../runtime/core/race.ts';
import { SiteFlag } from '../../runtime/interface.ts';
import { ACCESS_ATOMIC, ACCESS_UPDATE, ACCESS_WRITE } from '../../runtime/trace/format.ts';
import type { Report } from '../report/report.ts';
import type { SourceLines } from '../report/source-lines.ts';
import { symbolize } from '../report/symbolize.ts';
import type { Access } from './decoder.ts';
import { Places, type Step, TooManyPlaces, type Traced } from './places.ts';
import type { Replay } from './replay.ts';
import type { ReplayedThread } from './replayed-thread.ts';

/** A pair of places in the code that race, as it was found first. */
export interface FoundRace {
  buffer: number;
  byteOffset: number;
  current: Traced;
  previous: Traced;
}

/** reports that may have announced a race (report/symbolize.ts) */
const RECENT = 8;

export interface Checked {
  accesses: number;
  /** some accesses were not compared: there were too many different places */
  overflown: boolean;
}

/** @param found called for each pair of places when it is first seen, with the threads as they are then */
export function checkRaces(
  replay: Replay,
  found: (race: FoundRace, seenBy: ReplayedThread) => void,
  places: Places = new Places(),
): Checked {
  const result: Checked = { accesses: 0, overflown: false };
  const { names } = replay;
  const numbers = new Map<string, number>();
  const pairs = new Set<string>();
  /** of the thread that runs, since it last moved */
  const current = new Map<string, Traced>();
  let running: ReplayedThread | undefined;

  const traced = (thread: ReplayedThread, { kind, size, stack }: Access): Traced => {
    if (thread !== running) {
      current.clear();
      running = thread;
    }
    const key = `${stack} ${kind} ${size}`;
    const known = current.get(key);
    if (known !== undefined) return known;
    const where = `${names.leaf(stack)} ${kind} ${size} ${names.cause(stack)}`;
    let place = numbers.get(where);
    if (place === undefined) {
      place = numbers.size;
      numbers.set(where, place);
    }
    const made = { seq: thread.seq, tid: thread.tid, clock: thread.running, kind, size, stack, place };
    current.set(key, made);
    return made;
  };

  const stepOf =
    (thread: ReplayedThread, buffer: number, now: Traced): Step =>
    (list, byteOffset) => {
      const kept: Traced[] = [];
      for (const before of list) {
        if (before === now) return list;
        const ordered = before.seq === now.seq || before.clock <= (thread.clock[before.tid] as number);
        if (!ordered && conflict(before, now)) {
          const pair =
            before.place < now.place ? `${before.place} ${now.place}` : `${now.place} ${before.place}`;
          if (!pairs.has(pair)) {
            pairs.add(pair);
            found({ buffer, byteOffset, current: now, previous: before }, thread);
          }
        }
        if (!ordered || before.place !== now.place) kept.push(before);
      }
      kept.push(now);
      return kept;
    };

  replay.run({
    moves() {
      current.clear();
    },
    access(thread, access) {
      result.accesses++;
      if (result.overflown) return;
      try {
        const now = traced(thread, access);
        const step = stepOf(thread, access.buffer, now);
        for (const [from, to] of bytesOf(access, names.buffer(access.buffer).byteLength))
          places.touch(access.buffer, from, to, now, step);
      } catch (error) {
        if (!(error instanceof TooManyPlaces)) throw error;
        result.overflown = true;
      }
    },
  });
  return result;
}

/** Those that are within the buffer. */
function* bytesOf(
  { first, count, step, size }: Access,
  byteLength: number,
): Generator<[from: number, to: number]> {
  const width = 2 ** size;
  if (step === 1) {
    const to = Math.min(byteLength, (first + count) * width);
    if (first * width < to) yield [first * width, to];
    return;
  }
  for (let i = 0, at = first * width; i < count && at + width <= byteLength; i++, at += step * width)
    yield [at, at + width];
}

/** Two accesses to one byte; of one size they are to the same element. */
function conflict(a: Traced, b: Traced): boolean {
  if (((a.kind | b.kind) & ACCESS_WRITE) === 0) return false;
  return (a.kind & b.kind & ACCESS_ATOMIC) === 0 || a.size !== b.size;
}

/** Reports of races as a running thread makes them, as far as the trace goes. */
export class Reporter {
  readonly #replay: Replay;
  readonly #prefix: string;
  readonly #source: SourceLines;
  readonly #reports: string[] = [];
  readonly #causes: string[] = [''];

  constructor(replay: Replay, prefix: string, source: SourceLines) {
    this.#replay = replay;
    this.#prefix = prefix;
    this.#source = source;
  }

  report({ buffer, byteOffset, current, previous }: FoundRace, seenBy: ReplayedThread): Report {
    const width = 2 ** current.size;
    const index = Math.floor(byteOffset / width);
    const sides = [this.#racing(current), this.#racing(previous)] as const;
    const race: Race = {
      kind: kindOf(...sides),
      buffer,
      byteOffset: index * width,
      byteLength: width,
      view: `${width}-byte element`,
      index,
      current: sides[0],
      previous: sides[1],
    };
    const tables = this.#tables(seenBy);
    const report = symbolize(race, 1, tables, this.#replay.pid, this.#prefix, this.#source);
    // the trace does not say where the view begins that the source names
    if (!report.race.location.native) report.race.location.name = '';
    this.#reports.push(JSON.stringify(report));
    return report;
  }

  #racing({ kind, size, seq, stack, clock }: Traced): RacingAccess {
    const updates = (kind & ACCESS_UPDATE) !== 0 || (this.#replay.names.flags(stack) & SiteFlag.UPDATE) !== 0;
    const type: AccessType = updates ? 'update' : (kind & ACCESS_WRITE) !== 0 ? 'write' : 'read';
    return { type, atomic: (kind & ACCESS_ATOMIC) !== 0, size: 2 ** size, thread: seq, stack, clock };
  }

  #tables(seenBy: ReplayedThread): ReportTables {
    const replay = this.#replay;
    const { names } = replay;
    const threadOf = (seq: number): ReplayedThread => replay.of(seq) ?? seenBy;
    const reports = this.#reports;
    return {
      frames: (stack) => names.frames(stack),
      causeOf: (stack) => this.#causeOf(names.cause(stack)),
      causeName: (cause) => this.#causes[cause] ?? '',
      thread: (seq) => names.thread(seq),
      buffer: (id) => names.buffer(id),
      raceCounts: () => [...reports.map(() => 1), 1],
      racesFrom: (order) =>
        reports
          .slice(Math.max(order, reports.length - RECENT))
          .map((report, i) => ({ order: order + i, causes: [0, 0], report })),
      source: () => '',
      syncEvents: () => replay.events(),
      clockOf(seq) {
        const { clock } = threadOf(seq);
        const known: { seq: number; clock: number }[] = [];
        for (let tid = 1; tid < clock.length; tid++) {
          const c = clock[tid] as number;
          const holder = c === 0 ? undefined : replay.holderOf(tid, c);
          if (holder !== undefined) known.push({ seq: holder.seq, clock: c });
        }
        return known;
      },
      known: (seq, of) => threadOf(seq).clock[threadOf(of).tid] as number,
    };
  }

  #causeOf(name: string): number {
    const known = this.#causes.indexOf(name);
    return known >= 0 ? known : this.#causes.push(name) - 1;
  }
}

function kindOf(a: RacingAccess, b: RacingAccess): RaceKind {
  if (a.atomic && b.atomic) return 'atomic-overlap';
  if (a.atomic || b.atomic) return 'atomic-plain';
  return a.type !== 'read' && b.type !== 'read' ? 'write-write' : 'read-write';
}

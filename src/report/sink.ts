/**
 * Where a thread's reports go. Order matters: the record is on disk before the text is printed, so that a
 * process killed in between loses nothing. The text leaves in one `write`, while no other thread of the
 * process prints. Several processes may share one stderr; each report is one write there as well.
 */
import { appendFileSync } from 'node:fs';
import type { Tables } from '../../runtime/contract.ts';
import type { Race } from '../../runtime/core/race.ts';
import type { Options } from '../options.ts';
import { coverageOf } from './coverage.ts';
import { Known, readKnown } from './known/known.ts';
import { append, type EndRecord } from './records.ts';
import { renderText, type Style } from './render/text.ts';
import type { Report, Suppressed, Uninstrumented } from './report.ts';
import { styleFor } from './style.ts';
import { strip, symbolize, threadId, threadReport } from './symbolize.ts';
import { sleep, writeFully } from './write.ts';

/** ends the process without its `exit` event; in Node's API, not in its types */
const reallyExit = (process as unknown as { reallyExit(code: number): never }).reallyExit.bind(process);

export interface SinkSetup {
  tables: Tables;
  options: Options;
  /** the run's directory, undefined when nothing concludes this run */
  run: string | undefined;
  /** sequence number of this thread */
  seq: number;
}

/** What is known at a page's end. */
export type PageEnd = Pick<EndRecord, 'counts' | 'threads' | 'summary'>;

export interface PageRun {
  /** what the ids of its threads begin with */
  name: string;
  /** `order` counts the page's reports. @returns why it is no failure */
  race(order: number, report: Report): Suppressed | undefined;
  /** A test has told that race, or asserted that it is there. */
  told(order: number, expected: boolean): void;
  /** May come several times, the last one counts. */
  ended(end: PageEnd): void;
}

export class Sink {
  readonly #setup: SinkSetup;
  readonly #thread: string;
  /** null: there are none */
  #knownRaces: Known | null | undefined;
  readonly #uninstrumented = new Map<string, Uninstrumented>();
  #pages = 0;
  /** what each page said last */
  readonly #ends = new Map<string, PageEnd>();

  constructor(setup: SinkSetup) {
    this.#setup = setup;
    this.#thread = threadId(setup.seq, process.pid);
  }

  onRace = (race: Race, order: number): void => {
    const { tables, options } = this.#setup;
    const report = symbolize(race, 1, tables, process.pid, options.strip_path_prefix);
    const held = this.#record(this.#thread, order, report);
    if (report.race.suppressed !== undefined) tables.dismissRace(order);
    tables.keepReport(order, JSON.stringify(report));
    this.#print(report, held);
  };

  /** Its verdict is in the report then. @returns whether its test tells it, or else the end of the run */
  #record(thread: string, order: number, report: Report): boolean {
    const { options, run } = this.#setup;
    const suppressed = this.#known()?.verdictOn(report.race);
    if (suppressed !== undefined) report.race.suppressed = suppressed;
    const held =
      suppressed === undefined &&
      report.race.tests.length > 0 &&
      run !== undefined &&
      options.log_path === 'stderr' &&
      !options.halt_on_error;
    if (run !== undefined) append(run, thread, { type: 'race', order, report, held });
    return held;
  }

  #print(report: Report, held: boolean): void {
    const { tables, options } = this.#setup;
    if (report.race.suppressed !== undefined) return;
    if (!held) {
      const text = renderText(report, styleOf(options));
      tables.exclusively(() => print(text, options));
    }
    if (options.halt_on_error) this.#halt();
  }

  /** A page of a browser that a test runner has opened is a process of the run; of main's alone. */
  page(): PageRun {
    const { run } = this.#setup;
    const name = `${process.pid}.${++this.#pages}`;
    const thread = threadId(0, name);
    return {
      name,
      race: (order, report) => {
        const held = this.#record(thread, order, report);
        this.#print(report, held);
        return report.race.suppressed;
      },
      told: (order, expected) => {
        if (run !== undefined) append(run, thread, { type: 'told', pid: name, order, expected });
      },
      ended: (end) => {
        this.#ends.set(name, end);
      },
    };
  }

  /** Those of the run that are known: most threads have no race, and never look. */
  #known(): Known | undefined {
    const { run, options } = this.#setup;
    if (this.#knownRaces === undefined && run !== undefined) {
      const found = readKnown(run);
      this.#knownRaces = found === undefined ? null : new Known(found, options.strip_path_prefix);
    }
    return this.#knownRaces ?? undefined;
  }

  /** A test has told the race that was reported as number `order`. */
  told(order: number, expected: boolean): void {
    const { run } = this.#setup;
    if (run !== undefined) append(run, this.#thread, { type: 'told', pid: process.pid, order, expected });
  }

  uninstrumented(item: Uninstrumented): void {
    const key = `${item.what}\n${item.why}`;
    if (this.#uninstrumented.has(key)) return;
    this.#uninstrumented.set(key, item);
    if (this.#setup.run !== undefined)
      append(this.#setup.run, this.#thread, { type: 'uninstrumented', ...item });
  }

  /** The process ends in order: what only its tables know goes to disk. Main thread only. */
  end(): void {
    const { tables, run, options } = this.#setup;
    if (run === undefined) return;
    for (const [pid, end] of this.#ends) append(run, threadId(0, pid), { type: 'end', pid, ...end });
    const { events, edges } = tables.syncCounts();
    append(run, this.#thread, {
      type: 'end',
      pid: process.pid,
      counts: tables.raceCounts(),
      threads: tables
        .threads()
        .map((info) => (info.seq === 0 ? { ...info, state: 'finished' as const } : info))
        .map((info) => threadReport(info, tables, process.pid, options.strip_path_prefix)),
      summary: {
        sharedBuffers: tables.bufferCount(),
        accessesChecked: tables.accessesRecorded(),
        syncEvents: events,
        edges,
        files: tables
          .siteUse()
          .map((use) => coverageOf(use, process.pid, (file) => strip(file, options.strip_path_prefix))),
        uninstrumented: tables.weaknesses().map((why) => ({ what: 'detector', why })),
      },
    });
  }

  /** A worker cannot end its process by `exit`, and main may be blocked: the signal reaches all threads. */
  #halt(): never {
    const { run, options, seq } = this.#setup;
    if (run !== undefined) append(run, this.#thread, { type: 'halt' });
    if (seq === 0) reallyExit(options.exitcode);
    process.kill(process.pid, 'SIGKILL');
    for (;;) sleep(1000);
  }
}

export function styleOf({ color, log_path, columns, strip_path_prefix }: Options): Style {
  const fd = log_path === 'stderr' ? 2 : undefined;
  return styleFor({ fd, color, columns, prefix: strip_path_prefix }, process.env);
}

/** All of `text` to stderr or to the log, whatever the stream is: a full pipe is waited for. */
export function print(
  text: string,
  { log_path }: Pick<Options, 'log_path'>,
  pid: number = process.pid,
): void {
  if (log_path !== 'stderr') {
    try {
      appendFileSync(`${log_path}.${pid}`, text);
      return;
    } catch (error) {
      writeFully(
        2,
        `tsrace: cannot write ${log_path}.${pid} (${(error as Error).message}); reports go to stderr\n`,
      );
    }
  }
  writeFully(2, text);
}

/**
 * What the processes of a run leave for the one that concludes it: a directory with one file for each thread
 * that had something to say, one JSON record a line. A line is written by one `write` to a file that only its
 * thread appends to, so a process may be killed at any instant and all earlier lines still stand; a torn last
 * line is skipped.
 */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, Summary, ThreadReport, Uninstrumented } from './report.ts';

/** The first sight of a race, written before it is printed. `order` counts the process's reports. */
export interface RaceRecord {
  type: 'race';
  order: number;
  report: Report;
  /** not printed: a test is to tell it (ToldRecord) */
  held: boolean;
}

/** What stands before the `:` of its threads' ids: a number, or for a page of a browser that and a number of its own. */
export type ProcessName = number | string;

/** A test has told a race that was held, or has asserted that there is one: then it is none of the run's. */
export interface ToldRecord {
  type: 'told';
  pid: ProcessName;
  order: number;
  expected: boolean;
}

export interface UninstrumentedRecord extends Uninstrumented {
  type: 'uninstrumented';
}

/** Written at the end of a process that came to its end. */
export interface EndRecord {
  type: 'end';
  pid: ProcessName;
  /** how often each race of the process was seen, by the order of its report */
  counts: number[];
  threads: ThreadReport[];
  summary: Omit<Summary, 'races' | 'threads'>;
}

/** `halt_on_error`: the program is to end, with the exit code of the options. */
export interface HaltRecord {
  type: 'halt';
}

export type RunRecord = RaceRecord | ToldRecord | UninstrumentedRecord | EndRecord | HaltRecord;

const SUFFIX = '.jsonl';

export function append(run: string, thread: string, record: RunRecord): void {
  appendFileSync(join(run, `${thread.replace(':', '-')}${SUFFIX}`), `${JSON.stringify(record)}\n`);
}

export function readRecords(run: string): RunRecord[] {
  return readdirSync(run)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .flatMap((name) => readFileSync(join(run, name), 'utf8').split('\n'))
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as RunRecord];
      } catch {
        return [];
      }
    });
}

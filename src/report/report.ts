/**
 * A report as plain data: what `--json` holds and what every renderer prints. Nothing here refers to the
 * running program, so a report can be rendered later, elsewhere, and by a pure function.
 */
import type { SyncKind } from '../../runtime/contract.ts';

export type { SyncKind };

/** One place on a stack. Lines and columns are 1-based, as editors print them, of the original source. */
export interface Frame {
  function: string;
  file: string;
  line: number;
  column: number;
}

/**
 * A moment in a thread's own time: the number of its epoch. A release ends one, so what a thread did in epoch n
 * happens before whatever has acquired its release n, or a later one.
 */
export interface EpochReport {
  /** id of the thread */
  thread: string;
  clock: number;
}

export interface SyncEvent extends EpochReport {
  /** its place among the events of its thread; those in between were not kept */
  order: number;
  kind: SyncKind;
  /** it ended epoch `clock`: whoever acquires it comes after all of that */
  releases: boolean;
  /** the releases of others that it came after, and that were news to its thread: an arrow each */
  acquires: EpochReport[];
  /** what it was done to, as told to people: `state[0]`, `worker 2`, `lock "db"`; '' where there is no name for it */
  on: string;
  /** the same for events on the same word, port, lock or thread of a process; '' is none */
  object: string;
  /** the function that did it, without what it was a property of (`compareExchange`, `postMessage`); '' if not known */
  operation: string;
  /** where in the program; null where nothing of the user's was running */
  at: Frame | null;
}

/** A word that was used like a lock, or a lock of `navigator.locks`, and the event that took it. */
export interface HeldLock {
  object: string;
  on: string;
  since: SyncEvent;
}

/** What is surely wrong, each with a page in docs/races/. */
export type Diagnosis =
  | 'lost-update'
  | 'unsafe-publication'
  | 'early-publication'
  | 'not-awaited'
  | 'mixed-atomic-plain'
  | 'overlapping-widths'
  | 'use-after-hand-over'
  | 'check-then-act'
  | 'torn-value'
  | 'spin-flag'
  | 'lock-not-held'
  | 'different-locks';

/** Why nothing ordered the two accesses. */
export interface Explanation {
  /**
   * How the thread of the current access last heard of the previous one's: the events of that path, a release and
   * an acquire in turn, oldest first. Empty when it never did (or none is kept of it).
   */
  lastPath: SyncEvent[];
  /** held at the accesses; undefined where the history does not reach back so far */
  locks: { current: HeldLock[] | undefined; previous: HeldLock[] | undefined };
  /** the word of the race is itself used as a lock */
  lockWord: boolean;
  diagnosis: Diagnosis | null;
  /** as text, of the current access: what was read, or what stood there before it was written */
  value: string | null;
  /** the events around the race that are kept of all threads, those of each thread in its order */
  events: SyncEvent[];
  /** the vector clocks of the two threads, current and previous, without zeros: when the race was seen */
  clocks: [EpochReport[], EpochReport[]];
}

export interface AccessReport {
  role: 'current' | 'previous';
  type: 'read' | 'write' | 'update';
  atomic: boolean;
  /** bytes */
  size: number;
  /** id of the thread */
  thread: string;
  /** the test (or hook) for which the thread did it, where a test runner says so */
  test: string | null;
  /** innermost first; the first is the access itself */
  frames: Frame[];
  /** the epoch of its thread that it was made in, and how many events of its thread came before it; not known of all */
  epoch?: { clock: number; order: number };
}

export interface LocationReport {
  /** id of the shared buffer within its process */
  buffer: number;
  bufferByteLength: number;
  byteOffset: number;
  byteLength: number;
  /** constructor name of the view of the current access */
  view: string;
  index: number;
  /** source text of the view at the current access (`counter`); of the callee where native code accessed */
  name: string;
  /** the current access was made by the function `name` (`Atomics.add`, `view.fill`), not by `name[index]` */
  native: boolean;
  /** id of the thread that made the buffer; null when it is not known */
  allocatedBy: string | null;
  allocatedAt: Frame[];
}

export interface RaceReport {
  /** stable fingerprint of the two code locations and kinds */
  id: string;
  /** the same by what the source says there: it holds when lines shift; documents of older versions have none */
  stableId?: string;
  kind: 'write-write' | 'read-write' | 'atomic-plain' | 'atomic-overlap';
  count: number;
  /** known, so it neither fails the run nor is printed; absent for one that counts */
  suppressed?: Suppressed;
  /** the tests (and hooks) that showed it, where a test runner named them */
  tests: string[];
  location: LocationReport;
  accesses: [current: AccessReport, previous: AccessReport];
  /** documents of older versions have none */
  why?: Explanation;
  /** source lines around the accesses and of the frames of their stacks, for those who look at it elsewhere */
  sources?: SourceExcerpt[];
}

/** Why a race does not count. */
export interface Suppressed {
  reason: string;
  /** what says so: `tsrace.suppressions:3`, or the baseline */
  by: string;
}

/** Some lines of a file, as they stood when the race was seen. */
export interface SourceExcerpt {
  file: string;
  /** number of the first of the lines */
  from: number;
  lines: string[];
}

export interface ThreadReport {
  /** unique in the document: `PID:SEQ`, SEQ being 0 for the main thread */
  id: string;
  /** `main`, or the worker's `name` option, or '' */
  name: string;
  state: 'starting' | 'running' | 'terminating' | 'finished';
  file: string;
  /** id of the thread that made it; null for a main thread */
  parent: string | null;
  createdAt: Frame[];
}

/** The source line of a frame, for the code frame of the text. */
export interface Excerpt {
  role: 'current' | 'previous';
  line: number;
  column: number;
  text: string;
}

/** One race with all that its text needs. */
export interface Report {
  race: RaceReport;
  /** the threads that the race names */
  threads: ThreadReport[];
  excerpts: Excerpt[];
}

/** Code that ran unchecked, or a limit that was met. */
export interface Uninstrumented {
  /** a file, a package or a part of the detector */
  what: string;
  why: string;
}

/** Where only one thread touched shared memory. */
export interface SiteReport {
  line: number;
  column: number;
  function: string;
  /** source text of the view */
  name: string;
  /** id of the thread */
  thread: string;
}

/** What the run executed of a file's places where elements are accessed (`a[i]`, whatever `a` is). */
export interface FileCoverage {
  file: string;
  sites: number;
  /** those that touched shared memory in one thread only (of each process) */
  oneThread: SiteReport[];
  /** those that did in several: `line:column` */
  manyThreads: string[];
  /** how many never did */
  never: number;
}

export interface Summary {
  races: number;
  threads: number;
  sharedBuffers: number;
  /** accesses recorded in shadow memory; repeats within one epoch are not counted */
  accessesChecked: number;
  /** what threads did to be ordered with others; documents of older versions have none of the next three */
  syncEvents?: number;
  /** how often a thread came after something that another had released */
  edges?: number;
  files?: FileCoverage[];
  uninstrumented: Uninstrumented[];
}

/** The document that `--json FILE` writes, for the whole process tree. */
export interface RaceDocument {
  schemaVersion: 1;
  tool: { name: 'tsrace'; version: string };
  command: string[];
  /** ISO 8601 */
  startedAt: string;
  durationMs: number;
  races: RaceReport[];
  threads: ThreadReport[];
  summary: Summary;
}

/** `worker 2` of the id `4711:2`; the first word of a sentence gets a capital elsewhere. */
export function threadName(id: string, threads: readonly ThreadReport[]): string {
  const seq = id.slice(id.indexOf(':') + 1);
  if (seq === '0') return 'main';
  const name = threads.find((thread) => thread.id === id)?.name;
  return name ? `worker ${seq} "${name}"` : `worker ${seq}`;
}

/**
 * A report as plain data: what `--json` holds and what every renderer prints. Nothing here refers to the
 * running program, so a report can be rendered later, elsewhere, and by a pure function.
 */

/** One place on a stack. Lines and columns are 1-based, as editors print them, of the original source. */
export interface Frame {
  function: string;
  file: string;
  line: number;
  column: number;
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
  kind: 'write-write' | 'read-write' | 'atomic-plain' | 'atomic-overlap';
  count: number;
  /** the tests (and hooks) that showed it, where a test runner named them */
  tests: string[];
  location: LocationReport;
  accesses: [current: AccessReport, previous: AccessReport];
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

export interface Summary {
  races: number;
  threads: number;
  sharedBuffers: number;
  /** accesses recorded in shadow memory; repeats within one epoch are not counted */
  accessesChecked: number;
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

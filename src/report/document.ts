/**
 * Reads a document of `--json` back, which may come from anybody: each value is checked against the schema
 * (report.ts) and copied, so that what is returned has the declared fields and no others. Sizes are bounded, and
 * what is wrong is one line that names the file and the place in it.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import {
  array,
  boolean,
  type Check,
  either,
  integer,
  nullable,
  number,
  object,
  optional,
  pair,
  string,
  WrongValue,
  whole,
} from './check.ts';
import { DocumentError } from './document-error.ts';
import type {
  AccessReport,
  EpochReport,
  Explanation,
  FileCoverage,
  Frame,
  HeldLock,
  LocationReport,
  RaceDocument,
  RaceReport,
  SiteReport,
  SourceExcerpt,
  Summary,
  Suppressed,
  SyncEvent,
  ThreadReport,
  Uninstrumented,
} from './report.ts';

const VERSION = 1;

/** bytes of a file; parsed, it takes a few times that */
const MAX_FILE = 256 * 1024 * 1024;
const CHUNK = 1024 * 1024;

export function readDocument(file: string): RaceDocument {
  return parseDocument(readBounded(file, MAX_FILE), file);
}

/** @param name what the text is called in an error */
export function parseDocument(text: string, name: string): RaceDocument {
  const wrong = (what: string): DocumentError => new DocumentError(`${quoted(name)}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw wrong(
      text.trim() === ''
        ? 'the file is empty: was the run that writes it ended early?'
        : 'this is no JSON: give a file that tsrace --json has written, and all of it',
    );
  }
  const version = versionOf(value);
  if (version === undefined)
    throw wrong(
      'this is no document of tsrace (no schemaVersion): give a file that tsrace --json has written',
    );
  if (version !== VERSION)
    throw wrong(
      `its schemaVersion is ${shown(version)}, and this tsrace reads ${VERSION}: use the tsrace that wrote it, or a newer one`,
    );
  try {
    return checkDocument(value);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    throw wrong(error.message);
  }
}

/** A pipe has no size to ask for, and a device no end: it is read until there is too much. */
export function readBounded(file: string, limit: number): string {
  const wrong = (what: string): DocumentError => new DocumentError(`${quoted(file)}: ${what}`);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const chunks: Buffer[] = [];
    for (let size = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const read = readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks).toString('utf8');
      size += read;
      if (size > limit) throw wrong(`it is larger than ${limit / CHUNK} MiB, which no report of tsrace is`);
      chunks.push(chunk.subarray(0, read));
    }
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw wrong(REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read (permissions)',
};

function versionOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'schemaVersion')) return undefined;
  return (value as { schemaVersion: unknown }).schemaVersion;
}

/** What a hostile file says about itself goes to a terminal: short, and in JSON's escapes. */
const shown = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'string'
    ? `${JSON.stringify(value)}`.slice(0, 40)
    : 'no number';

const quoted = (name: string): string => {
  const text = JSON.stringify(name).slice(1, -1);
  return text === name ? name : `"${text}"`;
};

const frame: Check<Frame> = object<Frame>({ function: string, file: string, line: whole, column: whole });
const frames = array(frame, 10_000);

const epoch: Check<EpochReport> = object<EpochReport>({ thread: string, clock: integer });

const event: Check<SyncEvent> = object<SyncEvent>({
  thread: string,
  clock: integer,
  order: whole,
  kind: either(
    'atomic-load',
    'atomic-store',
    'atomic-update',
    'wait',
    'notify',
    'post',
    'receive',
    'start-worker',
    'start',
    'end',
    'join',
    'close',
    'closed',
    'lock',
    'unlock',
    'release',
    'acquire',
  ),
  releases: boolean,
  acquires: array(epoch, 100_000),
  on: string,
  operation: string,
  object: string,
  at: nullable(frame),
});
const events = array(event, 1_000_000);

const lock: Check<HeldLock> = object<HeldLock>({ object: string, on: string, since: event });
const locks = optional(array(lock, 10_000));

const explanation: Check<Explanation> = object<Explanation>({
  lastPath: events,
  locks: object<Explanation['locks']>({ current: locks, previous: locks }),
  lockWord: boolean,
  diagnosis: nullable(
    either(
      'lost-update',
      'unsafe-publication',
      'early-publication',
      'not-awaited',
      'mixed-atomic-plain',
      'overlapping-widths',
      'use-after-hand-over',
      'check-then-act',
      'torn-value',
      'spin-flag',
      'lock-not-held',
      'different-locks',
    ),
  ),
  value: nullable(string),
  events,
  clocks: pair(array(epoch, 100_000), array(epoch, 100_000)),
});

const access = (role: AccessReport['role']): Check<AccessReport> =>
  object<AccessReport>({
    role: either(role),
    type: either('read', 'write', 'update'),
    atomic: boolean,
    size: whole,
    thread: string,
    test: nullable(string),
    frames,
    epoch: optional(object<NonNullable<AccessReport['epoch']>>({ clock: integer, order: whole })),
  });

const location: Check<LocationReport> = object<LocationReport>({
  buffer: integer,
  bufferByteLength: whole,
  byteOffset: whole,
  byteLength: whole,
  view: string,
  index: integer,
  name: string,
  native: boolean,
  allocatedBy: nullable(string),
  allocatedAt: frames,
});

const source: Check<SourceExcerpt> = object<SourceExcerpt>({
  file: string,
  from: whole,
  lines: array(string, 10_000),
});

export const race: Check<RaceReport> = object<RaceReport>({
  id: string,
  stableId: optional(string),
  kind: either('write-write', 'read-write', 'atomic-plain', 'atomic-overlap'),
  count: whole,
  suppressed: optional(object<Suppressed>({ reason: string, by: string })),
  tests: array(string, 1_000_000),
  location,
  accesses: pair(access('current'), access('previous')),
  why: optional(explanation),
  sources: optional(array(source, 10_000)),
});

export const thread: Check<ThreadReport> = object<ThreadReport>({
  id: string,
  name: string,
  state: either('starting', 'running', 'terminating', 'finished'),
  file: string,
  parent: nullable(string),
  createdAt: frames,
});

const uninstrumented: Check<Uninstrumented> = object<Uninstrumented>({ what: string, why: string });

const site: Check<SiteReport> = object<SiteReport>({
  line: whole,
  column: whole,
  function: string,
  name: string,
  thread: string,
});

const coverage: Check<FileCoverage> = object<FileCoverage>({
  file: string,
  sites: whole,
  oneThread: array(site, 1_000_000),
  manyThreads: array(string, 1_000_000),
  never: whole,
});

export const summary: Check<Summary> = object<Summary>({
  races: whole,
  threads: whole,
  sharedBuffers: whole,
  accessesChecked: whole,
  syncEvents: optional(whole),
  edges: optional(whole),
  files: optional(array(coverage, 1_000_000)),
  uninstrumented: array(uninstrumented, 1_000_000),
});

/** For what holds a document. */
export const checkDocument: Check<RaceDocument> = object<RaceDocument>({
  schemaVersion: either(VERSION),
  tool: object<RaceDocument['tool']>({ name: either('tsrace'), version: string }),
  command: array(string, 1_000_000),
  startedAt: string,
  durationMs: number,
  races: array(race, 1_000_000),
  threads: array(thread, 1_000_000),
  summary,
});

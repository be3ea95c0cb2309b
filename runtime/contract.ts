/**
 * The two faces that a thread's runtime shows to the rest of tsrace: `ThreadRuntime` to what intercepts the
 * platform (workers, ports, Atomics), and `Tables` to what reports. Both speak in numbers; all state lies in
 * one arena of shared memory that every thread of the process attaches to.
 */

import type { Causes } from './causes.ts';
import type { Race } from './core/race.ts';
import type { ThreadIds } from './core/thread/ids.ts';
import type { Realm } from './intercept/realms.ts';
import type { Hooks, SiteTable } from './interface.ts';
import type { BytesOf } from './passed-bytes.ts';
import type { Locate } from './real-stack.ts';
import type { Host } from './thread.ts';
import type { StartTrace } from './trace/names.ts';

/** The shared memory of a process's analysis: reserved at once, committed as it grows. Posted to each worker. */
export type Segments = SharedArrayBuffer[];

export interface ChannelEnd {
  /** as given by `openChannel` */
  readonly channel: number;
  readonly side: 0 | 1;
}

export interface ThreadRuntime {
  readonly hooks: Hooks;
  /** what the patches of shared memory need, in every realm of the thread */
  readonly host: Host;
  readonly segments: Segments;
  /** sequence number of this thread: 0 is main, n is the n-th worker of the process */
  readonly seq: number;
  readonly tables: Tables;
  /** what this thread works for, where a test runner says it */
  readonly causes: Causes;

  /**
   * Makes the buffer known to all threads (it is about to leave this one) and returns its id, 0 if that failed.
   * Idempotent. `most`: the bytes that it can grow to, where it does not say so itself.
   */
  share(buffer: SharedArrayBuffer, most?: number): number;
  /** `buffer` is a wrapper of the block with that id, which this thread knows. Idempotent. */
  adopt(buffer: SharedArrayBuffer, id: number): void;
  /** A message is about to take the block with that id along, to one receiver or to `many`. False if that failed. */
  posted(id: number, many: boolean): boolean;
  /** The message has come, with `buffer` as a wrapper of that block. Once a message. */
  received(buffer: SharedArrayBuffer, id: number): void;

  /** A release: the clock to travel with a message that takes `buffer` along (0: none). The array is the caller's own. */
  release(buffer: number): Int32Array;
  /** An acquire: joins a clock that came with a message. */
  acquire(clock: Int32Array): void;

  /** A channel is about to reach other threads: its number. Both ends are with this thread. */
  openChannel(): number;
  /** An end of a channel came in with a message (`here`), or leaves with one. */
  moveEnd(end: ChannelEnd, here: boolean): void;
  /** A release: this thread closes its end. */
  closeEnd(end: ChannelEnd): void;
  /** The close event of this thread's end. An acquire if the other side caused it and somebody hears it. */
  endClosed(end: ChannelEnd, caused: boolean): void;

  /** A lock of that name is granted to this thread. What it returns is for `unlocked`. */
  locked(name: string, exclusive: boolean, stolen: boolean): number;
  unlocked(name: string, exclusive: boolean, token: number): void;

  /** A worker is about to be made: gives it a sequence number, with this thread's clock as its start; -1 if that failed. */
  fork(worker: { file: string; name: string }): number;
  /** The constructor threw: the number given by `fork` is free again. */
  unfork(seq: number): void;
  /** the numbers of threads as the program knows them, and as Node does */
  readonly ids: ThreadIds;
  /** The worker has ended (its exit or error event): acquires all it did. Idempotent. */
  join(seq: number): void;
  /** The worker has ended and nobody heard of it: its number is free, and nothing is acquired. */
  ended(seq: number): void;
  /** `terminate()` was called on it: it may die holding a lock. */
  terminating(seq: number): void;

  /** Runs a step of tsrace's own. What fails in it loses an order: the summary says so, and `otherwise` is returned. */
  ordering<T>(step: () => T, otherwise: T): T;
  /** The same for a step that records accesses. */
  surviving<T>(step: () => T, otherwise: T): T;

  /** This thread's last instruction was run: what it counted and what it kept for itself goes to all. */
  end(): void;

  /** Writes a trace from now on: before any code of the user's. */
  trace(start: StartTrace): void;

  /** Interns the current shadow stack (the last frame is the call in progress). */
  stack(): number;
  /** What a function of the platform was passed, if it lies in shared memory. */
  readonly bytesOf: BytesOf;
  /** patches what the code of a vm context reaches shared memory with */
  addRealm(realm: Realm): void;
  /** Calls `first` when this thread first meets shared memory, which may be now. */
  whenMet(first: () => void): void;
  /** Runs `work`, which makes Node allocate shared memory for itself. */
  withoutMeeting(work: () => void): void;

  /** Called when the event loop, not a caller, runs what comes next: the shadow stack is empty. */
  fromEventLoop(): void;

  /** Gives the global object of a vm context this thread's view of shared memory. */
  enterRealm(global: object): void;

  /** Set by the loader: where a place in instrumented code came from (real-stack.ts). */
  locate: Locate | undefined;

  /** Called with a built module some of whose site numbers are those of another. */
  ambiguous: (file: string) => void;
  /** Calls `onRace` for what threads had found that died before they could tell. */
  tellUntold(): void;

  /**
   * Called, on the thread that saw it, for each race that is the first of its pair of code locations. `order`
   * is its place in `raceCounts()`.
   */
  onRace: (race: Race, order: number) => void;
}

export interface FrameInfo {
  function: string;
  file: string;
  /** 1-based */
  line: number;
  /** 0-based */
  column: number;
  /** for an access the text of the view at the site, for a call that of the callee */
  text: string;
  flags: number;
  /** the text that its module was made from, if it brought that along (Tables.source) */
  source?: number;
}

export type ThreadState = 'starting' | 'running' | 'terminating' | 'finished';

export interface ThreadInfo {
  seq: number;
  /** `main`, or the `name` option of the worker, or '' */
  name: string;
  state: ThreadState;
  file: string;
  /** sequence number of the creator; -1 for main */
  parent: number;
  /** stack id */
  createdAt: number;
}

/** A race that some thread of the process reported. */
export interface SeenRace {
  /** its place among the reports, as in `raceCounts()` */
  order: number;
  /** of the two accesses; 0 is none */
  causes: [number, number];
  /** what `keepReport` was given; undefined while the other thread still writes it */
  report: string | undefined;
}

export interface BufferInfo {
  id: number;
  byteLength: number;
  /** sequence number of the allocating thread; -1 when unknown */
  allocatedBy: number;
  /** stack id; 0 when unknown */
  allocatedAt: number;
}

/** What a thread does to be ordered with others. */
export type SyncKind =
  | 'atomic-load'
  | 'atomic-store'
  | 'atomic-update'
  | 'wait'
  | 'notify'
  | 'post'
  | 'receive'
  | 'start-worker'
  | 'start'
  | 'end'
  | 'join'
  | 'close'
  | 'closed'
  | 'lock'
  | 'unlock'
  | 'release'
  | 'acquire';

/** One time that it did (core/sync/event-log.ts). */
export interface SyncInfo {
  seq: number;
  /** its place among the events of the thread */
  order: number;
  kind: SyncKind;
  /** of the epoch that it ended, if it releases, else of the one that it was in */
  clock: number;
  releases: boolean;
  /** stack id; 0 where none of the user's code ran */
  stack: number;
  /** what it was done to: the same for the same word, port, lock or thread */
  object: SyncObject;
  /** the release of another that it came after; undefined for none, or where nobody can tell */
  source: { seq: number; clock: number } | undefined;
}

export type SyncObject =
  | { type: 'word'; buffer: number; byteOffset: number }
  | { type: 'message'; buffer: number }
  | { type: 'thread'; seq: number }
  | { type: 'channel'; channel: number }
  | { type: 'name'; kind: 'annotation' | 'lock'; name: string };

/** One place in the source where shared memory was touched. */
export interface SiteUse {
  line: number;
  /** 0-based */
  column: number;
  function: string;
  text: string;
  /** the first thread that did */
  seq: number;
  /** so did others */
  several: boolean;
}

export interface FileUse {
  file: string;
  /** places in it where elements are accessed, whatever of */
  sites: number;
  touched: SiteUse[];
}

/** What a report of a race needs, whoever has it. */
export type ReportTables = Pick<
  Tables,
  | 'frames'
  | 'causeOf'
  | 'causeName'
  | 'thread'
  | 'buffer'
  | 'raceCounts'
  | 'racesFrom'
  | 'syncEvents'
  | 'clockOf'
  | 'known'
  | 'source'
>;

export interface Tables {
  /** The latest events of each thread, those of one in its order. */
  syncEvents(): SyncInfo[];
  /** The vector clock of a thread, without zeros; its own entry is the last epoch that it ended. */
  clockOf(seq: number): { seq: number; clock: number }[];
  /** The last epoch of the thread `of` that the thread `seq` comes after. */
  known(seq: number, of: number): number;
  /**
   * Registers a module's sites, once per (file, hash) and process, and returns the base that `relocate`
   * adds to the literals of its code.
   */
  registerModule(hash: string, table: SiteTable): number;
  /**
   * A module of code that was built beforehand, whose literals begin at SITE_BASE + `first` in this thread. False if
   * some of these numbers are those of another module: their places cannot be told.
   */
  placeModule(first: number, hash: string, table: SiteTable): boolean;
  /** The text of that number (FrameInfo). */
  source(source: number): string;
  /** Frames of a stack, innermost first. Empty for 0. */
  frames(stack: number): FrameInfo[];
  /** A new cause (causes.ts), named for reports. */
  addCause(name: string): number;
  /** What the thread of a stack worked for; 0 is none. */
  causeOf(stack: number): number;
  /** '' for 0. */
  causeName(cause: number): string;
  thread(seq: number): ThreadInfo;
  threads(): ThreadInfo[];
  buffer(id: number): BufferInfo;
  bufferCount(): number;
  /** How often each reported race (by the order in which they were reported) was seen. */
  raceCounts(): number[];
  /** The race is known: it keeps its place in `raceCounts()`, and is none of `raceErrors()`. */
  dismissRace(order: number): void;
  /** The text of a race's report, for the thread that waits for it. */
  keepReport(order: number, report: string): void;
  /** The races that were reported since, from that place on. */
  racesFrom(order: number): SeenRace[];
  /** Accesses that were recorded in shadow memory (repeats within one epoch are not counted). */
  accessesRecorded(): number;
  /** What threads did to be ordered with others, and how often one came after what another had released. */
  syncCounts(): { events: number; edges: number };
  /** Who executed the accesses of each instrumented module on shared memory. */
  siteUse(): FileUse[];
  /** Reasons why something was not checked (out of shadow memory, threads without a tid, …). */
  weaknesses(): string[];
  /** Runs `print` while no other thread of this process prints: a report is never interleaved. */
  exclusively(print: () => void): void;
}

/** The runtime of one real thread: the detector, its tables, the hooks, and the patches of shared memory. */

import { createAnnotations } from './annotations.ts';
import { Causes } from './causes.ts';
import type { Segments, Tables, ThreadRuntime } from './contract.ts';
import { Channels } from './core/channels.ts';
import { beginMain, type Parts, partsFor } from './core/core.ts';
import { Detector } from './core/detector.ts';
import { Weakness } from './core/memory/control.ts';
import { pause } from './core/memory/lock.ts';
import { createSegments } from './core/memory/memory.ts';
import { Names } from './core/names.ts';
import type { Race } from './core/race.ts';
import { EventKind } from './core/sync/event-log.ts';
import { threadIds } from './core/thread/ids.ts';
import { State, ThreadWord } from './core/thread/registry.ts';
import { createHooks, type PlainHooks } from './hooks.ts';
import { type ArrayMethods, arrayMethods } from './intercept/array-methods.ts';
import { installCopies } from './intercept/copies.ts';
import { installJson } from './intercept/json.ts';
import { enterRealm } from './intercept/realm.ts';
import { realmInstaller } from './intercept/realms.ts';
import { installSharedArrayBuffer } from './intercept/shared-array-buffer.ts';
import { installTypedArray } from './intercept/typed-array/install.ts';
import { type BuiltTable, GLOBAL_NAME, type Hooks, SITE_BASE, SiteFlag } from './interface.ts';
import { type NativeAccesses, nativeAccesses } from './native-accesses.ts';
import { passedBytes } from './passed-bytes.ts';
import { unpackTable } from './placed-sites.ts';
import { now } from './platform.ts';
import { SharedBuffers } from './shared-buffers.ts';
import { Stacks } from './stacks.ts';
import { Strings } from './strings.ts';
import { SharedTables } from './tables.ts';
import { namesOf, type ProcessTracer } from './trace/names.ts';
import { installViews, type ViewHost } from './views.ts';

/** What the patches of shared memory need of their thread. */
export interface Host extends ViewHost {
  readonly key: symbol;
  readonly seq: number;
  /** the stack whose last frame is the call in progress */
  callStack(): number;
  /** the stack of what may be done without a call, where `callStack` said `call` */
  realStack(call: number): number;
  fromEventLoop(): void;
  /** Runs a step of tsrace's own. What fails in it loses an order: the summary says so, and `otherwise` is returned. */
  ordering<T>(step: () => T, otherwise: T): T;
  readonly native: NativeAccesses;
}

/** `file`: what the process was started with. `room`: bytes of address space that it may still take. */
export function createMainRuntime(file: string, room?: number): ThreadRuntime {
  const segments = createSegments(room);
  const parts = partsFor(segments, 0);
  beginMain(parts);
  const runtime = create(parts, segments, 0);
  parts.registry.set(0, ThreadWord.FILE, new Strings(parts.memory.strings).add(file));
  return runtime;
}

/**
 * Throws when `segments` are not those of a running analysis. `hooks`: those that code of the thread's has run with.
 */
export function attachRuntime(segments: Segments, seq: number, hooks?: PlainHooks): ThreadRuntime {
  const parts = partsFor(segments, seq);
  parts.registry.set(seq, ThreadWord.STATE, State.RUNNING);
  return create(parts, segments, seq, hooks);
}

const LAST_REPORTS_MS = 2000;

const { apply } = Reflect;
const nativeThen = Promise.prototype.then;
const settled = Promise.resolve();

function create(
  parts: Parts,
  segments: Segments,
  seq: number,
  hooks: PlainHooks = createHooks(),
): ThreadRuntime {
  const { registry, locks, records } = parts;
  const detector = new Detector(seq, registry, locks, records, parts.recovery);
  detector.soon = (work) => void apply(nativeThen, settled, [work]);
  detector.onFound = ({ name, first, array }) => report(name, 0, first, array);
  parts.buffers.collectHandles();
  const shared = new SharedBuffers(parts.buffers, seq, () => detector.loseEdge());
  const causes = new Causes();
  /** What is done now is for another cause: nothing that was done before stands for it. */
  const separate = (): void => {
    detector.forgetWays();
    detector.newEpoch();
  };
  causes.onChange = () => surviving(separate, undefined);
  let stacks!: Stacks;
  const tables = new SharedTables(parts, (sites) => {
    stacks = new Stacks(parts.memory.stacks, hooks, sites, causes, separate, seq);
    return stacks;
  });

  const host: Host = {
    views: 0,
    key: hooks.S,
    seq,
    detector,
    buffers: shared,
    stackOf: (site) => stacks.ofAccess(site),
    callStack,
    ordering,
    realStack: (call) => surviving(() => stacks.ofNative(call), 0),
    fromEventLoop: () => {
      hooks.d = 0;
    },
    report,
    native: nativeAccesses(detector, callStack, report),
  };

  /** Tells what the last access found. */
  function report(view: string, index: number, first?: number, array?: ArrayLike<number | bigint>): void {
    try {
      const races = detector.takeRaces();
      if (races.length === 0 || !detector.trusted) return;
      // of many elements, each race has its own; `first` is that of the view in its block
      for (const race of races) see(race, view, first === undefined ? index : race.index - first, array);
    } catch {
      detector.weaken(Weakness.REPORT_FAILED);
    }
  }

  function callStack(): number {
    try {
      return stacks.ofCall();
    } catch (error) {
      detector.survive(error);
      return 0;
    }
  }

  function see(found: Race, view: string, index: number, array?: ArrayLike<number | bigint>): void {
    const value = array?.[index];
    const race: Race = { ...found, view, index };
    if (value !== undefined) race.value = typeof value === 'bigint' ? `${value}n` : String(value);
    const current = stacks.leaf(race.current.stack);
    const previous = stacks.leaf(race.previous.stack);
    asUpdate(race.current, current);
    asUpdate(race.previous, previous);
    const { type: a, atomic: atomicA } = race.current;
    const { type: b, atomic: atomicB } = race.previous;
    if (!atomicA && !atomicB) race.kind = a !== 'read' && b !== 'read' ? 'write-write' : 'read-write';
    const order = tables.counts.see(
      { site: current, cause: stacks.causeOf(race.current.stack) },
      { site: previous, cause: stacks.causeOf(race.previous.stack) },
      race,
      seq,
    );
    if (order < 0) return;
    runtime.onRace(race, order);
    tables.counts.told(order);
  }

  const lives = (teller: number): boolean => registry.lifeOf(teller) === 'alive';

  /** Tells what others have begun to tell and will not finish: without more, those that died. */
  function tellUntold(isGone = (teller: number) => !lives(teller)): void {
    for (const { race, order } of tables.counts.untold(isGone)) runtime.onRace(race, order);
  }

  /** At its end the main thread takes the others along, in the middle of a report too. */
  function awaitReports(): void {
    const deadline = now() + LAST_REPORTS_MS;
    while (tables.counts.telling((teller) => teller !== seq && lives(teller)) && now() < deadline)
      pause(parts.memory.control.words);
  }

  /** A site that reads and writes (`a[i] += v`) is one update to its reader, whichever part raced. */
  function asUpdate(access: Race['current'], site: number): void {
    if (site >= SITE_BASE && (tables.sites.flags(site) & SiteFlag.UPDATE) !== 0) access.type = 'update';
  }

  const channels = new Channels(detector, registry, locks, records);
  const names = new Names(detector, parts.memory, registry, locks, records);

  /** Node stops the workers of a worker before it: where its end is seen, theirs is too, which it may have missed. */
  function withWorkers(child: number, step: (seq: number) => void): void {
    for (const each of registry.childrenOf(child)) withWorkers(each, step);
    step(child);
  }

  function surviving<T>(step: () => T, otherwise: T): T {
    try {
      return step();
    } catch (error) {
      detector.survive(error);
      return otherwise;
    }
  }

  /** The same for a step that orders threads. */
  function ordering<T>(step: () => T, otherwise: T): T {
    try {
      return step();
    } catch {
      detector.loseEdge();
      return otherwise;
    }
  }

  let tracer: ProcessTracer | undefined;

  const annotations = createAnnotations({
    callStack,
    key: hooks.S,
    detector,
    names,
    ordering,
    raceCount: () => {
      detector.catchUp();
      return tables.counts.counting();
    },
  });

  function placeModule(first: number, hash: string, built: BuiltTable): void {
    const { file } = built;
    // stacks without its sites stand for less than they may now
    surviving(() => detector.forgetWays(), undefined);
    if (surviving(() => tables.placeModule(first, hash, unpackTable(built)), true)) return;
    runtime.ambiguous(file);
  }

  const borrowed = arrayMethods(host);

  const runtime: ThreadRuntime = {
    host,
    addRealm: realmInstaller(host, installViews(host, hooks.S)),
    hooks: Object.assign(hooks, borrowed.hooks, { annotations, module: placeModule }),
    segments,
    seq,
    causes,
    tables: tables as Tables,
    onRace: () => {},
    ambiguous: () => {},
    tellUntold: () => surviving(() => tellUntold(), undefined),
    get locate() {
      return stacks.locate;
    },
    set locate(locate) {
      stacks.locate = locate;
    },
    share: (buffer, most) => ordering(() => shared.share(buffer, most), 0),
    adopt: (buffer, id) => ordering(() => shared.adopt(buffer, id), undefined),
    posted: (id, many) => ordering(() => shared.posted(id, many), false),
    received: (buffer, id) => ordering(() => shared.received(buffer, id), undefined),
    release: (buffer) =>
      ordering(() => {
        const clock = detector.release();
        detector.event(EventKind.POST, buffer, 0, callStack());
        return clock;
      }, new Int32Array(0)),
    acquire: (clock) =>
      ordering(() => {
        detector.acquireClock(clock);
        detector.event(EventKind.RECEIVE, 0, 0, callStack());
      }, undefined),
    openChannel: () => ordering(() => channels.open(), 0),
    moveEnd: ({ channel, side }, here) => ordering(() => channels.move(channel, side, here), undefined),
    closeEnd: ({ channel, side }) =>
      ordering(() => {
        channels.close(channel, side);
        detector.event(EventKind.CLOSE, channel, 0, callStack());
      }, undefined),
    endClosed: ({ channel, side }, caused) =>
      ordering(() => {
        channels.closed(channel, side, caused);
        detector.event(EventKind.CLOSED, channel, 0, 0);
      }, undefined),
    locked: (name, exclusive, stolen) =>
      ordering(() => {
        const lock = names.of('lock', name);
        const token = names.lock(lock, exclusive, stolen);
        detector.event(EventKind.LOCK, lock, 0, callStack());
        return token;
      }, -1),
    unlocked: (name, exclusive, token) =>
      ordering(() => {
        const lock = names.of('lock', name);
        names.unlock(lock, exclusive, token);
        detector.event(EventKind.UNLOCK, lock, 0, callStack());
      }, undefined),
    ordering,
    surviving,
    fork({ file, name }) {
      const child = ordering(() => detector.fork(callStack()), -1);
      if (child < 0) return child;
      surviving(() => {
        registry.set(child, ThreadWord.FILE, tables.strings.add(file));
        registry.set(child, ThreadWord.NAME, tables.strings.add(name));
      }, undefined);
      return child;
    },
    unfork: (child) => surviving(() => detector.unfork(child), undefined),
    ids: threadIds(registry),
    ended: (child) => surviving(() => withWorkers(child, (each) => detector.ended(each)), undefined),
    join: (child) => ordering(() => withWorkers(child, (each) => detector.join(each)), undefined),
    terminating: (child) =>
      surviving(() => {
        if (registry.get(child, ThreadWord.STATE) !== State.FINISHED) {
          registry.set(child, ThreadWord.STATE, State.TERMINATING);
        }
      }, undefined),
    end() {
      surviving(() => {
        detector.giveBacklog();
        detector.count();
        records.giveAll();
        if (seq !== 0) return;
        detector.catchUpForAll();
        tracer?.settleAll();
        awaitReports();
        tellUntold(() => true);
      }, undefined);
    },
    trace(start) {
      surviving(() => {
        tracer = start({ detector, parts, names: namesOf(parts, tables, stacks) });
        detector.tracer = tracer;
      }, undefined);
    },
    stack: callStack,
    bytesOf: passedBytes(host),
    whenMet: (first) => shared.whenMet(first),
    withoutMeeting: (work) => shared.ignore(work),
    fromEventLoop: host.fromEventLoop,
    enterRealm: (global) => enterRealm(global),
  };

  patchRealm(runtime, borrowed);
  // where the thread has run before it was attached, they stand there
  if (!Object.hasOwn(globalThis, GLOBAL_NAME)) defineHooks(hooks);
  return runtime;
}

/** The runtime of a thread for code of one more realm, this one: a window that runs on the thread of another. */
export function joinRuntime(thread: ThreadRuntime): ThreadRuntime {
  const { host, hooks: first } = thread;
  const hooks = createHooks(first);
  const borrowed = arrayMethods(host);
  const { annotations, module } = first;
  const all: Hooks = Object.assign(hooks, borrowed.hooks, { annotations, module });
  const addRealm = realmInstaller(host, installViews(host, hooks.S));
  const runtime: ThreadRuntime = Object.create(thread, {
    hooks: { value: all },
    addRealm: { value: addRealm },
  });
  patchRealm(runtime, borrowed);
  defineHooks(all);
  return runtime;
}

function patchRealm({ host, addRealm }: ThreadRuntime, borrowed: ArrayMethods): void {
  installSharedArrayBuffer(host);
  addRealm(globalThis);
  installTypedArray(host);
  installCopies(host, borrowed);
  installJson(host);
}

const defineHooks = (value: PlainHooks): void => {
  Object.defineProperty(globalThis, GLOBAL_NAME, {
    value,
    enumerable: false,
    writable: false,
    configurable: false,
  });
};

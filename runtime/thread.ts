/** The runtime of one real thread: the detector, its tables, the hooks, and the patches of shared memory. */

import { createAnnotations } from './annotations.ts';
import { Causes } from './causes.ts';
import type { Segments, Tables, ThreadRuntime } from './contract.ts';
import { Channels } from './core/channels.ts';
import { beginMain, type Parts, partsFor } from './core/core.ts';
import { Detector } from './core/detector.ts';
import { createSegments } from './core/memory/memory.ts';
import { Names } from './core/names.ts';
import type { Race } from './core/race.ts';
import { State, ThreadWord } from './core/thread/registry.ts';
import { createHooks } from './hooks.ts';
import { installAtomics } from './intercept/atomics.ts';
import { installCopies } from './intercept/copies.ts';
import { installDataView } from './intercept/data-view.ts';
import { installIterators } from './intercept/iterators.ts';
import { installJson } from './intercept/json.ts';
import { enterRealm } from './intercept/realm.ts';
import { installReflection } from './intercept/reflection.ts';
import { installSharedArrayBuffer } from './intercept/shared-array-buffer.ts';
import { installTypedArray } from './intercept/typed-array/install.ts';
import { GLOBAL_NAME, SITE_BASE, SiteFlag } from './interface.ts';
import { type NativeAccesses, nativeAccesses } from './native-accesses.ts';
import { passedBytes } from './passed-bytes.ts';
import { SharedBuffers } from './shared-buffers.ts';
import { Stacks } from './stacks.ts';
import { Strings } from './strings.ts';
import { SharedTables } from './tables.ts';
import { installViews, type ViewHost } from './views.ts';

/** What the patches of shared memory need of their thread. */
export interface Host extends ViewHost {
  readonly key: symbol;
  readonly seq: number;
  /** the stack whose last frame is the call in progress */
  callStack(): number;
  /** the stack of a step of an iteration, where `callStack` said `call` */
  iterationStack(call: number): number;
  fromEventLoop(): void;
  readonly native: NativeAccesses;
}

/** `file`: what the process was started with. */
export function createMainRuntime(file: string): ThreadRuntime {
  const segments = createSegments();
  const parts = partsFor(segments, 0);
  beginMain(parts);
  const runtime = create(parts, segments, 0);
  parts.registry.set(0, ThreadWord.FILE, new Strings(parts.memory.strings).add(file));
  return runtime;
}

/** Throws when `segments` are not those of a running analysis. */
export function attachRuntime(segments: Segments, seq: number): ThreadRuntime {
  const parts = partsFor(segments, seq);
  parts.registry.set(seq, ThreadWord.STATE, State.RUNNING);
  return create(parts, segments, seq);
}

function create(parts: Parts, segments: Segments, seq: number): ThreadRuntime {
  const { registry, locks, records } = parts;
  const hooks = createHooks();
  const detector = new Detector(seq, registry, locks, records, parts.recovery);
  const shared = new SharedBuffers(parts.buffers);
  const causes = new Causes();
  let stacks!: Stacks;
  const tables = new SharedTables(parts, (sites) => {
    stacks = new Stacks(parts.memory.stacks, hooks, sites, causes, () => detector.newEpoch());
    return stacks;
  });

  const host: Host = {
    key: hooks.S,
    seq,
    detector,
    buffers: shared,
    stackOf: (site) => stacks.ofAccess(site),
    callStack: () => stacks.ofCall(),
    iterationStack: (call) => stacks.ofIteration(call),
    fromEventLoop: () => {
      hooks.d = 0;
    },
    report,
    native: nativeAccesses(detector, () => stacks.ofCall(), report),
  };

  /** Tells what the last access found. */
  function report(view: string, index: number): void {
    const races = detector.takeRaces();
    for (const race of races) see(race, view, index);
  }

  function see(race: Race, view: string, index: number): void {
    const current = stacks.leaf(race.current.stack);
    const previous = stacks.leaf(race.previous.stack);
    const order = tables.counts.see(
      { site: current, cause: stacks.causeOf(race.current.stack) },
      { site: previous, cause: stacks.causeOf(race.previous.stack) },
    );
    if (order < 0) return;
    asUpdate(race.current, current);
    asUpdate(race.previous, previous);
    const { type: a, atomic: atomicA } = race.current;
    const { type: b, atomic: atomicB } = race.previous;
    if (!atomicA && !atomicB) race.kind = a !== 'read' && b !== 'read' ? 'write-write' : 'read-write';
    runtime.onRace({ ...race, view, index }, order);
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

  const annotations = createAnnotations({
    key: hooks.S,
    detector,
    names,
    surviving,
    raceCount: () => tables.raceCounts().length,
  });

  const runtime: ThreadRuntime = {
    hooks: Object.assign(hooks, { annotations }),
    segments,
    seq,
    causes,
    tables: tables as Tables,
    onRace: () => {},
    get locate() {
      return stacks.locate;
    },
    set locate(locate) {
      stacks.locate = locate;
    },
    share: (buffer) => shared.share(buffer),
    adopt: (buffer, id) => shared.adopt(buffer, id),
    release() {
      return detector.release();
    },
    acquire: (clock) => detector.acquireClock(clock),
    openChannel: () => surviving(() => channels.open(), 0),
    moveEnd: ({ channel, side }, here) => surviving(() => channels.move(channel, side, here), undefined),
    closeEnd: ({ channel, side }) => surviving(() => channels.close(channel, side), undefined),
    endClosed: ({ channel, side }, caused) =>
      surviving(() => channels.closed(channel, side, caused), undefined),
    locked: (name, exclusive, stolen) =>
      surviving(() => names.lock(names.of('lock', name), exclusive, stolen), -1),
    unlocked: (name, exclusive, token) =>
      surviving(() => names.unlock(names.of('lock', name), exclusive, token), undefined),
    fork({ file, name }) {
      const child = detector.fork(stacks.ofCall());
      registry.set(child, ThreadWord.FILE, tables.strings.add(file));
      registry.set(child, ThreadWord.NAME, tables.strings.add(name));
      return child;
    },
    unfork: (child) => detector.ended(child),
    ended: (child) => withWorkers(child, (each) => detector.ended(each)),
    join: (child) => withWorkers(child, (each) => detector.join(each)),
    terminating(child) {
      if (registry.get(child, ThreadWord.STATE) !== State.FINISHED) {
        registry.set(child, ThreadWord.STATE, State.TERMINATING);
      }
    },
    end() {
      detector.count();
      records.giveAll();
    },
    stack: () => stacks.ofCall(),
    bytesOf: passedBytes(host),
    whenMet: (first) => shared.whenMet(first),
    withoutMeeting: (work) => shared.ignore(work),
    fromEventLoop: host.fromEventLoop,
    enterRealm: (global) => enterRealm(global),
  };

  installViews(host, hooks.S);
  installSharedArrayBuffer(host);
  installAtomics(host);
  installDataView(host);
  installIterators(host);
  installTypedArray(host);
  installCopies(host);
  installJson(host);
  installReflection(hooks.S);
  Object.defineProperty(globalThis, GLOBAL_NAME, {
    value: hooks,
    enumerable: false,
    writable: false,
    configurable: false,
  });
  return runtime;
}

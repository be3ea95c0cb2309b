/** Names, files and lines for the numbers of a race: reads what all threads of the process wrote. */
import type {
  BufferInfo,
  FileUse,
  FrameInfo,
  SeenRace,
  Segments,
  SyncInfo,
  SyncObject,
  Tables,
  ThreadInfo,
  ThreadState,
} from './contract.ts';
import { makeEpoch, type Tid } from './core/clock/epoch.ts';
import { type Parts, partsFor } from './core/core.ts';
import { atomicLoad } from './core/memory/atomics.ts';
import { Control, SingleLock, WEAKNESS_TEXT, Weakness } from './core/memory/control.ts';
import { type NameKind, nameAt } from './core/names.ts';
import { EventLog, type LoggedEvent, releases } from './core/sync/event-log.ts';
import { State, ThreadWord } from './core/thread/registry.ts';
import type { SiteTable } from './interface.ts';
import { RaceCounts } from './race-counts.ts';
import { Sites } from './sites.ts';
import type { Stacks } from './stacks.ts';
import { Strings } from './strings.ts';
import { SYNC_KINDS, syncObjectOf } from './sync-kinds.ts';

const STATES: Record<number, ThreadState> = {
  [State.NONE]: 'finished',
  [State.STARTING]: 'starting',
  [State.RUNNING]: 'running',
  [State.TERMINATING]: 'terminating',
  [State.FINISHED]: 'finished',
};

export class SharedTables implements Tables {
  readonly strings: Strings;
  readonly sites: Sites;
  readonly counts: RaceCounts;
  private readonly parts: Parts;
  private readonly stacks: () => Stacks;

  constructor(parts: Parts, stacks: (sites: Sites) => Stacks) {
    this.parts = parts;
    this.strings = new Strings(parts.memory.strings);
    this.sites = new Sites(parts.memory, this.strings, parts.locks);
    const made = stacks(this.sites);
    this.stacks = () => made;
    this.counts = new RaceCounts(parts.memory, parts.locks, this.strings, (site) => this.sites.get(site));
  }

  registerModule(hash: string, table: SiteTable): number {
    return this.sites.register(hash, table);
  }

  placeModule(first: number, hash: string, table: SiteTable): boolean {
    this.stacks().forget();
    return this.sites.place(first, hash, table);
  }

  source(source: number): string {
    return this.strings.get(source);
  }

  frames(stack: number): FrameInfo[] {
    return this.stacks()
      .sitesOf(stack)
      .map((site) => {
        const source = this.sites.sourceOf(site);
        return { ...this.sites.get(site), ...(source !== 0 && { source }) };
      });
  }

  addCause(name: string): number {
    return this.strings.add(name);
  }

  causeOf(stack: number): number {
    return this.stacks().causeOf(stack);
  }

  causeName(cause: number): string {
    return this.strings.get(cause);
  }

  thread(seq: number): ThreadInfo {
    const { registry } = this.parts;
    const get = (word: number): number => registry.get(seq, word);
    return {
      seq,
      name: seq === 0 ? 'main' : this.strings.get(get(ThreadWord.NAME)),
      state: STATES[get(ThreadWord.STATE)] ?? 'finished',
      file: this.strings.get(get(ThreadWord.FILE)),
      parent: get(ThreadWord.PARENT),
      createdAt: get(ThreadWord.CREATED_AT),
    };
  }

  threads(): ThreadInfo[] {
    return Array.from({ length: this.parts.registry.threadCount() }, (_, seq) => this.thread(seq));
  }

  buffer(id: number): BufferInfo {
    const { byteLength, allocatedBy, allocatedAt } = this.parts.buffers.glance(id);
    return { id, byteLength, allocatedBy, allocatedAt };
  }

  bufferCount(): number {
    return this.parts.buffers.count();
  }

  raceCounts(): number[] {
    return this.counts.all();
  }

  dismissRace(order: number): void {
    this.counts.dismiss(order);
  }

  keepReport(order: number, report: string): void {
    this.counts.setReport(order, this.strings.add(report));
  }

  racesFrom(order: number): SeenRace[] {
    return this.counts.from(order).map(({ report, ...race }) => ({
      ...race,
      report: report === 0 ? undefined : this.strings.get(report),
    }));
  }

  syncEvents(): SyncInfo[] {
    const { registry, memory } = this.parts;
    const log = new EventLog(memory.events);
    const named = (name: number): SyncObject => syncObject(nameAt(memory, name));
    const all: [tid: Tid, LoggedEvent][] = [];
    for (let tid = 1 as Tid; tid <= registry.highTid(); tid++)
      for (const event of log.of(tid)) all.push([tid, event]);
    // what a thread released before it did anything bears the last clock of the tid's holder before it
    const releasers = new Map<string, number>();
    for (const [tid, { kind, clock, seq }] of all) if (releases(kind)) releasers.set(`${tid} ${clock}`, seq);
    return all.map(([, event]) => {
      const { seq, order, clock, kind, stack, source, sourceClock } = event;
      const releaser = releasers.get(`${source} ${sourceClock}`) ?? this.holderOf(source, sourceClock);
      return {
        seq,
        order,
        kind: SYNC_KINDS[kind],
        clock,
        releases: releases(kind),
        stack,
        object: syncObjectOf(event, named),
        source: source === 0 || releaser < 0 ? undefined : { seq: releaser, clock: sourceClock },
      };
    });
  }

  syncCounts(): { events: number; edges: number } {
    const { registry, memory } = this.parts;
    const log = new EventLog(memory.events);
    const sum = { events: 0, edges: 0 };
    for (let tid = 1 as Tid; tid <= registry.highTid(); tid++) {
      const { events, edges } = log.counts(tid);
      sum.events += events;
      sum.edges += edges;
    }
    return sum;
  }

  siteUse(): FileUse[] {
    return this.sites.use();
  }

  private holderOf(tid: Tid, clock: number): number {
    return tid === 0 ? -1 : this.parts.registry.seqOf(makeEpoch(tid, clock));
  }

  clockOf(seq: number): { seq: number; clock: number }[] {
    const { registry } = this.parts;
    const clock = registry.clockOf(registry.get(seq, ThreadWord.TID) as Tid);
    const known: { seq: number; clock: number }[] = [];
    for (let tid = 1 as Tid; tid <= registry.highTid(); tid++) {
      const c = clock[tid] as number;
      const of = this.holderOf(tid, c);
      if (of >= 0) known.push({ seq: of, clock: c });
    }
    return known;
  }

  known(seq: number, of: number): number {
    const { registry } = this.parts;
    return registry.clockOf(registry.get(seq, ThreadWord.TID) as Tid)[
      registry.get(of, ThreadWord.TID)
    ] as number;
  }

  accessesRecorded(): number {
    const { registry } = this.parts;
    let sum = 0;
    for (let seq = 0; seq < registry.threadCount(); seq++)
      sum += registry.get(seq, ThreadWord.RECORDED) >>> 0;
    return sum;
  }

  weaknesses(): string[] {
    const bits = atomicLoad(this.parts.memory.control.words, Control.WEAKNESS);
    return (Object.keys(Weakness) as (keyof typeof Weakness)[])
      .filter((name) => (bits & Weakness[name]) !== 0)
      .map((name) => WEAKNESS_TEXT[name]);
  }

  exclusively(print: () => void): void {
    const lock = this.parts.locks.single(SingleLock.PRINT);
    this.parts.locks.lock(lock);
    try {
      print();
    } finally {
      this.parts.locks.unlock(lock);
    }
  }
}

/** An annotated place is that word. */
function syncObject({ kind, name }: { kind: NameKind; name: string }): SyncObject {
  if (kind !== 'place') return { type: 'name', kind, name };
  const [buffer = 0, byteOffset = 0] = name.split(':').map(Number);
  return { type: 'word', buffer, byteOffset };
}

/** For a thread that loads code but runs none of the user's (the loader's thread in Node 20). */
export function createTables(segments: Segments): Pick<Tables, 'registerModule'> {
  const parts = partsFor(segments, -2);
  const strings = new Strings(parts.memory.strings);
  const sites = new Sites(parts.memory, strings, parts.locks);
  return { registerModule: (hash, table) => sites.register(hash, table) };
}

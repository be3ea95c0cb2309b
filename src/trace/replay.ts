/**
 * The run of a traced process again, in an order that happens-before allows: a thread goes on until it has learned of an
 * epoch that another has not yet come to the end of. Each thread's own records say its exact clock at each of them:
 *
 *   LEARNED (t, c) …   V(t) := c
 *   EPOCH c@t          V(t) := c - 1, and c runs
 *
 * Of accesses a at epoch c of tid t and b, b after a in this order: a happens before b iff c <= V(t) at b, or both are of
 * one thread.
 *
 * Where the records of a thread end early (it was killed, or the file is damaged), nobody waits for it any more: all that
 * is left of it has been seen.
 */
import type { SyncInfo, SyncObject } from '../../runtime/contract.ts';
import { EVENTS, EventKind, releases } from '../../runtime/core/sync/event-log.ts';
import { SYNC_KINDS } from '../../runtime/sync-kinds.ts';
import { LAST_ORDINAL } from '../../runtime/trace/format.ts';
import { type Access, Damaged, Decoder, type Event, type Listener } from './decoder.ts';
import type { ChunkPlace, TracedProcess } from './file.ts';
import { ProcessNames } from './names.ts';

const MAX_TID = 511;
/** chunks that are kept of threads that wait */
const MOST_LOADED = 64;

export interface Visitor {
  access?(thread: ReplayedThread, access: Access): void;
  event?(thread: ReplayedThread, event: SyncInfo): void;
  /** What the thread knows of others is about to change, or its epoch. */
  moves?(thread: ReplayedThread): void;
  /** Nothing more is wanted. */
  done?(): boolean;
}

interface Holder {
  thread: ReplayedThread;
  tid: number;
  /** the first epoch that it may have had */
  from: number;
}

type Read = (chunk: ChunkPlace) => Uint8Array;

export class Replay {
  readonly names: ProcessNames = new ProcessNames();
  readonly threads: ReplayedThread[];
  /** threads whose records could not be read to their end */
  damaged = 0;
  /** the clocks say that something comes before itself */
  contradictory = false;
  readonly pid: number;
  readonly #bySeq: ReadonlyMap<number, ReplayedThread>;
  readonly #holders = new Map<number, Holder[]>();
  /** by tid and clock: who released before it did anything, under the last clock of the tid's holder before it */
  readonly #early = new Map<string, ReplayedThread>();
  /** workers whose creator has made them */
  readonly #forked = new Set<number>();
  readonly #waiting = new Map<number, ReplayedThread[]>();
  #loaded = 0;

  constructor(process: TracedProcess, read: Read) {
    this.pid = process.pid;
    this.threads = process.threads.map(({ seq, chunks }) => new ReplayedThread(this, seq, chunks, read));
    this.#bySeq = new Map(this.threads.map((thread) => [thread.seq, thread]));
    for (const thread of this.threads) {
      for (const { tid, clock } of thread.chunks) {
        const holders = this.#holders.get(tid) ?? [];
        this.#holders.set(tid, holders);
        const last = holders.at(-1);
        const known = last?.thread === thread ? last : undefined;
        if (known === undefined) holders.push({ thread, tid, from: clock });
        else known.from = Math.min(known.from, clock);
      }
    }
    for (const holders of this.#holders.values()) holders.sort((a, b) => a.from - b.from);
  }

  /** @param turn how many records a thread may go on for while others could */
  run(visitor: Visitor, turn: number = Number.POSITIVE_INFINITY): void {
    let ready = [...this.threads];
    while (ready.length > 0 && visitor.done?.() !== true) {
      const next: ReplayedThread[] = [];
      for (const thread of ready) {
        if (visitor.done?.() === true) return;
        const tid = thread.tid;
        const waits = thread.go(visitor, turn);
        if (waits === undefined && !thread.finished) next.push(thread);
        else if (waits !== undefined) this.#wait(thread, waits);
        // two that wait for each other must not keep each other awake
        if (!thread.progressed) continue;
        for (const each of [tid, thread.tid]) {
          const woken = this.#waiting.get(each);
          if (woken === undefined) continue;
          this.#waiting.delete(each);
          next.push(...woken);
        }
      }
      ready = next.length > 0 ? next : this.#force();
    }
  }

  /** No trace that was written has this: some thread goes on, so that it ends. */
  #force(): ReplayedThread[] {
    for (const [tid, [thread]] of this.#waiting) {
      if (thread === undefined) continue;
      this.contradictory = true;
      thread.patient = false;
      const woken = this.#waiting.get(tid) as ReplayedThread[];
      this.#waiting.delete(tid);
      return woken;
    }
    return [];
  }

  #wait(thread: ReplayedThread, tid: number): void {
    const waiting = this.#waiting.get(tid);
    if (waiting === undefined) this.#waiting.set(tid, [thread]);
    else waiting.push(thread);
    if (this.#loaded > MOST_LOADED) thread.unload();
  }

  loads(change: 1 | -1): void {
    this.#loaded += change;
  }

  /** Which thread had the tid then. */
  holderOf(tid: number, clock: number): ReplayedThread | undefined {
    const holders = this.#holders.get(tid);
    if (holders === undefined) return undefined;
    let low = 0;
    let high = holders.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((holders[middle] as Holder).from <= clock) low = middle + 1;
      else high = middle;
    }
    return holders[low - 1]?.thread;
  }

  /** By its number. */
  of(seq: number): ReplayedThread | undefined {
    return this.#bySeq.get(seq);
  }

  /** A thread has done something that others may come after. */
  sees({ kind, clock, releases: ends, object }: SyncInfo, by: ReplayedThread): void {
    if (kind === 'start-worker' && object.type === 'thread') this.#forked.add(object.seq);
    if (!ends || kind === 'end' || clock !== by.first - 1) return;
    this.#early.set(`${by.tid} ${clock}`, by);
    if (kind === 'post') this.#early.set(`${by.tid} ${clock} post`, by);
  }

  /** Whose release it was. */
  releaserOf(tid: number, clock: number): ReplayedThread | undefined {
    return this.#early.get(`${tid} ${clock}`) ?? this.holderOf(tid, clock);
  }

  /**
   * The tid of the thread that has yet to do what the event comes after; undefined: it may come now. Clocks do not say
   * so of what was released by a thread that had done nothing yet.
   */
  comesAfter({ kind, object, source, sourceClock }: Event, asker: ReplayedThread): number | undefined {
    if (kind === EventKind.START) {
      const parent = this.of(object);
      const waits = parent !== undefined && !parent.finished && !this.#forked.has(asker.seq);
      return waits && parent !== asker ? parent.tid : undefined;
    }
    if (source === 0 || this.holderOf(source, sourceClock) !== undefined) return undefined;
    const first = this.#holders.get(source)?.[0];
    if (first === undefined || first.from !== sourceClock + 1 || first.thread === asker) return undefined;
    const { thread } = first;
    const release = `${source} ${sourceClock}${kind === EventKind.RECEIVE ? ' post' : ''}`;
    return thread.finished || this.#early.has(release) ? undefined : thread.tid;
  }

  /** Whether all of the epoch, as far as there are records of it, has been seen. */
  isOver(tid: number, clock: number, asker: ReplayedThread): boolean {
    const holder = this.holderOf(tid, clock);
    return holder === undefined || holder === asker || holder.isPast(tid, clock);
  }

  objectOf({ kind, object, place }: Event): SyncObject {
    switch (kind) {
      case EventKind.POST:
      case EventKind.RECEIVE:
        return { type: 'message', buffer: object };
      case EventKind.FORK:
      case EventKind.START:
      case EventKind.END:
      case EventKind.JOIN:
        return { type: 'thread', seq: object };
      case EventKind.CLOSE:
      case EventKind.CLOSED:
        return { type: 'channel', channel: object };
      case EventKind.LOCK:
      case EventKind.UNLOCK:
      case EventKind.RELEASE:
      case EventKind.ACQUIRE:
        return this.names.sync(object);
      default:
        return { type: 'word', buffer: object, byteOffset: place };
    }
  }

  /** The latest events of all threads. */
  events(): SyncInfo[] {
    return this.threads.flatMap((thread) => thread.latest());
  }
}

export class ReplayedThread implements Listener {
  readonly seq: number;
  readonly chunks: readonly ChunkPlace[];
  /** V, but for the running epoch */
  readonly clock: Int32Array = new Int32Array(MAX_TID + 1);
  /** 0 as long as it has done nothing, and when it runs unchecked */
  tid = 0;
  running = 0;
  /** the first epoch of its tid */
  first = 0;
  finished = false;
  /** in its last turn */
  progressed = false;
  /** it waits for what it has learned of */
  patient = true;
  readonly #replay: Replay;
  readonly #read: Read;
  readonly #passed = new Set<number>();
  readonly #strings = new Map<number, string>();
  #visitor: Visitor = {};
  #chunk = 0;
  #decoder: Decoder | undefined;
  #stopped: { at: number; last: number } | undefined;
  #waitsFor: number | undefined;
  readonly #ring: SyncInfo[] = [];
  #events = 0;
  #ended = false;

  constructor(replay: Replay, seq: number, chunks: readonly ChunkPlace[], read: Read) {
    this.#replay = replay;
    this.seq = seq;
    this.chunks = chunks;
    this.#read = read;
  }

  /** The tid whose holder it waits for. */
  go(visitor: Visitor, turn: number): number | undefined {
    this.#visitor = visitor;
    this.#waitsFor = undefined;
    this.progressed = false;
    try {
      for (let left = turn; left > 0; left--) {
        const decoder = this.#current();
        if (decoder === undefined) {
          this.#finish();
          return undefined;
        }
        if (!decoder.next(this)) return this.#waitsFor;
        this.progressed = true;
      }
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      this.#replay.damaged++;
      this.#finish();
    }
    return undefined;
  }

  #current(): Decoder | undefined {
    if (this.#decoder?.done) {
      this.unload();
      this.#stopped = undefined;
      this.#chunk++;
    }
    if (this.#decoder !== undefined) return this.#decoder;
    const place = this.chunks[this.#chunk];
    if (place === undefined) return undefined;
    // what others found of it is of its last epoch, or there are records missing
    if (place.ordinal === LAST_ORDINAL && (place.tid !== this.tid || place.clock !== this.running))
      return undefined;
    this.#decoder = new Decoder(this.#read(place), this.#stopped);
    this.#replay.loads(1);
    return this.#decoder;
  }

  /** Its chunk is read again when it goes on. */
  unload(): void {
    if (this.#decoder === undefined) return;
    this.#stopped = this.#decoder.place;
    this.#decoder = undefined;
    this.#replay.loads(-1);
  }

  #finish(): void {
    this.progressed = true;
    this.unload();
    if (!this.#ended && this.tid !== 0)
      this.event({ kind: EventKind.END, object: this.seq, place: 0, stack: 0, source: 0, sourceClock: 0 });
    this.finished = true;
    this.#strings.clear();
  }

  isPast(tid: number, clock: number): boolean {
    return this.finished || this.#passed.has(tid) || (this.tid === tid && this.running > clock);
  }

  /** The exact vector clock, without zeros: its own entry is the epoch that runs. */
  known(): { seq: number; clock: number }[] {
    const known: { seq: number; clock: number }[] = [];
    for (let tid = 1; tid <= MAX_TID; tid++) {
      const clock = tid === this.tid ? this.running : (this.clock[tid] as number);
      const holder = clock === 0 ? undefined : this.#replay.holderOf(tid, clock);
      if (holder !== undefined) known.push({ seq: holder.seq, clock });
    }
    return known;
  }

  get events(): number {
    return this.#events;
  }

  latest(): SyncInfo[] {
    const from = this.#events % EVENTS;
    return this.#ring.length < EVENTS
      ? this.#ring
      : [...this.#ring.slice(from), ...this.#ring.slice(0, from)];
  }

  access(access: Access): void {
    if (this.tid !== 0) this.#visitor.access?.(this, access);
  }

  learned(pairs: readonly number[]): boolean {
    for (let i = 0; i < pairs.length; i += 2) {
      const [tid, clock] = [pairs[i] as number, pairs[i + 1] as number];
      if (tid > MAX_TID || clock > 0x7fff_ffff) throw new Damaged();
      if (!this.patient || this.#replay.isOver(tid, clock, this)) continue;
      this.#waitsFor = tid;
      return false;
    }
    this.#visitor.moves?.(this);
    for (let i = 0; i < pairs.length; i += 2) this.clock[pairs[i] as number] = pairs[i + 1] as number;
    return true;
  }

  epoch(tid: number, clock: number): void {
    if (tid > MAX_TID || clock > 0x7fff_ffff) throw new Damaged();
    this.#visitor.moves?.(this);
    if (this.tid !== 0 && tid !== this.tid) {
      this.clock[this.tid] = this.running;
      this.#passed.add(this.tid);
    }
    if (tid !== this.tid) this.first = clock;
    this.tid = tid;
    this.running = clock;
    if (tid !== 0) this.clock[tid] = clock - 1;
  }

  event(event: Event): boolean {
    const kind = event.kind as EventKind;
    const name = SYNC_KINDS[kind];
    if (name === undefined) throw new Damaged();
    this.#waitsFor = this.patient ? this.#replay.comesAfter(event, this) : undefined;
    if (this.#waitsFor !== undefined) return false;
    if (kind === EventKind.END) this.#ended = true;
    const ends = releases(kind);
    const info: SyncInfo = {
      seq: this.seq,
      order: this.#events,
      kind: name,
      clock: ends && kind !== EventKind.END ? (this.clock[this.tid] as number) : this.running,
      releases: ends,
      stack: event.stack,
      object: this.#replay.objectOf(event),
      source: kind === EventKind.START ? this.#start(event.object) : this.#source(event),
    };
    this.#ring[this.#events % EVENTS] = info;
    this.#events++;
    this.#replay.sees(info, this);
    this.#visitor.event?.(this, info);
    return true;
  }

  #source({ source, sourceClock }: Event): SyncInfo['source'] {
    if (source === 0) return undefined;
    const holder = this.#replay.releaserOf(source, sourceClock);
    return holder && { seq: holder.seq, clock: sourceClock };
  }

  /** It comes after the last epoch that its creator had ended. */
  #start(parent: number): SyncInfo['source'] {
    for (let tid = 1; tid <= MAX_TID; tid++) {
      const clock = this.clock[tid] as number;
      if (clock !== 0 && tid !== this.tid && this.#replay.holderOf(tid, clock)?.seq === parent)
        return { seq: parent, clock };
    }
    return { seq: parent, clock: 0 };
  }

  string(id: number, text: string): void {
    this.#strings.set(id, text);
  }

  #text(id: number): string {
    return this.#strings.get(id) ?? '';
  }

  site(id: number, [file = 0, name = 0, text = 0, line = 0, column = 0, flags = 0]: readonly number[]): void {
    const site = { file: this.#text(file), function: this.#text(name), text: this.#text(text) };
    this.#replay.names.addSite(id, { ...site, line, column, flags });
  }

  stack(id: number, parent: number, site: number): void {
    this.#replay.names.addStack(id, parent, site);
  }

  causedStack(id: number, parent: number, cause: number): void {
    this.#replay.names.addStack(id, parent, undefined, this.#text(cause));
  }

  buffer(id: number, byteLength: number, allocatedBy: number, allocatedAt: number): void {
    this.#replay.names.addBuffer({ id, byteLength, allocatedBy, allocatedAt });
  }

  name(id: number, kind: number, text: number): void {
    this.#replay.names.addSync(id, kind, this.#text(text));
  }

  thread(seq: number, name: number, file: number, parent: number, createdAt: number): void {
    const texts = { name: this.#text(name), file: this.#text(file) };
    this.#replay.names.addThread({ seq, ...texts, state: 'finished', parent, createdAt });
  }
}

/** One thread of a replay: its records in their order, until it waits for another or they end. */
import type { SyncInfo } from '../../runtime/contract.ts';
import { EVENTS, EventKind, releases } from '../../runtime/core/sync/event-log.ts';
import { SYNC_KINDS } from '../../runtime/sync-kinds.ts';
import { LAST_ORDINAL } from '../../runtime/trace/format.ts';
import { type Access, Damaged, Decoder, type Event, type Listener } from './decoder.ts';
import type { ChunkPlace } from './file.ts';
import type { Replay } from './replay.ts';

const MAX_TID = 511;

export interface Visitor {
  access?(thread: ReplayedThread, access: Access): void;
  event?(thread: ReplayedThread, event: SyncInfo): void;
  /** What the thread knows of others is about to change, or its epoch. */
  moves?(thread: ReplayedThread): void;
  /** Nothing more is wanted. */
  done?(): boolean;
}

export type Read = (chunk: ChunkPlace) => Uint8Array;

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

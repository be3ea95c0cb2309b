/**
 * The trace of one thread: what the detector tells it, as records, in a part that is written when it is full, when the
 * thread ends, and by whoever survives it. Nothing here fails the program: what cannot be written is said in the summary.
 */

import { MAX_TID } from '../core/clock/epoch.ts';
import type { VectorClock } from '../core/clock/vector-clock.ts';
import type { Detector } from '../core/detector.ts';
import { atomicOr, compareExchange } from '../core/memory/atomics.ts';
import { Control, Weakness } from '../core/memory/control.ts';
import type { Records } from '../core/memory/records.ts';
import type { Shadow } from '../core/shadow/buffers.ts';
import type { Kind, Log2 } from '../core/shadow/kind.ts';
import { EventKind } from '../core/sync/event-log.ts';
import type { Registry } from '../core/thread/registry.ts';
import { ThreadWord } from '../core/thread/registry.ts';
import { makeChunk } from './chunk.ts';
import { Encoder, type Names } from './encoder.ts';
import { ChunkKind, LAST_ORDINAL } from './format.ts';
import type { ProcessTracer, Traceable } from './names.ts';
import { type Append, Part, type Process, writeLeft } from './part.ts';

export interface TraceSetup {
  pid: number;
  append: Append;
  /** accesses of every n-th block of memory are recorded; 0 is none */
  blocks: number;
}

/** bytes: all accesses to a block are recorded, or none, by whatever thread */
const BLOCK_BYTES = 512;
/** room for an access and what it names */
const LEFT_BYTES = 8192;

export class ThreadTracer implements ProcessTracer {
  readonly #detector: Detector;
  readonly #registry: Registry;
  readonly #records: Records;
  readonly #names: Names;
  readonly #append: Append;
  readonly #blocks: number;
  readonly #process: Process;
  readonly #part: Part;
  readonly #encoder: Encoder;
  /** what of the clock is written */
  readonly #known = new Int32Array(MAX_TID + 1);
  readonly #pairs = new Int32Array((MAX_TID + 1) * 2);
  #stale = false;
  #tid: number;
  #clock: number;
  #over = false;

  constructor({ detector, parts, names }: Traceable, { pid, append, blocks }: TraceSetup) {
    const { registry, records } = parts;
    this.#detector = detector;
    this.#registry = registry;
    this.#records = records;
    this.#names = names;
    this.#append = append;
    this.#blocks = blocks;
    this.#process = { pid, instance: instanceOf(registry) };
    this.#tid = detector.tid;
    this.#clock = detector.tid === 0 ? 0 : registry.running(detector.tid);
    this.#part = new Part(records, registry.slotOf(detector.seq), this.#tid, this.#clock);
    this.#encoder = new Encoder(this.#part.bytes, names, () => this.#flush());
    this.#guarded(() => {
      this.#encoder.thread(detector.seq);
      this.#encoder.epoch(this.#tid, this.#clock);
      this.#learn();
      if (detector.seq !== 0) {
        const parent = registry.get(detector.seq, ThreadWord.PARENT);
        this.#encoder.event(EventKind.START, parent, 0, 0, 0, 0);
      }
    });
  }

  access(
    shadow: Shadow,
    size: Log2,
    first: number,
    end: number,
    step: number,
    kind: Kind,
    stack: number,
  ): void {
    if (this.#over || this.#blocks === 0) return;
    this.#guarded(() => {
      if (this.#stale) this.#learn();
      this.#sampled(this.#encoder, shadow, size, first, end, step, kind, stack);
    });
  }

  #sampled(
    encoder: Encoder,
    shadow: Shadow,
    size: Log2,
    first: number,
    end: number,
    step: number,
    kind: Kind,
    stack: number,
  ): void {
    if (this.#blocks === 1) {
      encoder.access(shadow, size, first, end, step, kind, stack);
      return;
    }
    const inBlock = BLOCK_BYTES / 2 ** size;
    for (let from = first; from < end; ) {
      const block = Math.floor(from / inBlock);
      const until = Math.min(end, (block + 1) * inBlock);
      if (isSampled(shadow.serial, block, this.#blocks))
        encoder.access(shadow, size, from, until, step, kind, stack);
      from += Math.ceil((until - from) / step) * step;
    }
  }

  learned(): void {
    this.#stale = true;
  }

  epoch(tid: number, clock: number): void {
    if (this.#over) return;
    this.#guarded(() => {
      if (this.#stale) this.#learn();
      const moved = tid !== this.#tid;
      this.#tid = tid;
      this.#clock = clock;
      // of a chunk all is of one tid
      if (moved) this.#flush();
      this.#encoder.epoch(tid, clock);
    });
  }

  event(
    kind: EventKind,
    object: number,
    place: number,
    stack: number,
    source: number,
    sourceClock: number,
  ): void {
    if (this.#over) return;
    this.#guarded(() => {
      if (this.#stale) this.#learn();
      this.#encoder.event(kind, object, place, stack, source, sourceClock);
    });
  }

  left(
    seq: number,
    tid: number,
    clock: number,
    shadow: Shadow,
    size: Log2,
    first: number,
    end: number,
    kind: Kind,
    stack: number,
  ): void {
    if (this.#blocks === 0) return;
    this.#guarded(() => {
      const bytes = new Uint8Array(LEFT_BYTES);
      const info = { ...this.#process, kind: ChunkKind.THREAD, seq, ordinal: LAST_ORDINAL, tid, clock };
      const write = (encoder: Encoder): void => {
        if (encoder.at > 0) this.#append(seq, makeChunk(info, bytes.subarray(0, encoder.at)));
        encoder.restart();
      };
      const encoder = new Encoder(bytes, this.#names, write);
      this.#sampled(encoder, shadow, size, first, end, 1, kind, stack);
      write(encoder);
    });
  }

  settle(seq: number): void {
    this.#guarded(() => writeLeft(this.#records, this.#registry, this.#process, seq, this.#append, true));
  }

  /** The process ends, and all threads with it. */
  settleAll(): void {
    for (let seq = 0; seq < this.#registry.threadCount(); seq++) {
      if (seq === this.#detector.seq) continue;
      this.#guarded(() => writeLeft(this.#records, this.#registry, this.#process, seq, this.#append, false));
    }
  }

  end(): void {
    if (this.#over) return;
    this.event(EventKind.END, this.#detector.seq, 0, 0, 0, 0);
    this.#guarded(() => this.#flush());
    this.#over = true;
    this.#part.give();
  }

  #learn(): void {
    this.#stale = false;
    const { clock }: { clock: VectorClock } = this.#detector;
    const high = this.#registry.highTid();
    const known = this.#known;
    let count = 0;
    for (let tid = 1; tid <= high; tid++) {
      const c = clock[tid] as number;
      if (c <= (known[tid] as number)) continue;
      known[tid] = c;
      if (tid === this.#tid) continue;
      this.#pairs[count++] = tid;
      this.#pairs[count++] = c;
    }
    if (count > 0) this.#encoder.learned(this.#pairs, count);
  }

  /** All that is encoded is whole. */
  #flush(): void {
    this.#part.commit(this.#encoder.at);
    this.#encoder.restart();
    this.#part.write(this.#process, this.#detector.seq, this.#append, this.#tid, this.#clock);
  }

  /** The block's lock may be held. */
  #guarded(step: () => void): void {
    try {
      step();
      if (!this.#over) this.#part.commit(this.#encoder.at);
    } catch {
      this.#over = true;
      atomicOr(this.#registry.memory.control.words, Control.WEAKNESS, Weakness.TRACE_LOST);
    }
  }
}

export const isSampled = (buffer: number, block: number, blocks: number): boolean =>
  (Math.imul(block + buffer * 7919, 0x9e3779b1) >>> 0) % blocks === 0;

/** The same for all threads of the process. */
function instanceOf(registry: Registry): number {
  const { words } = registry.memory.control;
  const mine = Date.now() & 0x7fff_ffff || 1;
  return compareExchange(words, Control.TRACED_AS, 0, mine) || mine;
}

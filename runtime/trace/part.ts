/**
 * What a thread has not yet written of its trace. It lies in shared memory, so that whoever survives the thread writes it:
 *
 *   bytes that are whole · number of the chunk that they become · epoch in which that begins: tid, clock · the bytes
 *
 * Only the thread itself changes it, and a survivor once it is over. When the process ends, the main thread writes those
 * of threads that still run, which may be writing the same chunk at the moment: a reader takes one of the two.
 */
import type { Records } from '../core/memory/records.ts';
import { type Registry, ThreadWord } from '../core/thread/registry.ts';
import { type ChunkInfo, makeChunk } from './chunk.ts';
import { ChunkKind, MAX_PAYLOAD } from './format.ts';

/** As many bytes as a piece of memory may have. */
const LOG2_WORDS = 14;
const WORDS = 1 << LOG2_WORDS;
const Word = { LENGTH: 0, ORDINAL: 1, TID: 2, CLOCK: 3 } as const;
const BYTES = 16;

export type Process = Pick<ChunkInfo, 'pid' | 'instance'>;
/** Where the chunks of a thread go. */
export type Append = (seq: number, chunk: Uint8Array) => void;

export class Part {
  readonly bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #slot: Int32Array;
  readonly #records: Records;

  constructor(records: Records, slot: Int32Array, tid: number, clock: number) {
    const at = records.take(LOG2_WORDS);
    const all = records.table.ensure(at + WORDS);
    this.#at = at;
    this.#slot = slot;
    this.#records = records;
    this.#words = all.subarray(at, at + WORDS);
    this.bytes = new Uint8Array(all.buffer, at * 4 + BYTES, WORDS * 4 - BYTES);
    this.#begin(0, tid, clock);
    slot[ThreadWord.TRACE] = at;
  }

  /** All bytes up to there are whole records. */
  commit(length: number): void {
    this.#words[Word.LENGTH] = length;
  }

  /** What comes is the next chunk, from that epoch on. */
  write(process: Process, seq: number, append: Append, tid: number, clock: number): void {
    const chunk = chunkIn(this.#words, process, seq);
    try {
      if (chunk !== undefined) append(seq, chunk);
    } finally {
      this.#begin((this.#words[Word.ORDINAL] as number) + (chunk === undefined ? 0 : 1), tid, clock);
    }
  }

  /** The thread ends. */
  give(): void {
    this.#slot[ThreadWord.TRACE] = 0;
    this.#records.free(this.#at, LOG2_WORDS);
  }

  /** No call and no loop: a thread that dies leaves the old chunk or the new one. */
  #begin(ordinal: number, tid: number, clock: number): void {
    const words = this.#words;
    words[Word.LENGTH] = 0;
    words[Word.ORDINAL] = ordinal;
    words[Word.TID] = tid;
    words[Word.CLOCK] = clock;
  }
}

function chunkIn(words: Int32Array, process: Process, seq: number): Uint8Array | undefined {
  const [length = 0, ordinal = 0, tid = 0, clock = 0] = words.slice(0, BYTES / 4);
  if (length <= 0 || length > MAX_PAYLOAD) return undefined;
  const payload = new Uint8Array(words.buffer, words.byteOffset + BYTES, length).slice();
  // its thread has written it meanwhile
  if (words[Word.ORDINAL] !== ordinal) return undefined;
  return makeChunk({ ...process, kind: ChunkKind.THREAD, seq, ordinal, tid, clock }, payload);
}

/** Writes what another thread has left. `over`: it has ended. */
export function writeLeft(
  records: Records,
  registry: Registry,
  process: Process,
  seq: number,
  append: Append,
  over: boolean,
): void {
  const at = registry.get(seq, ThreadWord.TRACE);
  if (at === 0) return;
  const words = records.table.ensure(at + WORDS).subarray(at, at + WORDS);
  const chunk = chunkIn(words, process, seq);
  if (registry.get(seq, ThreadWord.TRACE) !== at) return;
  if (chunk !== undefined) append(seq, chunk);
  if (!over) return;
  registry.set(seq, ThreadWord.TRACE, 0);
  records.free(at, LOG2_WORDS);
}

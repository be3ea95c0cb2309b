/**
 * A trace file as the chunks of its threads. It may be cut off or damaged anywhere: what is whole (by its check sum) is
 * taken, what is not is skipped up to the next chunk, and a thread goes no further than its first chunk that is missing.
 * What is left out is said in one line.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  CHUNK_HEADER,
  CHUNK_MAGIC,
  ChunkField,
  ChunkKind,
  FILE_HEADER,
  FILE_MAGIC,
  LAST_ORDINAL,
  MAX_PAYLOAD,
  VERSION,
} from '../../runtime/trace/format.ts';
import { DocumentError } from '../report/document-error.ts';
import type { TracedRun } from './parts.ts';

export interface ChunkPlace {
  /** of the payload in the file */
  at: number;
  length: number;
  ordinal: number;
  tid: number;
  clock: number;
}

export interface TracedThread {
  seq: number;
  /** in its order; none is missing before any of them */
  chunks: ChunkPlace[];
}

export interface TracedProcess {
  pid: number;
  threads: TracedThread[];
}

/** A file has no more: beyond that it is not one of ours. */
const MAX_CHUNKS = 4_000_000;
const WINDOW = 1024 * 1024;

export class TraceFile {
  readonly name: string;
  readonly processes: TracedProcess[] = [];
  run: TracedRun | undefined;
  /** what is missing, a sentence each */
  readonly missing: string[] = [];
  readonly #file: number;
  readonly #size: number;
  readonly #window = Buffer.alloc(WINDOW);
  #from = 0;
  #filled = 0;

  /** Throws a DocumentError when this is no trace. */
  constructor(name: string) {
    this.name = name;
    try {
      this.#file = openSync(name, 'r');
    } catch (error) {
      throw this.#wrong(REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message);
    }
    try {
      const stats = fstatSync(this.#file);
      if (!stats.isFile()) throw this.#wrong('this is no file (a folder, a pipe or a device)');
      this.#size = stats.size;
      this.#checkHeader();
      this.#index();
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The payload of a chunk. */
  read({ at, length }: ChunkPlace): Uint8Array {
    const bytes = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(this.#file, bytes, filled, length - filled, at + filled);
      // the file has changed meanwhile
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  }

  #wrong(what: string): DocumentError {
    return new DocumentError(`${quoted(this.name)}: ${what}`);
  }

  #checkHeader(): void {
    const head = this.#bytes(0, FILE_HEADER);
    if (head === undefined || FILE_MAGIC.some((byte, i) => head[i] !== byte))
      throw this.#wrong('this is no trace: give a file that tsrace --trace has written');
    const version = head.readUInt32LE(FILE_MAGIC.length);
    if (version !== VERSION)
      throw this.#wrong(
        `it is a trace of version ${version}, and this tsrace reads ${VERSION}: use the tsrace that wrote it, or a newer one`,
      );
  }

  /** Bytes of the file, undefined where there are not so many. Valid until the next call. */
  #bytes(at: number, length: number): Buffer | undefined {
    if (at + length > this.#size) return undefined;
    if (at < this.#from || at + length > this.#from + this.#filled) {
      this.#from = at;
      this.#filled = 0;
      while (this.#filled < WINDOW) {
        const read = readSync(
          this.#file,
          this.#window,
          this.#filled,
          WINDOW - this.#filled,
          at + this.#filled,
        );
        if (read === 0) break;
        this.#filled += read;
      }
      if (this.#filled < length) return undefined;
    }
    return this.#window.subarray(at - this.#from, at - this.#from + length);
  }

  #index(): void {
    const found = new Map<string, { pid: number; threads: Map<number, ChunkPlace[]> }>();
    let at = FILE_HEADER;
    let ended = false;
    let chunks = 0;
    let promised = 0;
    let ofThreads = 0;
    let lost = 0;
    let lostFrom = -1;
    while (at < this.#size) {
      const chunk = this.#chunkAt(at);
      if (chunk === undefined) {
        const next = this.#nextMagic(at + 1);
        if (lostFrom < 0) lostFrom = at;
        lost += next - at;
        at = next;
        continue;
      }
      if (++chunks > MAX_CHUNKS)
        throw this.#wrong(`it has more than ${MAX_CHUNKS} chunks, which no trace has`);
      const { kind, pid, instance, seq, size, place } = chunk;
      if (kind === ChunkKind.RUN) this.run ??= runOf(this.read(place));
      else if (kind === ChunkKind.END) {
        ended = true;
        promised = place.ordinal;
      } else if (kind === ChunkKind.THREAD) {
        ofThreads++;
        const key = `${pid} ${instance}`;
        const process = found.get(key) ?? { pid, threads: new Map<number, ChunkPlace[]>() };
        found.set(key, process);
        const thread = process.threads.get(seq);
        if (thread === undefined) process.threads.set(seq, [place]);
        else thread.push(place);
      }
      at += size;
    }
    if (lost > 0) this.missing.push(`${bytes(lost)} from byte ${lostFrom} on cannot be read (damaged)`);
    if (!ended) this.missing.push(`the file ends at byte ${this.#size}, before the end of the trace`);
    let gaps = 0;
    for (const { pid, threads } of found.values()) {
      const whole: TracedThread[] = [];
      for (const [seq, places] of threads) {
        const { chunks: kept, gap } = inOrder(places);
        if (gap) gaps++;
        if (kept.length > 0) whole.push({ seq, chunks: kept });
      }
      whole.sort((a, b) => a.seq - b.seq);
      this.processes.push({ pid, threads: whole });
    }
    if (gaps > 0)
      this.missing.push(
        `${gaps} ${gaps === 1 ? 'thread has' : 'threads have'} a gap, and what came after it is left out`,
      );
    else if (ended && lost === 0 && ofThreads < promised)
      this.missing.push(`it has fewer chunks than the ${promised} that it says`);
  }

  #chunkAt(at: number):
    | {
        kind: number;
        pid: number;
        instance: number;
        seq: number;
        size: number;
        place: ChunkPlace;
      }
    | undefined {
    const header = this.#bytes(at, CHUNK_HEADER);
    if (header === undefined || header.readUInt32LE(ChunkField.MAGIC) !== CHUNK_MAGIC) return undefined;
    const length = header.readUInt32LE(ChunkField.LENGTH);
    if (length > MAX_PAYLOAD) return undefined;
    const size = CHUNK_HEADER + length;
    const chunk = this.#bytes(at, size);
    if (chunk === undefined) return undefined;
    const word = (field: number): number => chunk.readUInt32LE(field);
    if (crc32(chunk.subarray(ChunkField.KIND)) !== word(ChunkField.CRC)) return undefined;
    return {
      kind: word(ChunkField.KIND),
      pid: word(ChunkField.PID),
      instance: word(ChunkField.INSTANCE),
      seq: word(ChunkField.SEQ),
      size,
      place: {
        at: at + CHUNK_HEADER,
        length,
        ordinal: word(ChunkField.ORDINAL),
        tid: word(ChunkField.TID),
        clock: word(ChunkField.CLOCK),
      },
    };
  }

  /** Where the next chunk may begin; the end of the file if none does. */
  #nextMagic(from: number): number {
    for (let at = from; at < this.#size; ) {
      const length = Math.min(WINDOW, this.#size - at);
      const window = this.#bytes(at, length);
      if (window === undefined) return this.#size;
      const found = window.indexOf(MAGIC);
      if (found >= 0) return at + found;
      if (at + length >= this.#size) return this.#size;
      at += length - MAGIC.length + 1;
    }
    return this.#size;
  }
}

/** By how it begins. A file that cannot be read is none. */
export function isTrace(name: string): boolean {
  let file: number | undefined;
  try {
    // a pipe would lose what is read of it
    if (!statSync(name).isFile()) return false;
    file = openSync(name, 'r');
    const head = Buffer.alloc(FILE_MAGIC.length);
    return (
      readSync(file, head, 0, head.length, 0) === head.length && FILE_MAGIC.every((b, i) => head[i] === b)
    );
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const MAGIC = Buffer.alloc(4);
MAGIC.writeUInt32LE(CHUNK_MAGIC);

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read (permissions)',
};

const bytes = (n: number): string => `${n} ${n === 1 ? 'byte' : 'bytes'}`;

export const quoted = (name: string): string => {
  const text = JSON.stringify(name).slice(1, -1);
  return text === name ? name : `"${text}"`;
};

/** The first of them, as long as none is missing, and what survivors found at the end. */
function inOrder(places: readonly ChunkPlace[]): { chunks: ChunkPlace[]; gap: boolean } {
  const sorted = [...places].sort((a, b) => a.ordinal - b.ordinal || b.length - a.length);
  const chunks: ChunkPlace[] = [];
  for (const place of sorted) {
    // a thread and who survived it may have written the same
    if (place.ordinal !== LAST_ORDINAL && chunks.at(-1)?.ordinal === place.ordinal) continue;
    if (place.ordinal !== LAST_ORDINAL && place.ordinal !== chunks.length) return { chunks, gap: true };
    chunks.push(place);
  }
  return { chunks, gap: false };
}

function runOf(payload: Uint8Array): TracedRun | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const field = (name: string): unknown =>
      Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    const text = (name: string): string => {
      const given = field(name);
      return typeof given === 'string' ? given : '';
    };
    const command = field('command');
    return {
      tool: text('tool'),
      version: text('version'),
      command: Array.isArray(command) ? command.map(String) : [],
      startedAt: text('startedAt'),
      prefix: text('prefix'),
      accesses: text('accesses'),
    };
  } catch {
    return undefined;
  }
}

/**
 * The parts of a trace in the run's directory, a file for each thread: chunks that are appended whole, by the thread or
 * by who survives it. Taken from `node:fs` before a program can replace what is there.
 */
import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeChunk } from '../../runtime/trace/chunk.ts';
import {
  CHUNK_HEADER,
  CHUNK_MAGIC,
  ChunkField,
  ChunkKind,
  FILE_HEADER,
  FILE_MAGIC,
  MAX_PAYLOAD,
  VERSION,
} from '../../runtime/trace/format.ts';

const [open, write, close] = [openSync, writeSync, closeSync];

const SUFFIX = '.trace';

/** Throws what the disk says. */
export function appendPart(directory: string, pid: number, seq: number, chunk: Uint8Array): void {
  const file = open(join(directory, `${pid}-${seq}${SUFFIX}`), 'a');
  try {
    writeAll(file, chunk);
  } finally {
    close(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += write(file, bytes, at, bytes.length - at);
}

/** What a reader may want to know of the run. */
export interface TracedRun {
  tool: string;
  version: string;
  command: string[];
  /** ISO 8601 */
  startedAt: string;
  /** what reports leave out of file names */
  prefix: string;
  /** `--trace-accesses` */
  accesses: string;
}

/** Makes the file of a run out of the parts of all its threads, one chunk after the other. */
export function joinParts(directory: string, target: string, run: TracedRun): void {
  const file = openSync(target, 'w');
  try {
    const header = new Uint8Array(FILE_HEADER);
    header.set(FILE_MAGIC);
    header[FILE_MAGIC.length] = VERSION;
    writeAll(file, header);
    const info = { pid: 0, instance: 0, seq: 0, ordinal: 0, tid: 0, clock: 0 };
    writeAll(file, makeChunk({ ...info, kind: ChunkKind.RUN }, about(run)));
    let chunks = 0;
    for (const name of readdirSync(directory).sort()) {
      if (!name.endsWith(SUFFIX)) continue;
      for (const chunk of chunksOf(join(directory, name))) {
        writeAll(file, chunk);
        chunks++;
      }
    }
    writeAll(file, makeChunk({ ...info, kind: ChunkKind.END, ordinal: chunks }, new Uint8Array()));
  } finally {
    closeSync(file);
  }
}

function about(run: TracedRun): Uint8Array {
  const text = Buffer.from(JSON.stringify(run));
  return text.length <= MAX_PAYLOAD ? text : Buffer.from(JSON.stringify({ ...run, command: [] }));
}

/** A process that was killed may have left the beginning of a chunk at the end: it goes. */
function* chunksOf(part: string): Generator<Uint8Array> {
  const file = openSync(part, 'r');
  try {
    const bytes = Buffer.alloc(CHUNK_HEADER + MAX_PAYLOAD);
    for (let at = 0; ; ) {
      const read = readSync(file, bytes, 0, bytes.length, at);
      if (read < CHUNK_HEADER || bytes.readUInt32LE(ChunkField.MAGIC) !== CHUNK_MAGIC) return;
      const size = CHUNK_HEADER + bytes.readUInt32LE(ChunkField.LENGTH);
      if (size > read) return;
      yield bytes.subarray(0, size);
      at += size;
    }
  } finally {
    closeSync(file);
  }
}

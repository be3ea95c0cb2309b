/** A chunk of a trace: its header says whose it is and where in the thread's time it begins, and whether it is whole. */
import { crc32 } from 'node:zlib';
import { CHUNK_HEADER, CHUNK_MAGIC, ChunkField, type ChunkKind } from './format.ts';

export interface ChunkInfo {
  kind: (typeof ChunkKind)[keyof typeof ChunkKind];
  pid: number;
  /** tells the process from another of that number */
  instance: number;
  seq: number;
  /** among the chunks of the thread */
  ordinal: number;
  /** of the epoch in which it begins */
  tid: number;
  clock: number;
}

export function makeChunk(info: ChunkInfo, payload: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(CHUNK_HEADER + payload.length);
  const words = new DataView(chunk.buffer);
  const put = (at: number, value: number): void => words.setUint32(at, value, true);
  put(ChunkField.MAGIC, CHUNK_MAGIC);
  put(ChunkField.LENGTH, payload.length);
  put(ChunkField.KIND, info.kind);
  put(ChunkField.PID, info.pid);
  put(ChunkField.INSTANCE, info.instance);
  put(ChunkField.SEQ, info.seq);
  put(ChunkField.ORDINAL, info.ordinal);
  put(ChunkField.TID, info.tid);
  put(ChunkField.CLOCK, info.clock);
  chunk.set(payload, CHUNK_HEADER);
  put(ChunkField.CRC, crc32(chunk.subarray(ChunkField.KIND)));
  return chunk;
}

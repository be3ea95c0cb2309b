/**
 * The numbers of the trace format, for who writes it and who reads it. docs/trace-format.md says what they mean; what
 * changes here in a way that an old reader cannot skip is another VERSION.
 */

/** `tsrtrace` */
export const FILE_MAGIC: Uint8Array = Uint8Array.of(0x74, 0x73, 0x72, 0x74, 0x72, 0x61, 0x63, 0x65);
export const VERSION = 1;
/** magic, version, and a word that is 0 */
export const FILE_HEADER = 16;

/** `TSRC`, as a little-endian word */
export const CHUNK_MAGIC = 0x43525354;
export const CHUNK_HEADER = 40;
/** Words of a chunk's header, in bytes from its start. The check sum is over all that comes after it. */
export const ChunkField = {
  MAGIC: 0,
  LENGTH: 4,
  CRC: 8,
  KIND: 12,
  PID: 16,
  INSTANCE: 20,
  SEQ: 24,
  ORDINAL: 28,
  TID: 32,
  CLOCK: 36,
} as const;
export const ChunkKind = { RUN: 1, THREAD: 2, END: 3 } as const;
/** of a chunk; of what a thread has not written yet */
export const MAX_PAYLOAD: number = 64 * 1024;
/** what survivors found of a thread that is over: it comes last */
export const LAST_ORDINAL = 0xffff_ffff;

/** The first byte of a record: below 128 it is an access. */
export const ACCESS_WRITE = 1;
export const ACCESS_ATOMIC = 2;
export const ACCESS_UPDATE = 4;
export const ACCESS_KIND = 7;
export const ACCESS_SIZE_SHIFT = 3;
/** how many elements follows */
export const ACCESS_RUN = 32;
/** and how far apart they are */
export const ACCESS_STEP = 64;

/** plus the kind of the event (core/sync/event-log.ts) */
export const EVENT = 0x80;
export const MAX_EVENT = 0x9f;
export const Tag = {
  LEARNED: 0xa0,
  EPOCH: 0xa1,
  STRING: 0xb0,
  SITE: 0xb1,
  STACK: 0xb2,
  CAUSED_STACK: 0xb3,
  BUFFER: 0xb4,
  NAME: 0xb5,
  THREAD: 0xb6,
} as const;

/** Bytes of UTF-8 that are kept of a string. */
export const MAX_STRING = 4096;

/**
 * The numbers of shadow memory's layout (lane.ts, chunks.ts, cell.ts). This file imports nothing: the bundler puts the
 * constants of such a file where they are used.
 */

/** A lane has an entry for each block of elements … */
export const BLOCK_SHIFT = 6;
export const BLOCK = 64;
/** log2 of the cells of a block's entry in `wrote` and `read` */
export const ENTRY_SHIFT = 1;
export const WHOLE = 0;
export const PART = 1;

/** … and a word for each element, in chunks. */
export const CHUNK_SHIFT = 12;
export const CHUNK = 4096;
export const CHUNK_MASK = 4095;

/** Of a lane's `latest`, each on a cache line of its own: who only reads does not disturb others who do. */
export const WRITTEN = 0;
export const TOUCHED = 8;

/** the cells of one clock */
export const CLOCK_UNIT = 64;
/** Codes that stand for no mark: the epoch has written what it reads here; the mark stands elsewhere. */
export const OWN_CODE = 62;
export const FAR_CODE = 63;
/** the codes that do are 0 … */
export const MARK_CODES = 62;

/**
 * How the elements of a plane lie in a lane (lane.ts): in blocks, whose entries have two cells each, and in chunks of short
 * cells.
 *
 * A file without imports that begins with its constants: what esbuild takes for literals is that alone. They are in each hook,
 * whose bytecode must be short (../../views.ts), and a variable is 8 bytes of it.
 */

export const BLOCK_SHIFT = 6;
export const BLOCK: number = 1 << BLOCK_SHIFT;
/** log2 of the cells of a block's entry in `wrote` and `read` */
export const ENTRY_SHIFT = 1;
export const WHOLE = 0;
export const PART = 1;

export const CHUNK_SHIFT = 12;
export const CHUNK: number = 1 << CHUNK_SHIFT;
export const CHUNK_MASK: number = CHUNK - 1;

/**
 * One core after another in the same memory, as one process has it. A whole memory is some forty mappings of the
 * kernel's, of which a process has 65,530, and V8 does not know that they are scarce: with a memory for each trace
 * the process would die of them, in the middle of a garbage collection.
 */
import { type Core, createCore } from '../../runtime/core/core.ts';
import { createSegments } from '../../runtime/core/memory/memory.ts';

const segments = createSegments();

/** A core in blank memory; the one before is over. */
export function nextCore(): Core {
  for (const segment of segments) new Int32Array(segment, 0, Math.floor(segment.byteLength / 4)).fill(0);
  return createCore(segments);
}

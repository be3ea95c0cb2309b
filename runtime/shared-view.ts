/** What those who see a view of shared memory know of it: Atomics, bulk methods, copies (views.ts has the views themselves). */
import type { Log2 } from './core/shadow/kind.ts';
import type { View } from './interface.ts';
import type { SharedBlock } from './shared-buffers.ts';

export interface SharedView extends View {
  readonly name: string;
  readonly size: Log2;
  readonly byteOffset: number;
  /** its first element, counted from the start of the block */
  readonly first: number;
  /** Atomics accepts it */
  readonly integer: boolean;
  /** of bigints */
  readonly big: boolean;
  readonly block: SharedBlock;
  /** elements, now */
  count(): number;
  /** whether it has an element of that index, an integer, now */
  has(index: number): boolean;
  /** The engine reads that element, for what has that stack. Never throws. */
  readAt(index: number, stack: number): void;
}

/** What the shadow sees of a view. */
import type { Shadow } from './buffers.ts';
import type { Lane } from './lane.ts';
import type { Plane } from './plane.ts';

/** A view as a report names it. */
export interface Named {
  readonly name: string;
  /** its first element, counted from the start of the block */
  readonly first: number;
  /** itself, in the thread that has it */
  readonly array?: ArrayLike<number | bigint>;
}

/** A view whose accesses are put off. */
export interface TrackedView extends Named {
  /** in its thread, not 0 */
  readonly id: number;
  readonly shadow: Shadow;
  readonly plane: Plane;
  /** the thread's own, unless it has taken another tid since */
  readonly lane: Lane;
}

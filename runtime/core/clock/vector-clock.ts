/**
 * A vector clock V maps each tid to the last clock of it that is known: V(t) = c says that all of t up to
 * the end of epoch c@t happens before now.
 *
 *   c@t happens before V   iff   c <= V(t)
 *   V ⊔ W                  =     t ↦ max(V(t), W(t))
 *
 * A thread's own clock is a dense Int32Array over all tids, in shared memory (its creator reads it after its
 * end). What travels (messages, sync variables) is sparse: a list of epochs, one for each tid with V(t) > 0.
 * A thread's own component is the last clock that it has *released*, not the running one: accesses of the
 * running epoch must not seem ordered to those that acquire an earlier release.
 */
import { CLOCK_BITS, MAX_CLOCK } from './epoch.ts';

export type VectorClock = Int32Array;

/** clock ⊔= the epochs at list[from … from + count) */
export function joinEpochs(clock: VectorClock, list: Int32Array, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    const epoch = list[i] as number;
    const tid = epoch >>> CLOCK_BITS;
    const c = epoch & MAX_CLOCK;
    if (c > (clock[tid] as number)) clock[tid] = c;
  }
}

/** clock ⊔= other, over tids up to `high` */
export function joinClock(clock: VectorClock, other: VectorClock, high: number): void {
  for (let tid = 1; tid <= high; tid++) {
    const c = other[tid] as number;
    if (c > (clock[tid] as number)) clock[tid] = c;
  }
}

/** Writes the clock as epochs to out[at …] and returns how many there are; `out` must have room for `high`. */
export function writeEpochs(clock: VectorClock, high: number, out: Int32Array, at: number): number {
  let n = at;
  for (let tid = 1; tid <= high; tid++) {
    const c = clock[tid] as number;
    if (c !== 0) out[n++] = (tid << CLOCK_BITS) | c;
  }
  return n - at;
}

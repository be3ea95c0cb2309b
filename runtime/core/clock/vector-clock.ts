/**
 * A vector clock V maps each tid to the last clock of it that is known: V(t) = c says that all of t up to
 * the end of epoch c@t happens before now.
 *
 *   c@t happens before V   iff   c <= V(t)
 *   V ⊔ W                  =     t ↦ max(V(t), W(t))
 *
 * A thread's own clock is a dense Int32Array over all tids, in shared memory (its creator reads it after its
 * end). What travels (messages, sync variables) is sparse: a list of pairs (t, V(t)), one for each tid with V(t) > 0.
 * A thread's own component is the last clock that it has *released*, not the running one: accesses of the
 * running epoch must not seem ordered to those that acquire an earlier release.
 */
export type VectorClock = Int32Array;

/**
 * clock ⊔= the `count` pairs from list[from] on. 0 if it learned nothing, else one more than where the last pair stands
 * of which it did.
 */
export function joinPairs(clock: VectorClock, list: Int32Array, from: number, count: number): number {
  let learned = 0;
  for (let i = from; i < from + count * 2; i += 2) {
    const tid = list[i] as number;
    const c = list[i + 1] as number;
    if (c <= (clock[tid] as number)) continue;
    clock[tid] = c;
    learned = i + 1;
  }
  return learned;
}

/** clock ⊔= other, over tids up to `high` */
export function joinClock(clock: VectorClock, other: VectorClock, high: number): void {
  for (let tid = 1; tid <= high; tid++) {
    const c = other[tid] as number;
    if (c > (clock[tid] as number)) clock[tid] = c;
  }
}

/** Writes the clock as pairs to out[at …] and returns how many there are; `out` must have room for `high` pairs. */
export function writePairs(clock: VectorClock, high: number, out: Int32Array, at: number): number {
  let n = at;
  for (let tid = 1; tid <= high; tid++) {
    const c = clock[tid] as number;
    if (c === 0) continue;
    out[n] = tid;
    out[n + 1] = c;
    n += 2;
  }
  return (n - at) / 2;
}

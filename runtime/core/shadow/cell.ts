/**
 * A shadow cell: what must be remembered of the accesses to one element so that no later race is missed.
 *
 *   W   epoch of the last plain write; it conflicts with every later access
 *   R   the accesses since then that are unordered with one another: 0, one epoch, or -(index of a set). A plain
 *       write that raced with an atomic one moves from W to R (detector.ts)
 *       R = W says the same as 0, and lets a thread read what it has just written on the fast path
 *   W_BY, R_BY   stack and kind of W, and of R when it is one epoch
 *
 * An access a that happens before a new access n may be forgotten when n stands for it: every later access
 * that conflicts with a conflicts with n too, and if it is ordered after n it is ordered after a. `standsFor`
 * tells when. A plain write stands for all.
 *
 * W and R are read without a lock by the fast path (views.ts): only a thread itself writes its own epoch to
 * them. All else happens under the block's lock.
 */
export const CELL_WORDS = 4;
/** log2 of CELL_WORDS */
export const CELL_SHIFT = 2;
export const W = 0;
export const R = 1;
export const W_BY = 2;
export const R_BY = 3;

/** What an access is: a bit set. */
export const WRITE = 1;
export const ATOMIC = 2;
/** reads and writes */
export const UPDATE = 4;
export type Kind = number & { readonly kindBrand: true };

export const PLAIN_READ: Kind = 0 as Kind;
export const PLAIN_WRITE: Kind = WRITE as Kind;
export const PLAIN_UPDATE: Kind = (WRITE | UPDATE) as Kind;
export const ATOMIC_READ: Kind = ATOMIC as Kind;
export const ATOMIC_WRITE: Kind = (ATOMIC | WRITE) as Kind;
export const ATOMIC_UPDATE: Kind = (ATOMIC | WRITE | UPDATE) as Kind;

const KIND_BITS = 3;

/** Stack id (below 2 ** 28) and kind in one word. */
export function by(stack: number, kind: Kind): number {
  return (stack << KIND_BITS) | kind;
}

export function stackOf(word: number): number {
  return word >>> KIND_BITS;
}

export function kindOf(word: number): Kind {
  return (word & 7) as Kind;
}

/** SEMANTICS.md section 2, for two accesses of the same element: one writes, and they are not both atomic. */
export function conflict(a: Kind, b: Kind): boolean {
  return ((a | b) & WRITE) !== 0 && (a & b & ATOMIC) === 0;
}

/** The same for accesses of different ranges that overlap: being atomic does not help. */
export function conflictAcrossSizes(a: Kind, b: Kind): boolean {
  return ((a | b) & WRITE) !== 0;
}

/**
 * Whether `later` stands for `earlier`, which happens before it (or is of the same thread).
 * Conflicts on the same element: plain read with writes of both kinds; atomic read with plain writes; atomic
 * write with plain reads and plain writes. Across sizes a write conflicts with more than a read does.
 */
export function standsFor(later: Kind, earlier: Kind): boolean {
  if ((later & ATOMIC) === 0) return (later & WRITE) !== 0 || (earlier & WRITE) === 0;
  return (earlier & ATOMIC) !== 0 && ((later & WRITE) !== 0 || (earlier & WRITE) === 0);
}

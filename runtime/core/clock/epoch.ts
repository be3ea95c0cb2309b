/**
 * An epoch c@t (FastTrack, PLDI 2009, section 3) is the c-th stretch of thread t's execution between two of
 * its releases, packed in an integer: tid · 2²⁶ + clock.
 * Two accesses of one epoch are alike for happens-before, so the first stands for both.
 *
 * A tid is a small number that a thread holds for a while; it is not the thread's name. It passes from a
 * joined thread to a new one that starts after it (thread/registry.ts), and a thread whose clock is spent
 * takes another.
 */

declare const epochBrand: unique symbol;
declare const tidBrand: unique symbol;
export type Epoch = number & { readonly [epochBrand]: true };
export type Tid = number & { readonly [tidBrand]: true };

export const CLOCK_BITS = 26;
export const MAX_CLOCK: number = 2 ** CLOCK_BITS - 1;
/** Tids are 1 … MAX_TID; 0 marks a thread that runs unchecked. */
export const MAX_TID = 511;

export function makeEpoch(tid: Tid, clock: number): Epoch {
  return (tid * 2 ** CLOCK_BITS + clock) as Epoch;
}

export function tidOf(epoch: Epoch): Tid {
  return Math.floor(epoch / 2 ** CLOCK_BITS) as Tid;
}

export function clockOf(epoch: Epoch): number {
  return epoch % 2 ** CLOCK_BITS;
}

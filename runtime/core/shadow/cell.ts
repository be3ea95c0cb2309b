/**
 * A shadow cell: one thread's last read, or last write, of an element, in one number.
 *
 *     mark = stack · 2 + (1 if it was an update)
 *     cell = clock · 2⁶ + mark · 2⁻²¹
 *
 * The clock stands above all else, so of two cells of a thread the greater is the later access, a cell is of the
 * running epoch c iff it is at least c · 2⁶, and it happens before who knows the thread up to clock k iff it is
 * less than (k + 1) · 2⁶. A Float64 holds it, and is loaded and stored as one. 0 is "no access".
 *
 * A short cell has a code of six bits in place of the mark, and fits 32 bits: clock · 2⁶ + code. It is compared with
 * whole ones as it is. The lane knows what a code stands for (lane.ts).
 */
import { CLOCK_BITS } from '../clock/epoch.ts';
import { type Kind, UPDATE } from './kind.ts';

export type Cell = number;

const STACK_BITS = 26;
const CODE_BITS = 6;
/** the cells of one clock */
export const CLOCK_UNIT: number = 2 ** CODE_BITS;
export const MARK_BITS: number = STACK_BITS + 1;
const MARK_UNIT = CLOCK_UNIT / 2 ** MARK_BITS;
if (CLOCK_BITS + MARK_BITS > 53) throw new Error('a cell does not fit a double');
if (CLOCK_BITS + CODE_BITS > 32) throw new Error('a short cell does not fit a word');

/** Codes that stand for no mark: the epoch has written what it reads here; the mark stands elsewhere. */
export const OWN_CODE: number = CLOCK_UNIT - 2;
export const FAR_CODE: number = CLOCK_UNIT - 1;
/** the codes that do are 0 … */
export const MARK_CODES: number = 2 ** CODE_BITS - 2;

export function makeMark(stack: number, kind: Kind): number {
  return stack * 2 + ((kind & UPDATE) !== 0 ? 1 : 0);
}

/** `base` is the first cell of the running epoch. */
export function makeCell(base: Cell, mark: number): Cell {
  return base + mark * MARK_UNIT;
}

export function clockOfCell(cell: Cell): number {
  return Math.floor(cell / CLOCK_UNIT);
}

export function markOfCell(cell: Cell): number {
  return (cell % CLOCK_UNIT) / MARK_UNIT;
}

export function stackOfCell(cell: Cell): number {
  return markOfCell(cell) >>> 1;
}

export function isUpdateCell(cell: Cell): boolean {
  return (markOfCell(cell) & 1) === 1;
}

/** A short cell, as the word that it is. */
export function makeShort(base: Cell, code: number): number {
  return (base + code) >>> 0;
}

/** The code of a short cell. */
export function codeOfShort(cell: number): number {
  return cell & (CLOCK_UNIT - 1);
}

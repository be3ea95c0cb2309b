/**
 * A shadow cell: one thread's last read, or last write, of an element, in one number.
 *
 *     cell = clock · 2²⁷ + stack · 2 + (1 if it was an update)
 *
 * The clock stands above all else, so of two cells of a thread the greater is the later access, a cell is of the
 * running epoch c iff it is at least c · 2²⁷, and it happens before who knows the thread up to clock k iff it is
 * less than (k + 1) · 2²⁷. All are integers below 2⁵³: a Float64 holds them, and is loaded and stored as one.
 * 0 is "no access".
 */
import { CLOCK_BITS } from '../clock/epoch.ts';

export type Cell = number;

const STACK_BITS = 26;
/** the cells of one clock */
export const CLOCK_UNIT: number = 2 ** (STACK_BITS + 1);
if (CLOCK_BITS + STACK_BITS + 1 > 53) throw new Error('a cell does not fit a double');

/** `base` is the first cell of the running epoch. */
export function makeCell(base: Cell, stack: number, update: boolean): Cell {
  return base + stack * 2 + (update ? 1 : 0);
}

export function clockOfCell(cell: Cell): number {
  return Math.floor(cell / CLOCK_UNIT);
}

export function stackOfCell(cell: Cell): number {
  return Math.floor((cell % CLOCK_UNIT) / 2);
}

/**
 * The cell of a write as it stands among the reads, for the hooks, which look for reads there and nowhere else: it is
 * marked as an update, which no read is.
 */
export function asRead(cell: Cell): Cell {
  return isUpdateCell(cell) ? cell : cell + 1;
}

export function isUpdateCell(cell: Cell): boolean {
  return cell % 2 === 1;
}

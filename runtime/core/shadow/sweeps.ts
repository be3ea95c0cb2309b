/**
 * The runs of elements that the running epoch remembers of one view, as far as they are worth noting: a loop often
 * goes again over what it has just touched (rows of a grid, a table, a whole array in every pass), and asks here
 * before it asks the lane, block by block. Forgetting a run costs time and nothing else.
 */

/** Runs of neighbouring elements, the last few of them. */
const RUNS = 6;
/** Runs with a step, by a hash of what they are. */
const STEPPED = 2048;
const HASH_SHIFT = 21;

export class Sweeps {
  /** [first, end) of each run, and the first cell of its epoch */
  private readonly runs = new Float64Array(RUNS * 3);
  private next = 0;
  private stepped: Float64Array | undefined;
  /** the latest of those, and how many there are beside it */
  private readonly latest = new Float64Array(WORDS);
  private columns = 0;

  /** Index of a run of the epoch that has all of first … end, -1 if there is none. */
  over(first: number, end: number, base: number): number {
    const { runs } = this;
    for (let at = 0; at < RUNS * 3; at += 3) {
      if (runs[at + 2] === base && (runs[at] as number) <= first && end <= (runs[at + 1] as number))
        return at;
    }
    return -1;
  }

  /** Index of a run of the epoch that overlaps first … end or stands next to it, -1 if there is none. */
  near(first: number, end: number, base: number): number {
    const { runs } = this;
    for (let at = 0; at < RUNS * 3; at += 3) {
      if (runs[at + 2] === base && (runs[at] as number) <= end && first <= (runs[at + 1] as number))
        return at;
    }
    return -1;
  }

  firstOf(run: number): number {
    return this.runs[run] as number;
  }

  endOf(run: number): number {
    return this.runs[run + 1] as number;
  }

  /** Notes first … end, as part of `run` if it is near one. */
  note(run: number, first: number, end: number, base: number): void {
    const { runs } = this;
    if (run < 0) {
      const at = this.next;
      this.next = at + 3 === RUNS * 3 ? 0 : at + 3;
      runs[at] = first;
      runs[at + 1] = end;
      runs[at + 2] = base;
      return;
    }
    if (first < (runs[run] as number)) runs[run] = first;
    if (end > (runs[run + 1] as number)) runs[run + 1] = end;
  }

  coversSteps(first: number, end: number, step: number, base: number): boolean {
    const { stepped } = this;
    if (stepped === undefined) return false;
    const at = hash(first, end, step);
    return isAt(stepped, at, first, end, step, base) || isAt(stepped, at + WORDS, first, end, step, base);
  }

  /** How many such runs have come one beside the other, like the columns of a matrix, up to this one. */
  noteSteps(first: number, end: number, step: number, base: number): number {
    this.stepped ??= new Float64Array(STEPPED * 2 * WORDS);
    const { stepped } = this;
    const set = hash(first, end, step);
    const at = stepped[set + 3] === base ? set + WORDS : set;
    stepped[at] = first;
    stepped[at + 1] = end;
    stepped[at + 2] = step;
    stepped[at + 3] = base;
    const { latest } = this;
    const isNext = isAt(latest, 0, first - 1, end - 1, step, base);
    this.columns = isNext ? this.columns + 1 : 1;
    latest[0] = first;
    latest[1] = end;
    latest[2] = step;
    latest[3] = base;
    return this.columns;
  }
}

/** first, end, step, epoch */
const WORDS = 4;

function isAt(
  list: Float64Array,
  at: number,
  first: number,
  end: number,
  step: number,
  base: number,
): boolean {
  return list[at] === first && list[at + 1] === end && list[at + 2] === step && list[at + 3] === base;
}

/** Two places for each hash. Runs side by side, like the columns of a matrix, never meet: that is what this factor is for. */
function hash(first: number, end: number, step: number): number {
  const shape = Math.imul(end - first, 0x85ebca6b) + Math.imul(step, 0xc2b2ae35);
  return (Math.imul(first + shape, 0x9e3779b1) >>> HASH_SHIFT) * 2 * WORDS;
}

/**
 * The elements that loops inside each other touch: first + step₀·k₀ + step₁·k₁ + … for each k below its count. As few steps
 * stand for them as may: of `i * n + k`, where `k` runs to `n`, one does.
 */

/** As many as a nest has loops (plugin/rewrite/nest.ts). */
const MOST_STEPS = 4;
const { isSafeInteger } = Number;

export class Grid {
  first = 0;
  /** the greatest of them */
  last = 0;
  /** how many steps there are: 0 for one element alone */
  depth = 0;
  /** there are none at all */
  empty = false;
  /** smallest first, all of them positive */
  readonly steps: Float64Array = new Float64Array(MOST_STEPS);
  readonly counts: Float64Array = new Float64Array(MOST_STEPS);

  /** One element. */
  begin(first: number): void {
    this.first = first;
    this.last = first;
    this.depth = 0;
    this.empty = false;
  }

  /** Those of now, and as many at each step behind them. */
  add(step: number, count: number): void {
    if (count === 0) this.empty = true;
    if (count <= 1 || step === 0) return;
    const way = step * (count - 1);
    if (way < 0) this.first += way;
    else this.last += way;
    const size = Math.abs(step);
    const { steps, counts } = this;
    let at = this.depth++;
    for (; at > 0 && (steps[at - 1] as number) > size; at--) {
      steps[at] = steps[at - 1] as number;
      counts[at] = counts[at - 1] as number;
    }
    steps[at] = size;
    counts[at] = count;
  }

  /** Whether all are integers that can be told apart; then as few steps as may stand for them. */
  settle(): boolean {
    const { steps, counts } = this;
    if (!isSafeInteger(this.first) || !isSafeInteger(this.last)) return false;
    let last = 0;
    for (let i = 0; i < this.depth; i++) if (!isSafeInteger(steps[i])) return false;
    for (let i = 1; i < this.depth; i++) {
      const by = (steps[i] as number) / (steps[last] as number);
      // each of them begins where the one before it goes on, or ends
      if (Number.isInteger(by) && by <= (counts[last] as number))
        counts[last]! += by * ((counts[i] as number) - 1);
      else {
        last++;
        steps[last] = steps[i] as number;
        counts[last] = counts[i] as number;
      }
    }
    if (this.depth > 0) this.depth = last + 1;
    return true;
  }
}

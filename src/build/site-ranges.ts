/**
 * Numbers for the sites of a build.
 *
 * Code that a bundler puts together keeps the site literals that it was built with, so each module needs a range of
 * the 2^28 numbers for itself. The range comes from the module's content: the same module gets the same one in every
 * bundle and every run, whatever cache it went through. Where it would meet a range that this build has given, the
 * next one of the content's own sequence is taken. At run time a module says which range is its own
 * (`__tsrace.module`, placed-sites.ts), and each thread translates by what the modules in it said. So the page and
 * the worker may know one module by different numbers, and two builds meet in one page unless two of their ranges
 * happen to overlap: for two builds of 100,000 sites in 500 modules each, once in three such pairs. The runtime sees
 * that, says so, and leaves the doubtful frames out.
 */
import { FIRST_BUILT } from '../../runtime/interface.ts';

const NUMBERS = 2 ** 28 - FIRST_BUILT;
/** hex digits of a start */
const DIGITS = 7;

export class SiteRanges {
  /** sorted starts, and the ends that belong to them */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #known = new Map<string, number>();

  /** The first number of a module's range. `hash`: of its content, in hex. */
  take(hash: string, count: number): number {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    let first = 0;
    for (let turn = 0; ; turn++) {
      first = FIRST_BUILT + (start(hash, turn) % (NUMBERS - count));
      if (this.#claim(first, first + count)) break;
    }
    this.#known.set(hash, first);
    return first;
  }

  /** A module whose code came out of a cache of the bundler's has that range. */
  keep(hash: string, first: number, count: number): void {
    if (this.#known.has(hash)) return;
    this.#claim(first, first + count);
    this.#known.set(hash, first);
  }

  #claim(from: number, to: number): boolean {
    let at = this.#from.findIndex((other) => other > from);
    if (at < 0) at = this.#from.length;
    if ((this.#to[at - 1] ?? 0) > from || (this.#from[at] ?? FIRST_BUILT + NUMBERS) < to) return false;
    this.#from.splice(at, 0, from);
    this.#to.splice(at, 0, to);
    return true;
  }
}

/** The hash's own digits first, then what a multiplicative step makes of them. */
function start(hash: string, turn: number): number {
  const at = Number.parseInt(hash.slice(0, DIGITS), 16);
  return (at + Math.imul(turn, 0x9e3779b1)) >>> 0;
}

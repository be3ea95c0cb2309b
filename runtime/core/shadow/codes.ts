/**
 * The codes of a lane: which mark each of them stands for (cell.ts). They are given in their order, once and for all: by the
 * thread whose lane it is, and by whoever works off what that thread has left. Who finds a code in a short cell looks
 * here for its mark.
 */
import { compareExchange } from '../memory/atomics.ts';
import { FAR_CODE } from './cell.ts';

/** Twice as many as there are codes, and more. */
const HASHES = 128;
const NO_CODES = new Uint8Array(HASHES);
const hashOf = (mark: number): number => Math.imul(mark, 0x9e3779b1) >>> 25;

export class Codes {
  /** by code, in shared memory: its mark plus 1; 0 is not given yet */
  private readonly marks: Int32Array;
  /** what `of` has answered last */
  private askedMark = -1;
  private askedCode = FAR_CODE;
  /** by a hash of the mark, or the places behind: its code plus 1 */
  private known = NO_CODES;
  /** all codes are given, and stand in `known` */
  private full = false;

  constructor(marks: Int32Array) {
    this.marks = marks;
  }

  /** The code of a mark, which it has from now on; FAR_CODE when there is none left. */
  of(mark: number): number {
    return mark === this.askedMark ? this.askedCode : this.ask(mark);
  }

  private ask(mark: number): number {
    this.askedMark = mark;
    this.askedCode = this.find(mark);
    return this.askedCode;
  }

  /** -1: the code is not given, as far as can be seen. */
  markOf(code: number): number {
    return (this.marks[code] as number) - 1;
  }

  private find(mark: number): number {
    const { known, marks } = this;
    for (let i = hashOf(mark); known[i] !== 0; i = (i + 1) % HASHES) {
      const code = (known[i] as number) - 1;
      if (marks[code] === mark + 1) return code;
    }
    return this.full ? FAR_CODE : this.give(mark);
  }

  private give(mark: number): number {
    const { marks } = this;
    let code = 0;
    for (; code < marks.length; code++) {
      // whoever works off what the thread has left gives codes as well
      const before = (marks[code] as number) || compareExchange(marks, code, 0, mark + 1);
      if (before === 0 || before === mark + 1) break;
    }
    this.full = code === marks.length;
    this.learn();
    return this.full ? FAR_CODE : code;
  }

  /** All that are given, by others too. */
  private learn(): void {
    const { marks } = this;
    if (this.known === NO_CODES) this.known = new Uint8Array(HASHES);
    this.known.fill(0);
    for (let code = 0; code < marks.length && marks[code] !== 0; code++) {
      let i = hashOf((marks[code] as number) - 1);
      while (this.known[i] !== 0) i = (i + 1) % HASHES;
      this.known[i] = code + 1;
    }
  }
}

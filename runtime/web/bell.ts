/**
 * A word of shared memory that every thread of an analysis has: rung by whoever has a report, for the page. It comes
 * through when the thread never goes back to its event loop, and costs the page nothing until then.
 */
import { atomicAdd, atomicLoad } from '../core/memory/atomics.ts';

/** Words of the bell: how often it was rung, and a number that tells this analysis from others of the origin. */
const Word = { RUNG: 0, ANALYSIS: 1 } as const;

const nativeNotify = Atomics.notify;
const nativeWaitAsync = (Atomics as { waitAsync?: (...args: unknown[]) => { value: unknown } }).waitAsync;
const { setInterval: every } = globalThis;
const PERIOD_MS = 250;

export class Bell {
  readonly words: Int32Array;

  constructor(words: Int32Array = new Int32Array(new SharedArrayBuffer(8))) {
    this.words = words;
    if (words[Word.ANALYSIS] === 0) words[Word.ANALYSIS] = Math.floor(Math.random() * 0x7fff_fffe) + 1;
  }

  /** Tells this analysis from others of the origin. */
  get analysis(): number {
    return this.words[Word.ANALYSIS] as number;
  }

  ring(): void {
    atomicAdd(this.words, Word.RUNG, 1);
    nativeNotify(this.words, Word.RUNG);
  }

  /** Calls `answer` in a task or microtask of its own after each ring; several may be one. */
  onRing(answer: () => void): void {
    const { words } = this;
    let heard = 0;
    const look = (): void => {
      const rung = atomicLoad(words, Word.RUNG);
      if (rung === heard) return;
      heard = rung;
      answer();
    };
    if (nativeWaitAsync === undefined) {
      every(look, PERIOD_MS);
      return;
    }
    const wait = async (): Promise<void> => {
      for (;;) {
        await nativeWaitAsync(words, Word.RUNG, heard).value;
        look();
      }
    };
    void wait();
  }
}

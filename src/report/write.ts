/** Text for a terminal or a pipe: all of it, however full that is. */
import { writeSync } from 'node:fs';

/** taken before the intercepts replace it: who writes is no part of the program that is watched */
const { wait } = Atomics;
const never = new Int32Array(new SharedArrayBuffer(4));
export const sleep = (ms: number): unknown => wait(never, 0, 0, ms);

export function writeFully(fd: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') return;
      sleep(2);
    }
  }
}

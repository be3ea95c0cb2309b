/**
 * This thread, as far as it has come. A page is attached to its analysis at once. A worker is not until its creator
 * has answered it, which is after its first task: until then no message reaches the program's code, and what it
 * posts waits. So whatever its first task does, it does to memory that nobody else has, and nothing is missed.
 */
import type { ThreadRuntime } from '../contract.ts';

export interface Thread {
  /** undefined: not attached yet */
  runtime: ThreadRuntime | undefined;
  /** Runs `step` with the runtime: now, or in order when there is one. */
  attached(step: (runtime: ThreadRuntime) => void): void;
  attach(runtime: ThreadRuntime): void;
}

export function newThread(): Thread {
  const waiting: ((runtime: ThreadRuntime) => void)[] = [];
  const thread: Thread = {
    runtime: undefined,
    attached(step) {
      if (thread.runtime !== undefined && waiting.length === 0) step(thread.runtime);
      else waiting.push(step);
    },
    attach(runtime) {
      thread.runtime = runtime;
      // a step may bring others
      for (let step = waiting[0]; step !== undefined; step = waiting[0]) {
        try {
          step(runtime);
        } finally {
          waiting.shift();
        }
      }
    },
  };
  return thread;
}

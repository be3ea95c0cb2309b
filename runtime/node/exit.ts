/**
 * The end of a thread's life: after every `exit` listener of the user's, whichever way the process
 * ends (no work left, `process.exit`, an uncaught error). No listener is added and no exit code changed.
 *
 * Every way emits `exit` on `process`, where a method between `process` and `EventEmitter.prototype` sees it
 * return. An `exit` listener that calls `process.exit` never returns: that goes through `reallyExit`, which
 * Node keeps replaceable on purpose. A signal or `process.abort` ends the process without either.
 * https://github.com/nodejs/node/blob/main/lib/internal/process/per_thread.js (process.exit)
 */
import { EventEmitter } from 'node:events';
import { intercept, standIn } from '../intercept/disguise.ts';

const { apply } = Reflect;

/** Runs `last` once. What `process.exitCode` is then, or what `last` makes it, is the process's exit code. */
export function atExit(last: () => void): void {
  let done = false;
  const finish = (): void => {
    if (done) return;
    done = true;
    last();
  };
  const emit = standIn(EventEmitter.prototype.emit, (original, self, args) => {
    if (args[0] !== 'exit' || self !== process || !isExiting()) return apply(original, self, args);
    try {
      return apply(original, self, args);
    } finally {
      finish();
    }
  });
  const hidden = { configurable: true, writable: true, enumerable: false };
  Object.defineProperty(Object.getPrototypeOf(process), 'emit', { ...hidden, value: emit });
  intercept(process, 'reallyExit', (original, self, args) => {
    const before = process.exitCode;
    finish();
    const code = process.exitCode === before ? args[0] : process.exitCode;
    return apply(original, self, [code, ...args.slice(1)]);
  });
}

/** A user may emit `exit` on process without the process ending. */
function isExiting(): boolean {
  return (process as unknown as { _exiting?: boolean })._exiting === true;
}

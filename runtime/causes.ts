/**
 * What a thread works for: the test (or hook) that caused what runs now. The cause of an access stands at the
 * root of its stack, so both sides of a race know theirs, in the memory that their stacks take anyway.
 *
 * A test runner's thread says which test runs (`run`), and asynchronous context keeps to it through promises,
 * timers and events. A worker works for whoever made it, and while it handles a message for the sender of that
 * message. So a worker that outlives its test, or serves several, still works for the right one.
 *
 * A cause is the id of a string (strings.ts): its name, which any thread can read. 0 is none. As long as no
 * runner has named one, nothing is done here.
 *
 * Not exact: when asynchronous parts of two tests take turns in one thread, and both touch an element without
 * an edge in between, the second access counts as remembered and keeps the cause of the first.
 */
import { AsyncLocalStorage } from './platform.ts';

export class Causes {
  /** whether this thread ever had a cause */
  active = false;
  /** of what runs outside every `run` */
  private base = 0;
  private store: AsyncLocalStorage<number> | undefined;
  /** the thread works for others: messages bring causes, not tests */
  private serves = false;
  /** What runs has another cause from now on. */
  onChange: () => void = () => {};

  current(): number {
    return this.active ? (this.store?.getStore() ?? this.base) : 0;
  }

  /** From now on what runs outside every `run` has this cause. */
  begin(cause: number): void {
    if (cause === 0 && !this.active) return;
    this.active = true;
    this.base = cause;
    this.store ??= new AsyncLocalStorage();
    this.onChange();
  }

  /** This thread is a worker that was made for `cause`. */
  serve(cause: number): void {
    if (cause === 0) return;
    this.serves = true;
    this.begin(cause);
  }

  run<T>(cause: number, body: () => T): T {
    const { store } = this;
    if (store === undefined || cause === 0) return body();
    if (cause === this.current()) return store.run(cause, body);
    this.onChange();
    try {
      return store.run(cause, body);
    } finally {
      this.onChange();
    }
  }

  /** A worker that takes a message in the middle of its work goes on for the sender. */
  take(cause: number): void {
    if (!this.serves || cause === 0 || cause === this.current()) return;
    this.store?.enterWith(cause);
    this.onChange();
  }
}

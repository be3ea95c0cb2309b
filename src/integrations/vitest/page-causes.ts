/**
 * What a page works for. A browser has no asynchronous context: what a test does after its first `await` is told by
 * the time at which it is done. So a test, or a hook, is the cause of all that happens until it is over; where several
 * run at a time, of each of them, whatever no worker or message tells apart. What a test leaves behind counts for the
 * one that runs then.
 */
import type { Causes } from '../../../runtime/causes.ts';
import type { ThreadCauses } from '../testing.ts';

export class PageCauses implements ThreadCauses {
  readonly #thread: Pick<Causes, 'current' | 'run' | 'begin'>;
  readonly #oneOf: (causes: readonly number[]) => number;
  /** by those that it may be */
  readonly #joint = new Map<string, number>();
  /** of what runs while no test and no hook does */
  #base = 0;
  /** of the tests and hooks that run; a part (Testing.part) comes after its whole, and stands for it */
  readonly #running: { cause: number; whole: number }[] = [];

  constructor(
    thread: Pick<Causes, 'current' | 'run' | 'begin'>,
    oneOf: (causes: readonly number[]) => number,
  ) {
    this.#thread = thread;
    this.#oneOf = oneOf;
  }

  current(): number {
    return this.#thread.current();
  }

  begin(cause: number): void {
    this.#base = cause;
    this.#follow();
  }

  run<T>(cause: number, body: () => T, whole: number): T {
    const one = { cause, whole };
    this.#running.push(one);
    this.#follow();
    const end = (): void => {
      this.#running.splice(this.#running.indexOf(one), 1);
      this.#follow();
    };
    let result: T;
    try {
      result = this.#thread.run(cause, body);
    } catch (error) {
      end();
      throw error;
    }
    if (!isThenable(result)) end();
    else result.then(end, end);
    return result;
  }

  #follow(): void {
    const wholes = new Set(this.#running.map(({ whole }) => whole));
    const causes = [...new Set(this.#running.map(({ cause }) => cause))].filter(
      (cause) => !wholes.has(cause),
    );
    const [only = this.#base] = causes;
    this.#thread.begin(causes.length > 1 ? this.#jointOf(causes) : only);
  }

  #jointOf(causes: readonly number[]): number {
    const key = causes.join();
    const joint = this.#joint.get(key) ?? this.#oneOf(causes);
    this.#joint.set(key, joint);
    return joint;
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

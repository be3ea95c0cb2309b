/**
 * Operations of Node that are given shared memory. One that returns when it is done touches the memory at the
 * call. An asynchronous one touches it from the call to its completion: it is recorded at both ends, with the
 * stack of the call, the second time just before the program hears of it. An access of another thread that is
 * ordered neither before the call nor after the completion races with one of the two.
 *
 * What Node does later on its own, with no code of the program's on the stack (a stream's buffered chunk), is
 * told with the stack of the last call that passed that memory: the same start of a chunk.
 */
import type { ThreadRuntime } from '../contract.ts';
import type { Handler } from '../intercept/disguise.ts';
import type { PassedBytes } from '../passed-bytes.ts';
import { realFrames } from '../real-stack.ts';

const { apply } = Reflect;
/** chunks of one block that Node may hold at a time and still tell where they came from */
const MOST_CALLS = 1024;
const NOTHING: Touch[] = [];

export interface Touch {
  bytes: PassedBytes;
  write: boolean;
  /** in bytes */
  from: number;
  count: number;
}

/** What a call with these arguments may touch; empty when nothing of it is shared. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments of the platform's functions, of every type
export type Plan = (args: any[]) => Touch[];

export interface Operations {
  /**
   * With a callback among the arguments the operation is asynchronous, without one it is not. An operation that
   * `transfers` tells how many bytes of its plan it has touched: by its result, or to its callback.
   */
  run(plan: Plan, transfers?: boolean): Handler;
  /** The operation returns a promise. */
  promise(plan: Plan, transfers?: boolean): Handler;
  /** The call will lead to operations on what is passed, but is none itself. */
  passes(value: unknown): void;
}

export function operationsOf(runtime: ThreadRuntime): Operations {
  const { bytesOf, surviving } = runtime;
  /** by block, then by the offset at which what was passed starts: the stack of the last call */
  const lastCalls = new WeakMap<object, Map<number, number>>();

  const callOf = (bytes: PassedBytes): number => surviving(() => findCall(bytes), 0);
  const findCall = ({ block, byteOffset }: PassedBytes): number => {
    let calls = lastCalls.get(block);
    const last = calls?.get(byteOffset);
    if (last !== undefined && !isCalledByProgram()) return last;
    if (calls === undefined || calls.size >= MOST_CALLS) {
      calls = new Map();
      lastCalls.set(block, calls);
    }
    const current = runtime.stack();
    calls.set(byteOffset, current);
    return current;
  };

  const isCalledByProgram = (): boolean => {
    const { locate } = runtime;
    return locate === undefined || realFrames(locate).length > 0;
  };

  const record = (touches: Touch[], call: number, transferred = Number.POSITIVE_INFINITY): void => {
    let left = transferred;
    for (const { bytes, write, from, count } of touches) {
      const touched = Math.min(count, left);
      if (write) bytes.write(from, touched, call);
      else bytes.read(from, touched, call);
      left -= touched;
    }
  };

  return {
    run(plan, transfers = false) {
      return (original, self, args) => {
        const touches = surviving(() => plan(args), NOTHING);
        const [first] = touches;
        if (first === undefined) return apply(original, self, args);
        const call = callOf(first.bytes);
        const given = [...args];
        const at = args.findLastIndex((arg) => typeof arg === 'function');
        if (at >= 0) {
          const callback = args[at];
          const ending = {
            method(this: unknown, ...results: unknown[]): unknown {
              const [error, count] = results;
              if (!error) record(touches, call, transfers ? (count as number) : undefined);
              return apply(callback, this, results);
            },
          };
          given[at] = ending.method;
        }
        const result = apply(original, self, given);
        record(touches, call, transfers && at < 0 ? (result as number) : undefined);
        return result;
      };
    },
    promise(plan, transfers = false) {
      const settled = async (promise: Promise<unknown>, touches: Touch[], call: number): Promise<unknown> => {
        const result = (await promise) as { bytesRead?: number; bytesWritten?: number } | undefined;
        record(touches, call, transfers ? (result?.bytesRead ?? result?.bytesWritten) : undefined);
        return result;
      };
      return (original, self, args) => {
        const touches = surviving(() => plan(args), NOTHING);
        const promise = apply(original, self, args);
        const [first] = touches;
        if (first === undefined) return promise;
        const call = callOf(first.bytes);
        record(touches, call);
        return settled(promise, touches, call);
      };
    },
    passes(value) {
      const bytes = bytesOf(value);
      if (bytes !== undefined) callOf(bytes);
    },
  };
}

/** All of these is read, or written. */
export function wholes(bytesOf: ThreadRuntime['bytesOf'], values: unknown[], write = false): Touch[] {
  const touches: Touch[] = [];
  for (const value of values) {
    const bytes = bytesOf(value);
    if (bytes !== undefined) touches.push({ bytes, write, from: 0, count: bytes.byteLength });
  }
  return touches;
}

/**
 * `fs` on shared views. What the system reads into a view is a write to memory, and what it writes to a file
 * is a read. A synchronous operation touches as many bytes as it says; an asynchronous one may touch all that
 * it was asked for, from the call on, and has touched as many as it says when it completes.
 */
import fs from 'node:fs';
import type { ThreadRuntime } from '../contract.ts';
import type { Handler } from '../intercept/disguise.ts';
import { whole } from '../intercept/numbers.ts';
import { type Operations, type Plan, type Touch, wholes } from './operations.ts';
import { patches } from './patches.ts';

type Range = { buffer?: unknown; offset?: unknown; length?: unknown };

const { apply } = Reflect;
const NONE: Touch[] = [];
const isOptions = (value: unknown): value is Range =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);

export function interceptFs(runtime: ThreadRuntime, operations: Operations): void {
  const { bytesOf } = runtime;
  const all = patches();

  /** (buffer, offset, length, …), (buffer, options, …) or (options, …), from the argument `first` on */
  const range =
    (first: number, write: boolean): Plan =>
    (args) => {
      let [buffer, offset, length]: unknown[] = args.slice(first, first + 3);
      if (isOptions(buffer)) ({ buffer, offset, length } = buffer);
      const bytes = ArrayBuffer.isView(buffer) ? bytesOf(buffer) : undefined;
      if (bytes === undefined) return NONE;
      if (isOptions(offset)) ({ offset, length } = offset);
      // fs.read takes a length that was left out for 0
      else if (write && first === 1 && args.length > 4) length = whole(length, 0);
      const from = typeof offset === 'number' ? offset : 0;
      const count = typeof length === 'number' ? length : bytes.byteLength - from;
      return [{ bytes, write, from, count }];
    };
  const list =
    (first: number, write: boolean): Plan =>
    (args) =>
      Array.isArray(args[first]) ? wholes(bytesOf, args[first], write) : NONE;
  const data =
    (first: number): Plan =>
    (args) =>
      wholes(bytesOf, [args[first]]);

  for (const [name, plan] of [
    ['read', range(1, true)],
    ['write', range(1, false)],
    ['readv', list(1, true)],
    ['writev', list(1, false)],
  ] as const) {
    all.handle(fs, [name, `${name}Sync`], operations.run(plan, true));
  }
  all.handle(fs, ['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync'], operations.run(data(1)));
  all.handle(fs.promises, ['writeFile', 'appendFile'], operations.promise(data(1)));

  const patchFileHandle = (prototype: object): void => {
    all.handle(prototype, ['read'], operations.promise(range(0, true), true));
    all.handle(prototype, ['write'], operations.promise(range(0, false), true));
    all.handle(prototype, ['readv'], operations.promise(list(0, true), true));
    all.handle(prototype, ['writev'], operations.promise(list(0, false), true));
    all.handle(prototype, ['writeFile', 'appendFile'], operations.promise(data(0)));
  };
  all.handle(fs.promises, ['open'], meeting(patchFileHandle));
}

/** `open`, whose first result shows the class of file handles, which is reachable in no other way. */
function meeting(patch: (prototype: object) => void): Handler {
  let known = false;
  const first = async (promise: Promise<object>): Promise<object> => {
    const handle = await promise;
    if (!known) patch(Object.getPrototypeOf(handle));
    known = true;
    return handle;
  };
  return (original, self, args) => {
    const promise = apply(original, self, args);
    return known ? promise : first(promise);
  };
}

/** The hooks of Node 20 (`module.register`): ES modules only, in a thread that Node makes for each of ours. */
import { threadId } from 'node:worker_threads';
import { defineInertHooks } from '../../runtime/inert.ts';
import { GLOBAL_NAME } from '../../runtime/interface.ts';
import { createTables } from '../../runtime/tables.ts';
import { append } from '../report/records.ts';
import { loadAsync, resolveAsync } from './esm.ts';
import type { HooksData } from './install.ts';
import { Loader } from './loader.ts';

// the program's own hooks run here too, and are instrumented as whatever Node loads
if (!Object.hasOwn(globalThis, GLOBAL_NAME)) defineInertHooks(undefined);

let loader: Loader;
let folder: string;

export function initialize({ segments, options, own, run }: HooksData): void {
  folder = own;
  const thread = `${process.pid}:hooks-${threadId}`;
  loader = new Loader({
    tables: createTables(segments),
    options,
    own,
    uninstrumented: (item) => {
      if (run !== undefined) append(run, thread, { type: 'uninstrumented', ...item });
    },
  });
}

export const resolve = (specifier: string, context: object, next: never): Promise<unknown> =>
  resolveAsync(specifier, context, next, folder);

export const load = (url: string, context: object, next: never): unknown =>
  loadAsync(loader, url, context, next);

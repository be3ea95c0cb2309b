/**
 * The way to what the preload left in this thread. A test runner may load us by a system of its own, or into a vm
 * context with a `require` of its own: only Node's gets to the one global object where it lies.
 */
import type { Options } from '../options.ts';
import type { PageRun } from '../report/sink.ts';
import type { Testing } from './testing.ts';

export interface Handle {
  testing?: Testing;
  /** instruments a module that is run elsewhere; `positions` maps it to what the user wrote; `countable`: for coverage */
  instrument?(
    code: string,
    file: string,
    positions: object,
    countable: boolean,
  ): { code: string; map: object | null } | undefined;
  /** what weakens the result of the run */
  uninstrumented?(item: { what: string; why: string }): void;
  /** the test runner has evaluated that file here, as it made it */
  evaluated?(file: string): boolean;
  /** Node is about to import what the test runner does not evaluate */
  hookImports?(): void;
  /** the test runner has opened a page of a browser */
  page?(): PageRun;
  /** which files are instrumented */
  globs?: Pick<Options, 'include' | 'exclude'>;
}

/** undefined: tsrace does not run here. */
export function handle(): Handle | undefined {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { preloaded } = createRequire(import.meta.url)('./preloaded.cjs') as {
    preloaded(): Handle | undefined;
  };
  return preloaded();
}

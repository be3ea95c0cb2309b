/**
 * Which files are instrumented. The user's own code always; an installed package where any of its files
 * mentions SharedArrayBuffer or Atomics (code that never does so can still be handed a shared view: that is
 * why skipped packages are named in the summary); `exclude` and `include` decide otherwise; tsrace itself never.
 */
import { relative, sep } from 'node:path';
import type { Options } from '../options.ts';
import { installedPackage } from './language.ts';
import { lazy } from './lazy.ts';
import { touchesSharedMemory } from './scan.ts';

/** They run or compile the program, in processes of its tree, and touch none of its memory. */
const TOOLS =
  /^(?:vitest|vite|vite-node|rollup|rolldown|typescript|@vitest\/.*|@rollup\/.*|@rolldown\/.*|mocha|jest|jest-.*|@jest\/.*|babel-.*|@babel\/.*)$/;

const MODULES = `${sep}node_modules${sep}`;

const picomatch = lazy<typeof import('picomatch')>('picomatch');

export class Policy {
  readonly #own: string;
  readonly #included: (file: string) => boolean;
  readonly #excluded: (file: string) => boolean;
  readonly #skipped: (name: string, why: string) => void;

  constructor(
    { include, exclude }: Pick<Options, 'include' | 'exclude'>,
    /** tsrace's own folder */
    own: string,
    skipped: (name: string, why: string) => void,
  ) {
    this.#own = own + sep;
    this.#included = matcher(include);
    this.#excluded = matcher(exclude);
    this.#skipped = skipped;
  }

  wants(file: string): boolean {
    if (file.startsWith(this.#own)) return false;
    if (this.#excluded(file)) {
      this.#skipped(file, 'excluded by an option');
      return false;
    }
    if (this.#included(file)) return true;
    const installed = installedPackage(file);
    if (TOOLS.test(nameOf(installed))) return false;
    if (installed === '' || touchesSharedMemory(installed)) return true;
    this.#skipped(installed, 'a package that does not mention shared memory (--include instruments it)');
    return false;
  }
}

const nameOf = (installed: string): string =>
  installed.slice(installed.lastIndexOf(MODULES) + MODULES.length).replaceAll(sep, '/');

/** Globs match the path from the working directory, or the whole path, or a part of it from a slash on. */
function matcher(globs: readonly string[]): (file: string) => boolean {
  if (globs.length === 0) return () => false;
  const cwd = process.cwd();
  const patterns = globs.flatMap((glob) =>
    glob.startsWith('/') ? [glob] : [glob.replace(/^\.\//, ''), `**/${glob}`],
  );
  const matches = picomatch()(patterns, { dot: true });
  return (file) => matches(file) || matches(relative(cwd, file));
}

/**
 * Which files are instrumented. The user's own code always; an installed package where any of its files
 * mentions SharedArrayBuffer or Atomics or shares a WebAssembly.Memory (code that never does so can still be handed a
 * shared view: that is why skipped packages are named in the summary); `exclude` and `include` decide otherwise;
 * tsrace itself never.
 */
import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
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
    { include, exclude, directory = process.cwd() }: Pick<Options, 'include' | 'exclude' | 'directory'>,
    /** tsrace's own folder */
    own: string,
    skipped: (name: string, why: string) => void,
  ) {
    this.#own = own + sep;
    this.#included = matcher(include, directory);
    this.#excluded = matcher(exclude, directory);
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

/** `!glob` takes out again what the others match; alone, it matches all else. */
function matcher(globs: readonly string[], directory: string): (file: string) => boolean {
  if (globs.length === 0) return () => false;
  const isNegated = (glob: string): boolean => /^!(?!\()/.test(glob);
  const wanted = globs.filter((glob) => !isNegated(glob)).map((glob) => matches(glob, directory));
  const unwanted = globs.filter(isNegated).map((glob) => matches(glob.slice(1), directory));
  return (file) =>
    (wanted.length === 0 || wanted.some((test) => test(file))) && !unwanted.some((test) => test(file));
}

/**
 * A glob means files, or folders with all in them. It starts from `directory`, through links, or unless it is
 * explicit about that (`./`, `../`, `/`) anywhere after a slash.
 */
function matches(written: string, directory: string): (file: string) => boolean {
  const glob = written.replace(/(?<=.)\/+$/, '');
  const literal = resolve(directory, glob);
  const { base, glob: rest } = picomatch().scan(glob);
  const folder = real(resolve(directory, base));
  const inside = rest === '' ? undefined : withContents(rest);
  const anywhere = /^\.{0,2}(?:\/|$)/.test(glob) ? undefined : withContents(`**/${glob}`);
  return (file) => {
    if (file === literal || anywhere?.(file)) return true;
    if (inside === undefined && file === folder) return true;
    if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return false;
    return inside === undefined || inside(file.slice(folder.length).replace(/^[\\/]/, ''));
  };
}

const withContents = (glob: string): ((path: string) => boolean) =>
  picomatch()([glob, `${glob}/**`], { dot: true });

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

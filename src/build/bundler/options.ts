/** What a bundler's config may say to the plugin. */
import type { DevModule } from './dev-module.ts';

/** All of it may be left out. */
export interface BundlerOptions {
  /** False: the plugin does nothing at all, and no code is changed (`enabled: mode === 'race'`). */
  enabled?: boolean;
  /** Where the code is to run; by default what the bundler's own settings say. */
  target?: 'node' | 'browser';
  /** Globs: instrument these files although they are in node_modules. */
  include?: string | readonly string[];
  /** Globs: do not instrument these files. Wins over `include`. */
  exclude?: string | readonly string[];
  /**
   * Shows races in a corner of the page. By default while developing: with a development server, or in webpack's and
   * rspack's mode `development`.
   */
  overlay?: boolean;
  /** Development servers: also keep a document of all races, as --json writes it, in this file. */
  report?: string;
}

export type Target = 'node' | 'browser';

const CHECKS: Readonly<Record<keyof BundlerOptions, [wanted: string, test: (value: unknown) => boolean]>> = {
  enabled: ['true or false', (value) => typeof value === 'boolean'],
  target: ["'node' or 'browser'", (value) => value === 'node' || value === 'browser'],
  include: ['a glob or a list of globs', isGlobs],
  exclude: ['a glob or a list of globs', isGlobs],
  overlay: ['true or false', (value) => typeof value === 'boolean'],
  report: ['the name of a file', (value) => typeof value === 'string' && value !== ''],
};

function isGlobs(value: unknown): boolean {
  return [value].flat().every((glob) => typeof glob === 'string' && glob !== '');
}

/** Throws in one line what is wrong with them: bundlers show it as it is. */
export function checkOptions(options: BundlerOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(CHECKS, name))
      throw new TypeError(`tsrace: unknown option ${name}; known are ${Object.keys(CHECKS).join(', ')}`);
    const [wanted, test] = CHECKS[name as keyof BundlerOptions];
    if (!test(value)) throw new TypeError(`tsrace: ${name} must be ${wanted}, not ${JSON.stringify(value)}`);
  }
}

/** Of a bundle that no development server has. */
export const shown = ({ overlay = false }: BundlerOptions): DevModule | undefined =>
  overlay ? { overlay } : undefined;

/** For bundlers that have no development server, or none with a hook. */
export function refuseReport({ report }: BundlerOptions, bundler: string): void {
  if (report !== undefined)
    throw new TypeError(
      `tsrace: report is kept by the development servers of vite, webpack and rspack, and ${bundler} has none that tells plugins of requests: leave it out`,
    );
}

export const globsOf = (globs: string | readonly string[] | undefined): string[] => [...[globs ?? []].flat()];

/** What a bundler's config may say to the plugin. */
export interface BundlerOptions {
  /** False: the plugin does nothing at all, and no code is changed (`enabled: mode === 'race'`). */
  enabled?: boolean;
  /** Where the code is to run; by default what the bundler's own settings say. */
  target?: 'node' | 'browser';
  /** Globs: instrument these files although they are in node_modules. */
  include?: string | readonly string[];
  /** Globs: do not instrument these files. Wins over `include`. */
  exclude?: string | readonly string[];
}

export type Target = 'node' | 'browser';

const CHECKS: Readonly<Record<keyof BundlerOptions, [wanted: string, test: (value: unknown) => boolean]>> = {
  enabled: ['true or false', (value) => typeof value === 'boolean'],
  target: ["'node' or 'browser'", (value) => value === 'node' || value === 'browser'],
  include: ['a glob or a list of globs', isGlobs],
  exclude: ['a glob or a list of globs', isGlobs],
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

export const globsOf = (globs: string | readonly string[] | undefined): string[] => [...[globs ?? []].flat()];

/**
 * How `tsrace vitest` gets its vite plugin into every project without a word in the user's config: vitest finds in
 * the place of `vite` a module that is vite, but for the two functions that take a config, to which it adds the
 * plugin. The user's config is loaded and merged as ever; all projects, and vitest 3, 4 and 5, go through them.
 */

const VITEST = /[\\/]vitest[\\/]dist[\\/]/;

/** Whether the module at `url`, with that source, is a part of vitest that imports vite. */
export const importsVite = (url: string, source: string): boolean =>
  VITEST.test(url) && /from ?['"]vite['"]/.test(source);

/**
 * The URL of the module that the user's vitest gets for `specifier`; undefined: `found`.
 * @param found the URL that `specifier` stands for
 * @param plugin the URL of plugin.ts, built
 */
export function facade(
  specifier: string,
  parent: string | undefined,
  found: string,
  plugin: string,
): string | undefined {
  if (specifier !== 'vite' || parent === undefined || !VITEST.test(parent)) return undefined;
  const [vite, inject] = [found, plugin].map((url) => JSON.stringify(url));
  const source = `// not a module of the user's: __tsrace.
import * as vite from ${vite};
import { inject } from ${inject};
export * from ${vite};
export const createServer = (config, ...rest) => vite.createServer(inject(config), ...rest);
export const resolveConfig = (config, ...rest) => vite.resolveConfig(inject(config), ...rest);
`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

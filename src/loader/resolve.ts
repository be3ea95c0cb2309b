/**
 * TypeScript's rule for specifiers: `./x.js` may mean `./x.ts`. Tried only when Node's own resolution failed,
 * so that a program that runs without tsrace resolves as it did.
 */
const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.jsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};

const CODES = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT']);

export const isNotFound = (error: unknown): boolean => CODES.has(`${(error as NodeJS.ErrnoException)?.code}`);

export function alternatives(specifier: string): string[] {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) return [];
  const [, path = '', extension = '', rest = ''] = /^(.*?)(\.[mc]?jsx?)([?#].*)?$/.exec(specifier) ?? [];
  return (ALTERNATIVES[extension] ?? []).map((other) => path + other + rest);
}

/** May resolving what `code` names need this? Also said of names that it only computes with. */
export const namesJavaScript = (code: string): boolean => /\.[mc]?jsx?(?:[?#][^'"`]*)?['"`]/.test(code);

/** What a file name and its package say about a module: language, and `module` or `commonjs` where decided. */
import { readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, sep } from 'node:path';

export type Format = 'module' | 'commonjs';

export interface Language {
  typescript: boolean;
  jsx: boolean;
}

export const JAVASCRIPT: Language = { typescript: false, jsx: false };

const LANGUAGES: Readonly<Record<string, Language>> = {
  '.js': JAVASCRIPT,
  '.mjs': JAVASCRIPT,
  '.cjs': JAVASCRIPT,
  '.jsx': { typescript: false, jsx: true },
  '.ts': { typescript: true, jsx: false },
  '.mts': { typescript: true, jsx: false },
  '.cts': { typescript: true, jsx: false },
  '.tsx': { typescript: true, jsx: true },
};

export const languageOf = (file: string): Language | undefined => LANGUAGES[extname(file)];

/** CommonJS of any other name, or of none (`bin/tool`), is JavaScript to Node. Wrappers that Node compiles are no files. */
export const isCommonJS = (file: string): boolean => languageOf(file) !== undefined || isAbsolute(file);

/** undefined: the syntax decides, as for Node. */
export function formatOf(file: string): Format | undefined {
  const extension = extname(file);
  if (extension === '.mjs' || extension === '.mts') return 'module';
  if (extension === '.cjs' || extension === '.cts') return 'commonjs';
  const { type } = packageOf(file);
  return type === 'module' || type === 'commonjs' ? type : undefined;
}

export interface Package {
  /** folder of the nearest package.json; '' when there is none */
  root: string;
  name: string;
  version: string;
  type: string;
}

const packages = new Map<string, Package>();

export function packageOf(file: string): Package {
  return packageOfFolder(dirname(file));
}

function packageOfFolder(folder: string): Package {
  const known = packages.get(folder);
  if (known !== undefined) return known;
  const above = dirname(folder);
  const found =
    readPackage(folder) ??
    (above === folder || folder.endsWith(`${sep}node_modules`)
      ? { root: '', name: '', version: '', type: '' }
      : packageOfFolder(above));
  packages.set(folder, found);
  return found;
}

function readPackage(root: string): Package | undefined {
  try {
    const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return { root, name: String(name ?? ''), version: String(version ?? ''), type: String(type ?? '') };
  } catch {
    return undefined;
  }
}

/** The root of the installed package that `file` is part of, '' outside node_modules. */
export function installedPackage(file: string): string {
  const marker = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(marker);
  if (at < 0) return '';
  const [scope = '', name = ''] = file.slice(at + marker.length).split(sep);
  return file.slice(0, at + marker.length) + (scope.startsWith('@') ? join(scope, name) : scope);
}

const MODULE_SYNTAX =
  /Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module|Unexpected reserved word|await is only valid in async functions and the top level bodies of modules/;

/** Node's own test for a typeless file: what does not compile as CommonJS for one of these reasons is ESM. */
export function isModuleError(error: unknown): boolean {
  return error instanceof SyntaxError && MODULE_SYNTAX.test(error.message);
}

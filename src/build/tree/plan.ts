/**
 * What is to become of each file of a folder: compiled, copied, or left out because it is made again. Two files that
 * would become one are an error, as they are to tsc.
 */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { type Language, languageOf } from '../../loader/language.ts';

export interface Planned {
  /** absolute */
  from: string;
  /** relative to the folder that is built into */
  to: string;
  /** of what is compiled; the rest is copied */
  language?: Language;
}

export interface Plan {
  files: Planned[];
  /** folders that the result links to: packages are not part of the program */
  modules: { from: string; to: string }[];
  /** two files for one name */
  clashes: { first: string; second: string; to: string }[];
}

const COMPILED: Readonly<Record<string, string>> = {
  '.ts': '.js',
  '.tsx': '.js',
  '.jsx': '.js',
  '.mts': '.mjs',
  '.cts': '.cjs',
};

/** The name of what tsc makes of a file. */
export const outputOf = (file: string): string =>
  file.replace(/\.(?:[cm]?ts|tsx|jsx)$/, (extension) => COMPILED[extension]!);

const isDeclaration = (name: string): boolean => /\.d(?:\.[^.]+)?\.[cm]?ts$/.test(name);

export function planTree(root: string): Plan {
  const plan: Plan = { files: [], modules: [], clashes: [] };
  planFolder(root, root, plan, new Set([realpathSync(root)]));
  return plan;
}

function planFolder(root: string, folder: string, plan: Plan, above: ReadonlySet<string>): void {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(entries.map(({ name }) => name));
  const made = new Map<string, string>();
  for (const entry of entries) {
    const { name } = entry;
    const from = join(folder, name);
    const to = relative(root, from);
    const kind = kindOf(entry, from);
    if (kind === 'folder') {
      if (name === '.git') continue;
      if (name === 'node_modules') {
        plan.modules.push({ from, to });
        continue;
      }
      const real = realpathSync(from);
      if (!above.has(real)) planFolder(root, from, plan, new Set([...above, real]));
    } else if (kind === 'file' && !isMadeOf(name, names)) {
      const language = isDeclaration(name) ? undefined : languageOf(name);
      const output = language ? outputOf(to) : to;
      const first = made.get(output);
      if (first !== undefined) plan.clashes.push({ first, second: from, to: output });
      made.set(output, from);
      plan.files.push({ from, to: output, ...(language && { language }) });
    }
  }
}

/** Through links; what is neither (a socket, a link to nothing) is left out. */
function kindOf(entry: Dirent, path: string): 'file' | 'folder' | undefined {
  const stats = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
  return stats?.isFile() ? 'file' : stats?.isDirectory() ? 'folder' : undefined;
}

/** JavaScript that a compiler left beside its source; and the map of any JavaScript, which gets one to its new text. */
function isMadeOf(name: string, beside: ReadonlySet<string>): boolean {
  if (name.endsWith('.map'))
    return beside.has(basename(name, '.map')) && languageOf(basename(name, '.map')) !== undefined;
  const extension = extname(name);
  const stem = basename(name, extension);
  return (SOURCES[extension] ?? []).some((source) => beside.has(stem + source));
}

const SOURCES: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.jsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};

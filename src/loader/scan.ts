/**
 * Does an installed package touch shared memory? Its JavaScript files are searched for what makes it or
 * names it, once for each package, and the answer is kept on disk under the package's path, version and time of
 * installation.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, readCached, writeCached } from './store.ts';

const known = new Map<string, boolean>();
/** Glue code for WebAssembly makes its memory shared, and names neither. */
const NAMES = /SharedArrayBuffer|\bAtomics\b|\bWebAssembly\.Memory\([^;]{0,400}\bshared\b/;

export const mentionsSharedMemory = (code: string): boolean => NAMES.test(code);

export function touchesSharedMemory(root: string): boolean {
  let answer = known.get(root);
  if (answer === undefined) {
    answer = recall(root);
    known.set(root, answer);
  }
  return answer;
}

function recall(root: string): boolean {
  const manifest = join(root, 'package.json');
  let stamp: string;
  try {
    const { mtimeMs, ino } = statSync(manifest);
    stamp = `${NAMES.source} ${root} ${mtimeMs} ${ino} ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
  } catch {
    return search(root);
  }
  const key = `package-${createHash('sha1').update(stamp).digest('hex')}`;
  const folder = cacheFolder(root);
  const cached = readCached(folder, key);
  if (cached === '0' || cached === '1') return cached === '1';
  const found = search(root);
  writeCached(folder, key, found ? '1' : '0');
  return found;
}

function search(folder: string): boolean {
  try {
    return readdirSync(folder, { withFileTypes: true }).some((entry) => {
      if (entry.isDirectory()) return entry.name !== 'node_modules' && search(join(folder, entry.name));
      return /\.[mc]?[jt]sx?$/.test(entry.name) && !/\.d\.[mc]?ts$/.test(entry.name)
        ? NAMES.test(readFileSync(join(folder, entry.name), 'latin1'))
        : false;
    });
  } catch {
    return false;
  }
}

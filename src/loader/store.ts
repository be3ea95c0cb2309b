/**
 * Small files on disk that outlive a run. Written beside and renamed, so a reader sees a whole file or none;
 * nothing here throws, since a cache that cannot be used is no reason for a program to fail.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { threadId } from 'node:worker_threads';

const folders = new Map<string, string>();

/** `node_modules/.cache/tsrace` of the nearest package that has a node_modules, else one in the temp folder. */
export function cacheFolder(file: string): string {
  const marker = `${sep}node_modules${sep}`;
  const start = file.includes(marker) ? file.slice(0, file.indexOf(marker)) : dirname(file);
  let found = folders.get(start);
  if (found === undefined) {
    found = locate(start);
    folders.set(start, found);
  }
  return found;
}

function locate(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) || dirname(folder) === folder) {
      const modules = join(folder, 'node_modules');
      if (!existsSync(modules)) break;
      const cache = join(modules, '.cache', 'tsrace');
      try {
        mkdirSync(cache, { recursive: true });
        return cache;
      } catch {
        break;
      }
    }
  }
  return temporary();
}

/** In a folder that others may write to, only a directory of our own is trusted: what it holds is run. */
function temporary(): string {
  const cache = join(tmpdir(), `tsrace-cache-${process.getuid?.() ?? userInfo().username}`);
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(cache);
    if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) return '';
    return cache;
  } catch {
    return '';
  }
}

export function readCached(folder: string, name: string): string | undefined {
  if (folder === '') return undefined;
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * What `writeSealed` wrote, if nothing is wrong with it: somebody believes it who cannot know. undefined: make it again.
 */
export function readSealed(folder: string, name: string): Buffer | undefined {
  if (folder === '') return undefined;
  try {
    const all = readFileSync(join(folder, name));
    const content = all.subarray(0, -DIGEST_BYTES);
    return digestOf(content).equals(all.subarray(-DIGEST_BYTES)) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** Writes `content` with a digest behind it. */
export function writeSealed(folder: string, name: string, content: Uint8Array): boolean {
  return writeCached(folder, name, Buffer.concat([content, digestOf(content)]));
}

const DIGEST_BYTES = 20;
const digestOf = (content: Uint8Array): Buffer => createHash('sha1').update(content).digest();

/** What could not be written, for as long as this thread lives. */
const kept = new Map<string, string>();

/** A file of the cache by its path. @throws where there is none, on disk or kept */
export const readKept = (path: string): string => kept.get(path) ?? readFileSync(path, 'utf8');

export const isKept = (path: string): boolean => kept.has(path);

/** Is the file as long as it was when it was written? */
export function isWhole(path: string, size: number): boolean {
  return kept.has(path) || statSync(path, { throwIfNoEntry: false })?.size === size;
}

/** Beside a map to compiled code: the one to what that was compiled from. */
export const originalOf = (map: string): string => map.replace(/\.map$/, '.original.map');

let written = 0;

/** Whether it could be written: on a full or read-only disk the next run makes it again. */
export function writeCached(folder: string, name: string, content: string | Uint8Array): boolean {
  if (folder === '') return false;
  const path = join(folder, name);
  return write(folder, path, content) || write(folder, path, content);
}

/** The same for what this thread asks for later (`readKept`). */
export function keepCached(folder: string, name: string, content: string): void {
  if (!writeCached(folder, name, content)) kept.set(join(folder, name), content);
}

function write(folder: string, path: string, content: string | Uint8Array): boolean {
  const beside = `${path}.${process.pid}-${threadId}-${written++}.tmp`;
  try {
    writeFileSync(beside, content);
    renameSync(beside, path);
    return true;
  } catch {
    try {
      rmSync(beside, { force: true });
      // somebody may have cleaned up
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch {
      // it cannot be used
    }
    return false;
  }
}

/**
 * Source text for documents that bring none: read from the folder where `tsrace view` runs. The document names the
 * files, and may come from anybody, while the page made of it may go to somebody else: so nothing is read that lies
 * outside that folder, that is no source file, or that is larger than any is.
 */
import { closeSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { extname, isAbsolute, relative, resolve, sep } from 'node:path';

const SOURCE = /^\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/i;
const MAX_SIZE = 4 * 1024 * 1024;
/** of all files together */
const MAX_TOTAL = 256 * 1024 * 1024;

export interface SourceFile {
  lines: string[];
  /** when it was last changed, as Date does */
  changed: number;
}

export class ProjectFiles {
  readonly #root: string;
  readonly #files = new Map<string, SourceFile | undefined>();
  #total = 0;

  constructor(root: string) {
    this.#root = realpathSync(root);
  }

  get(file: string): SourceFile | undefined {
    if (!this.#files.has(file)) this.#files.set(file, this.#read(file));
    return this.#files.get(file);
  }

  /** For whoever reads texts by name; it throws where there is none to be read. */
  reader(): (file: string) => string {
    return (name) => {
      const file = this.get(name);
      if (file === undefined) throw new Error('no source file of this project');
      return file.lines.join('\n');
    };
  }

  #read(file: string): SourceFile | undefined {
    if (!SOURCE.test(extname(file)) || file.includes('\0')) return undefined;
    let descriptor: number | undefined;
    try {
      const path = realpathSync(resolve(this.#root, file));
      const inside = relative(this.#root, path);
      if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return undefined;
      if (!SOURCE.test(extname(path))) return undefined;
      descriptor = openSync(path, 'r');
      const stats = fstatSync(descriptor);
      if (!stats.isFile() || stats.size > MAX_SIZE || this.#total + stats.size > MAX_TOTAL) return undefined;
      this.#total += stats.size;
      return {
        lines: readFileSync(descriptor, 'utf8').split(/\r\n|[\n\r\u2028\u2029]/),
        changed: stats.mtimeMs,
      };
    } catch {
      return undefined;
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

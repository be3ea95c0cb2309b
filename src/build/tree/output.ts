/**
 * The folder that is built into. It keeps a list of what was written, so that the next build can take away what is no
 * longer made, and so that nothing else is ever written over: a program for users must not become one with tsrace in it.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { OptionError } from '../../options.ts';
import { version } from '../../version.ts';

const LIST = '.tsrace-build.json';

export class OutputFolder {
  readonly #root: string;
  readonly #before: readonly string[];
  readonly #written = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.#before = listed(root);
  }

  copy(from: string, to: string): void {
    const path = this.#place(to);
    // the old one may be read-only
    rmSync(path, { force: true });
    copyFileSync(from, path);
  }

  /** `like`: has the permissions */
  write(to: string, text: string, like: string): void {
    const path = this.#place(to);
    rmSync(path, { force: true });
    writeFileSync(path, text);
    chmodSync(path, statSync(like).mode);
  }

  link(from: string, to: string): void {
    const path = this.#place(to);
    rmSync(path, { force: true, recursive: false });
    symlinkSync(relative(dirname(path), from), path, 'junction');
  }

  /** Notes what is to come, so that a build that is broken off can be taken away. */
  announce(names: readonly string[]): void {
    mkdirSync(this.#root, { recursive: true });
    this.#keep([...new Set([...this.#before, ...names])]);
  }

  /** Removes what an earlier build made and this one did not. */
  finish(): void {
    for (const name of this.#before) if (!this.#written.has(name)) this.#remove(name);
    this.#keep([...this.#written].sort());
  }

  #keep(files: readonly string[]): void {
    writeFileSync(join(this.#root, LIST), `${JSON.stringify({ tsrace: version, files }, null, 1)}\n`);
  }

  #place(name: string): string {
    this.#written.add(name);
    const path = join(this.#root, name);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  #remove(name: string): void {
    const path = resolve(this.#root, name);
    if (relative(this.#root, path).startsWith('..')) return;
    rmSync(path, { force: true });
    for (let folder = dirname(path); folder !== this.#root; folder = dirname(folder)) {
      try {
        rmdirSync(folder);
      } catch {
        return;
      }
    }
  }
}

/** What is in the folder of an earlier build. */
function listed(root: string): string[] {
  if (!existsSync(root)) return [];
  const shown = JSON.stringify(root);
  if (!statSync(root).isDirectory()) throw new OptionError(`--out-dir ${shown} is a file: name a folder`);
  const list = join(root, LIST);
  if (!existsSync(list)) {
    if (readdirSync(root).length === 0) return [];
    throw new OptionError(
      `--out-dir ${shown} has files that tsrace build did not write: name another folder, or empty it`,
    );
  }
  try {
    const { files } = JSON.parse(readFileSync(list, 'utf8')) as { files: string[] };
    return files.filter((name) => typeof name === 'string');
  } catch {
    return [];
  }
}

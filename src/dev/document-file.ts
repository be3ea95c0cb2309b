/**
 * The document of a development server, in a file that is whole whenever somebody reads it: a new one takes its place.
 * A server is ended by ctrl-C without a word, so what is new is written at once, and only a rush of it together.
 */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { renderJson } from '../report/render/json.ts';
import type { RaceDocument } from '../report/report.ts';
import { writeFully } from '../report/write.ts';

const PAUSE_MS = 500;

export class DocumentFile {
  readonly #name: string;
  readonly #path: string;
  readonly #document: () => RaceDocument;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #hasFailed = false;

  /** Throws in one line where it cannot be written. */
  constructor(root: string, name: string, document: () => RaceDocument) {
    this.#name = name;
    this.#path = resolve(root, name);
    this.#document = document;
    const folder = dirname(this.#path);
    const wrong = isFolder(this.#path)
      ? 'it is a folder'
      : isFolder(folder)
        ? undefined
        : `there is no folder ${folder}`;
    if (wrong !== undefined) throw new TypeError(`tsrace: cannot write report ${name}: ${wrong}`);
  }

  changed(): void {
    this.#isDue = true;
    if (this.#timer !== undefined) return;
    this.flush();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, PAUSE_MS).unref();
  }

  flush(): void {
    if (this.#isDue) this.write();
  }

  write(): void {
    this.#isDue = false;
    const fresh = `${this.#path}.${process.pid}.new`;
    try {
      writeFileSync(fresh, renderJson(this.#document()));
      renameSync(fresh, this.#path);
      this.#hasFailed = false;
    } catch (error) {
      rmSync(fresh, { force: true });
      if (!this.#hasFailed)
        writeFully(2, `tsrace: cannot write report ${this.#name}: ${(error as Error).message}\n`);
      this.#hasFailed = true;
    }
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

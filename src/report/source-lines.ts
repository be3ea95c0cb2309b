/** The lines of the files that a report names, as they stand now. Each file is read once. */
import { readFileSync } from 'node:fs';

export class SourceLines {
  readonly #prefix: string;
  readonly #files = new Map<string, readonly string[] | undefined>();

  /** @param prefix what the names of the files leave out */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  of(file: string): readonly string[] | undefined {
    if (!this.#files.has(file)) this.#files.set(file, this.#read(file));
    return this.#files.get(file);
  }

  #read(file: string): readonly string[] | undefined {
    for (const path of [file, this.#prefix + file]) {
      try {
        return readFileSync(path, 'utf8').split(/\r\n|[\n\r\u2028\u2029]/);
      } catch {
        // stripped, or not a file (`data:`, `[eval]`)
      }
    }
    return undefined;
  }
}

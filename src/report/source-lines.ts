/**
 * The lines of the files that a report names, as they stand now. Each file is read once. A module that was built
 * elsewhere may have brought its source along.
 */
import { readText } from './platform.ts';

/** what is longer was generated, and is nobody's to read */
const MAX_LINE = 400;

export class SourceLines {
  readonly #prefix: string;
  readonly #readFile: (path: string) => string;
  readonly #files = new Map<string, readonly string[] | undefined>();

  readonly #carried: (file: string) => string | undefined;

  /**
   * @param prefix what the names of the files leave out
   * @param carried the source that came with the program
   * @param readFile throws when there is no such file, or it is not to be read
   */
  constructor(
    prefix: string,
    carried: (file: string) => string | undefined = () => undefined,
    readFile: (path: string) => string = readText,
  ) {
    this.#prefix = prefix;
    this.#carried = carried;
    this.#readFile = readFile;
  }

  of(file: string): readonly string[] | undefined {
    if (!this.#files.has(file)) this.#files.set(file, this.#read(file));
    return this.#files.get(file);
  }

  line(file: string, line: number): string | undefined {
    return this.of(file)?.[line - 1];
  }

  /** Lines from … to, as many of them as there are; long ones are cut. */
  some(file: string, from: number, to: number): string[] {
    const lines = this.of(file)?.slice(from - 1, to) ?? [];
    return lines.map((text) => (text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text));
  }

  #read(file: string): readonly string[] | undefined {
    for (const path of [file, this.#prefix + file]) {
      try {
        return (this.#carried(path) ?? this.#readFile(path)).split(/\r\n|[\n\r\u2028\u2029]/);
      } catch {
        // stripped, or not a file (`data:`, `[eval]`)
      }
    }
    return undefined;
  }
}

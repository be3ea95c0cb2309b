/**
 * The lines of the files that a report names, as they stand now. Each file is read once. A module that was built
 * elsewhere may have brought its source along: of a file that was edited meanwhile there are several, and a place has
 * that of its module.
 */
import { readText } from './platform.ts';

/** what is longer was generated, and is nobody's to read */
const MAX_LINE = 400;

const NEW_LINE = /\r\n|[\n\r\u2028\u2029]/;

/** A frame, of a report or of a thread. */
interface Place {
  file: string;
  line: number;
  source?: number;
}

export class SourceLines {
  readonly #prefix: string;
  readonly #readFile: (path: string) => string;
  readonly #files = new Map<string, readonly string[] | undefined>();

  readonly #carried: ((source: number) => string) | undefined;
  readonly #texts = new Map<number, readonly string[]>();
  /** of frames */
  readonly #sources = new WeakMap<Place, number>();

  /**
   * @param prefix what the names of the files leave out
   * @param carried the text of a source that came with the program
   * @param readFile throws when there is no such file, or it is not to be read
   */
  constructor(
    prefix: string,
    carried?: (source: number) => string,
    readFile: (path: string) => string = readText,
  ) {
    this.#prefix = prefix;
    this.#carried = carried;
    this.#readFile = readFile;
  }

  /** A place that is named by its file has its text from there. */
  note(place: Place, source: number | undefined): void {
    if (source !== undefined) this.#sources.set(place, source);
  }

  of(place: Place): readonly string[] | undefined {
    const source = place.source ?? this.#sources.get(place);
    if (source !== undefined && this.#carried !== undefined) {
      const text = this.#texts.get(source) ?? this.#carried(source).split(NEW_LINE);
      this.#texts.set(source, text);
      return text;
    }
    const { file } = place;
    if (!this.#files.has(file)) this.#files.set(file, this.#read(file));
    return this.#files.get(file);
  }

  line(place: Place): string | undefined {
    return this.of(place)?.[place.line - 1];
  }

  /** Whether two places are in the same text. */
  same(a: Place, b: Place): boolean {
    return a.file === b.file && this.of(a) === this.of(b);
  }

  /** Lines from … to, as many of them as there are; long ones are cut. */
  some(place: Place, from: number, to: number): string[] {
    const lines = this.of(place)?.slice(from - 1, to) ?? [];
    return lines.map((text) => (text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text));
  }

  #read(file: string): readonly string[] | undefined {
    for (const path of [file, this.#prefix + file]) {
      try {
        return this.#readFile(path).split(NEW_LINE);
      } catch {
        // stripped, or not a file (`data:`, `[eval]`)
      }
    }
    return undefined;
  }
}

/** The document of this page, and what is looked up in it all the time. */
import type { PageData, PageSource, PageTimeline } from '../report/page-data.ts';
import {
  type Frame,
  type RaceDocument,
  type RaceReport,
  type ThreadReport,
  threadName,
} from '../report/report.ts';

export interface Excerpt {
  from: number;
  lines: string[];
  /** the file is not what it was when the race was seen */
  changed: boolean;
}

export class Store {
  readonly document: RaceDocument;
  readonly timeline: PageTimeline | undefined;
  readonly #sources = new Map<string, PageSource[]>();
  readonly #threads: Map<string, ThreadReport>;

  constructor({ document, sources, timeline }: PageData) {
    this.document = document;
    this.timeline = timeline;
    this.#threads = new Map(document.threads.map((thread) => [thread.id, thread]));
    for (const source of sources) {
      const found = this.#sources.get(source.file);
      if (found === undefined) this.#sources.set(source.file, [source]);
      else found.push(source);
    }
  }

  thread(id: string): ThreadReport | undefined {
    return this.#threads.get(id);
  }

  /** As in the text; the process is named where there are several. */
  nameOf(id: string): string {
    const thread = this.#threads.get(id);
    return threadName(id, thread === undefined ? [] : [thread]);
  }

  /** The lines around a place, at most `around` of them on each side. */
  excerpt(race: RaceReport, { file, line }: Frame, around: number): Excerpt | undefined {
    const own = race.sources?.find((one) => one.file === file && holds(one, line));
    const found = own ?? this.#sources.get(file)?.find((one) => holds(one, line));
    if (found === undefined) return undefined;
    const first = Math.max(found.from, line - around);
    return {
      from: first,
      lines: found.lines.slice(first - found.from, line + around + 1 - found.from),
      changed: 'changed' in found && found.changed === true,
    };
  }
}

const holds = ({ from, lines }: { from: number; lines: string[] }, line: number): boolean =>
  line >= from && line < from + lines.length;

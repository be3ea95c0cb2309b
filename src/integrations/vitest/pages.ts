/**
 * In vitest's process: what the pages of browser mode say (page-testing.ts) goes into the run, each page as a process
 * of its own. It comes from the program's own page, so each value is checked and bounded as in a document that anybody
 * may have written.
 */
import { isAbsolute, resolve } from 'node:path';
import {
  array,
  boolean,
  type Check,
  either,
  integer,
  nullable,
  object,
  pair,
  string,
  WrongValue,
  whole,
} from '../../report/check.ts';
import { Coverage } from '../../report/coverage.ts';
import { race, summary, thread } from '../../report/document.ts';
import { renamed } from '../../report/merge.ts';
import type { Excerpt, Report, ThreadReport } from '../../report/report.ts';
import type { PageRun } from '../../report/sink.ts';
import { strip } from '../../report/symbolize.ts';
import type { News, Verdict } from './page-message.ts';

export interface PagesSetup {
  open(): PageRun;
  /** what reports leave out of file names */
  prefix: string;
}

/** Who speaks. */
export interface Speaker {
  /** of the server, whose URLs threads have as names */
  root: string;
  /** the test file that runs */
  file: string | undefined;
  /** whether the runner shows the source of that file */
  shows(file: string): boolean;
}

/** characters of a message */
const MAX_MESSAGE = 64 * 1024 * 1024;

export class Pages {
  readonly #setup: PagesSetup;
  readonly #pages = new Map<number, { run: PageRun; heard: Set<number> }>();

  constructor(setup: PagesSetup) {
    this.#setup = setup;
  }

  /** @returns undefined: the page is not checked */
  hear(message: unknown, speaker: Speaker): Verdict[] | undefined {
    const news = parsed(message);
    if (news === null) return undefined;
    const { analysis, reports, told, end } = news;
    const page = this.#pages.get(analysis) ?? { run: this.#setup.open(), heard: new Set() };
    this.#pages.set(analysis, page);
    const { run, heard } = page;
    const { prefix } = this.#setup;
    const rename = (id: string): string => run.name + id.slice(id.indexOf(':'));
    const threadOf = (one: ThreadReport): ThreadReport => ({
      ...one,
      id: rename(one.id),
      parent: one.parent === null ? null : rename(one.parent),
      file:
        one.parent === null
          ? strip(speaker.file ?? one.file, prefix)
          : strip(fileOf(one.file, speaker.root), prefix),
    });
    const verdicts = reports.map(([order, { race, threads, excerpts }]): Verdict => {
      if (heard.has(order)) throw new WrongValue(`reports has race ${order}, which was told before`);
      heard.add(order);
      const suppressed = run.race(order, {
        race: renamed(race, rename),
        threads: threads.map(threadOf),
        excerpts,
      });
      const file = resolve(prefix, race.accesses[0].frames[0]?.file ?? '');
      return { suppressed: suppressed !== undefined, ...(speaker.shows(file) && { shown: file }) };
    });
    for (const [order, expected] of told) run.told(order, expected);
    const files = new Coverage();
    files.add(end.summary.files ?? [], rename);
    const { counts, summary } = end;
    run.ended({ counts, threads: end.threads.map(threadOf), summary: { ...summary, files: files.result() } });
    return verdicts;
  }
}

/** The path of a URL of vite's server; what is no such URL stays. */
function fileOf(url: string, root: string): string {
  if (/^(?:data|blob|https?):/.test(url)) return url;
  const path = url.replace(/[?#].*$/s, '');
  if (path.startsWith('@fs/')) return path.slice('@fs'.length);
  return isAbsolute(path) ? path : resolve(root, path);
}

const excerpt: Check<Excerpt> = object<Excerpt>({
  role: either('current', 'previous'),
  line: whole,
  column: whole,
  text: string,
});

const report: Check<Report> = object<Report>({
  race,
  threads: array(thread, 100_000),
  excerpts: array(excerpt, 100),
});

const news: Check<News | null> = nullable(
  object<News>({
    analysis: integer,
    reports: array(pair(whole, report), 100_000),
    told: array(pair(whole, boolean), 100_000),
    end: object<News['end']>({ threads: array(thread, 1_000_000), summary, counts: array(whole, 1_000_000) }),
  }),
);

function parsed(message: unknown): News | null {
  if (typeof message !== 'string' || message.length > MAX_MESSAGE)
    throw new WrongValue('must be a string of at most 64 MiB');
  return news(JSON.parse(message));
}

/**
 * The races of a context: those of all its pages, their popups and frames, and of pages that have gone since. Each is
 * known as soon as the page knows it.
 */
import { knownNow } from '../remote/known-now.ts';
import { readMessage } from '../remote/message.ts';
import { type Fresh, Pages } from '../remote/pages.ts';
import type { RaceDocument, RaceReport, Report } from '../report/report.ts';
import { reportOf } from '../view/print.ts';
import { ProjectFiles } from '../view/project-files.ts';
import { gather, listen, type WatchedContext, type WatchedPage } from './context.ts';
import { DataRaceError } from './data-race-error.ts';

export interface RaceWatch {
  /** The races since the watch began, but for those that `tsrace.suppressions` says are known. */
  races(): Promise<RaceReport[]>;
  /** The same; from then on they fail nothing. For a test that expects a race. */
  take(): Promise<RaceReport[]>;
  /** Throws a DataRaceError if there are races that were not taken. */
  check(): Promise<void>;
  /** All of it, as `--json` writes it for a program. */
  document(): Promise<RaceDocument>;
  /** `check`, at the end of a block: `await using watch = await watchRaces(page)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param target a page stands for its context */
export async function watchRaces(target: WatchedPage | WatchedContext): Promise<RaceWatch> {
  const context = 'context' in target ? target.context() : target;
  const watch = new Watch(context);
  await listen(context, watch.hear);
  return watch;
}

class Watch implements RaceWatch {
  readonly #context: WatchedContext;
  readonly #pages = new Pages(() => knownNow('.', `${process.cwd()}/`));
  readonly #found: Fresh[] = [];
  #taken = 0;
  /** what a page sent cannot be read, or the suppressions cannot */
  #trouble: { error: unknown } | undefined;

  constructor(context: WatchedContext) {
    this.#context = context;
  }

  readonly hear = (text: unknown): void => {
    try {
      this.#found.push(...this.#pages.take(readMessage(text)));
    } catch (error) {
      this.#trouble ??= { error };
    }
  };

  async races(): Promise<RaceReport[]> {
    await this.#ask();
    return this.#reports(0).map(({ race }) => race);
  }

  async take(): Promise<RaceReport[]> {
    return (await this.#untaken()).map(({ race }) => race);
  }

  async check(): Promise<void> {
    const reports = await this.#untaken();
    if (reports.length > 0) throw new DataRaceError(reports);
  }

  async document(): Promise<RaceDocument> {
    await gather(this.#context.pages());
    return this.#pages.document();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.check();
  }

  async #ask(): Promise<void> {
    await gather(this.#context.pages());
    if (this.#trouble !== undefined) throw this.#trouble.error;
  }

  async #untaken(): Promise<Report[]> {
    await this.#ask();
    const reports = this.#reports(this.#taken);
    this.#taken += reports.length;
    return reports;
  }

  /** With the counts of now. */
  #reports(from: number): Report[] {
    const found = this.#found.slice(from);
    const counts = new Map(this.#pages.document().races.map(({ id, count }) => [id, count]));
    const files = new ProjectFiles(process.cwd());
    return found.map(({ race, threads }) =>
      reportOf({ ...race, count: counts.get(race.id) ?? race.count }, threads, files),
    );
  }
}

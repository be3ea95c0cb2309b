/** What a page says to vitest's process, and what it hears. */
import type { RaceDocument, Report } from '../../report/report.ts';

/** The name of a command: vitest keeps those that begin so to itself. */
export const COMMAND = '__vitest_tsrace';

interface Runner {
  commands: { triggerCommand(name: string, args: unknown[]): Promise<Verdict[]> };
}

/** null: this page is not checked. */
export function send(news: News | null): Promise<Verdict[]> {
  const { commands } = (globalThis as unknown as { __vitest_browser_runner__: Runner })
    .__vitest_browser_runner__;
  return commands.triggerCommand(COMMAND, [JSON.stringify(news)]);
}

export interface News {
  /** tells this page from others */
  analysis: number;
  /** by their places: the races that have not been told before, as far as their threads have written them */
  reports: [order: number, report: Report][];
  /** by their places: a test has told them, or expected them */
  told: [order: number, expected: boolean][];
  /** should the page end now */
  end: Pick<RaceDocument, 'threads' | 'summary'> & { counts: number[] };
}

/** On a report. */
export interface Verdict {
  suppressed: boolean;
  /** the file of its current access, if the runner shows its source */
  shown?: string;
}

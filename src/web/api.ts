/** What a page says of its races: `window.__tsrace__`, for tests, and for a dev server that passes them on. */
import type { RaceDocument, RaceReport, Report } from '../report/report.ts';

export type { RaceDocument, RaceReport, Report };

export interface Tsrace {
  /** the races found so far, by any thread of the page */
  races(): RaceReport[];
  /** all that `--json` writes for a program */
  document(): RaceDocument;
  /** Calls `told` with each race's report, earlier ones included. What it returns takes `told` off. */
  onRace(told: (report: Report) => void): () => void;
}

declare global {
  interface Window {
    /** there where the page is checked */
    readonly __tsrace__?: Tsrace;
  }
}

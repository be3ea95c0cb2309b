/** `tsrace/playwright-core`: races in tests that drive a browser by playwright or playwright-core. */
export type { WatchedContext, WatchedPage } from './playwright/context.ts';
export { DataRaceError } from './playwright/data-race-error.ts';
export { type RaceWatch, watchRaces } from './playwright/watch.ts';
export type { RaceDocument, RaceReport } from './report/report.ts';

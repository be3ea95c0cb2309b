/** The entry `tsrace/vitest`: the plugin for vitest.config.ts, and what a test can say about races. */
export { expectNoRace, expectRace, races } from './integrations/assertions.ts';
export { default, type TsracePlugin } from './integrations/vitest/plugin.ts';
export type { RaceReport } from './report/report.ts';

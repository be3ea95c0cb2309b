/** The public types: the document that `tsrace --json FILE` writes. */
export type {
  AccessReport,
  Frame,
  LocationReport,
  RaceDocument,
  RaceReport,
  Summary,
  Suppressed,
  ThreadReport,
  Uninstrumented,
} from './report/report.ts';
export { version } from './version.ts';

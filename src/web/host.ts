/**
 * A test runner that has opened the page says so before any code of ours runs: then it tells the races by itself, and
 * finds the thread's runtime where Node's preload would leave its own (src/preload.ts).
 */
import type { ThreadRuntime } from '../../runtime/contract.ts';
import type { RaceDocument } from '../report/report.ts';

/** What the runner leaves, as a global. */
export interface Host {
  /** the broadcast channels of that prefix are its own */
  channels: string;
  /** what reports leave out of file names */
  prefix: string;
}

/** What it finds. */
export interface HostedPage {
  host: Host;
  runtime: ThreadRuntime;
  /** tells this analysis from others */
  analysis: number;
  document(): RaceDocument;
}

const HOST: symbol = Symbol.for('tsrace.host');
const STARTED: symbol = Symbol.for('tsrace.started');

export const host: Host | undefined = (globalThis as { [HOST]?: Host })[HOST];

export function leave(page: HostedPage): void {
  Object.defineProperty(globalThis, STARTED, { value: page });
}

/** handle.ts on a page of a browser (scripts/build.mjs). */
import type { HostedPage } from '../web/host.ts';
import type * as node from './handle.ts';
import { handleOf } from './vitest/page-testing.ts';

const STARTED: symbol = Symbol.for('tsrace.started');

/** one for all modules that bring this one */
interface Left extends HostedPage {
  handle?: node.Handle;
}

export const handle: typeof node.handle = () => {
  const page = (globalThis as { [STARTED]?: Left })[STARTED];
  if (page === undefined) return undefined;
  page.handle ??= handleOf(page);
  return page.handle;
};

/** The version of the package: a constant in a bundle (scripts/build.mjs), elsewhere read from its package.json. */
import { createRequire } from 'node:module';

declare const TSRACE_VERSION: string | undefined;

export const version: string = typeof TSRACE_VERSION === 'string' ? TSRACE_VERSION : read();

function read(): string {
  const require = createRequire(import.meta.url);
  return (require('tsrace/package.json') as { version: string }).version;
}

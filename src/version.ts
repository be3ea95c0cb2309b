/** The version of the package, read from its package.json: two levels up in the source and one in a bundle. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const version: string = (require('tsrace/package.json') as { version: string }).version;

/**
 * What a report takes from Node. The build for browsers puts src/web/report-platform.ts in the place of this module
 * (scripts/build.mjs); what else imports `node:` is no part of that build.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export { sep } from 'node:path';

/** SHA-256, in hex */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Throws for what is no file. */
export const readText = (path: string): string => readFileSync(path, 'utf8');

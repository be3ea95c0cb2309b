/** What the build has made for pages, beside what tsc has made of this module, or makes of it, in tests. */
import { readFileSync } from 'node:fs';

const DIST = new URL(import.meta.url.endsWith('.ts') ? '../../dist/' : '../../', import.meta.url);

export const built = (name: string): string => readFileSync(new URL(name, DIST), 'utf8').trim();

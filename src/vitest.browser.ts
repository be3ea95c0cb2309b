/** The entry `tsrace/vitest` on a page of vitest's browser mode: what a test can say about races, and the setup file. */
export { expectNoRace, expectRace, races } from './integrations/assertions.ts';
export { install } from './integrations/vitest/page.ts';

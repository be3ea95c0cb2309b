/** `tsrace/playwright`: `test` of @playwright/test, which fails when a page of the test has a race. */
import { test as base } from '@playwright/test';
import { type RaceTest, raceFixtures } from './playwright/fixtures.ts';

export { expect } from '@playwright/test';
export { type RaceFixtures, type RaceTest, raceFixtures } from './playwright/fixtures.ts';
export * from './playwright-core.ts';

export const test: RaceTest = base.extend(raceFixtures);

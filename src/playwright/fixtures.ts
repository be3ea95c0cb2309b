/**
 * Fixtures of @playwright/test. The context that a test gets is watched, so a test without a browser starts none. A race
 * fails the test also where it is expected to fail: that is not what was expected.
 */
import type {
  BrowserContext,
  Fixtures,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestInfo,
  TestType,
} from '@playwright/test';
import { DataRaceError, shortStack } from './data-race-error.ts';
import { type RaceWatch, watchRaces } from './watch.ts';

export interface RaceFixtures {
  /** the races of the test's context */
  races: RaceWatch;
}

type TestArgs = PlaywrightTestArgs & PlaywrightTestOptions;
type WorkerArgs = PlaywrightWorkerArgs & PlaywrightWorkerOptions;
export type RaceTest = TestType<TestArgs & RaceFixtures, WorkerArgs>;

const watches: WeakMap<BrowserContext, RaceWatch> = new WeakMap();

/** For `test.extend(raceFixtures)`, where there is a `test` already. */
export const raceFixtures: Fixtures<RaceFixtures, object, TestArgs, WorkerArgs> = {
  context: async ({ context }, use, testInfo) => {
    const watch = await watchRaces(context);
    watches.set(context, watch);
    await use(context);
    await conclude(watch, testInfo);
  },
  races: async ({ context }, use) => {
    await use(watches.get(context) ?? (await watchRaces(context)));
  },
};

async function conclude(watch: RaceWatch, testInfo: TestInfo): Promise<void> {
  try {
    await watch.check();
  } catch (error) {
    const body = JSON.stringify(await watch.document(), null, 2);
    await testInfo.attach('races.json', { body, contentType: 'application/json' });
    testInfo.expectedStatus = 'passed';
    if (error instanceof DataRaceError) error.stack = shortStack(error);
    throw error;
  }
}

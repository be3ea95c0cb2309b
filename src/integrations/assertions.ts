/**
 * What a test can say about races. Each assertion is a cause of its own within the test (runtime/causes.ts): what
 * its body starts, workers and messages included, is told apart from the rest of the test.
 */
import { describeAccess } from '../report/render/text.ts';
import type { RaceReport } from '../report/report.ts';
import { handle } from './handle.ts';
import { raceError } from './race-error.ts';
import type { FoundRace, Testing } from './testing.ts';

const active = (): Testing => {
  const testing = handle()?.testing;
  if (testing === undefined)
    throw new Error('tsrace does not run here: run the tests with `npx tsrace vitest`, or add its plugin');
  return testing;
};

async function watch(testing: Testing, body: () => unknown, known?: 'known'): Promise<FoundRace[]> {
  const part = testing.part();
  await testing.run(part, body);
  await testing.ready?.();
  return testing.races(new Set([part]), known);
}

/**
 * Asserts that `body` shows at least one data race by the time that it has returned, or its promise is fulfilled;
 * returns the races. They do not fail the test, nor count in the run's result.
 */
export async function expectRace(body: () => unknown): Promise<RaceReport[]> {
  const testing = active();
  const found = await watch(testing, body, 'known');
  if (found.length === 0) throw new Error('expected a data race, and there was none');
  for (const race of found) testing.settle(race, 'expected');
  return found.map(({ report }) => report.race);
}

/** Asserts that `body` shows no data race. Every test is held to that; this says where. */
export async function expectNoRace(body: () => unknown): Promise<void> {
  const testing = handle()?.testing;
  if (testing === undefined) {
    await body();
    return;
  }
  const found = await watch(testing, body);
  if (found.length === 0) return;
  for (const race of found) testing.settle(race, 'told');
  const [{ report }] = found as [FoundRace];
  const test = report.race.accesses[0].test ?? '';
  const error = raceError(report, testing.prefix, test, () => true);
  const more = found.slice(1).map((race) => `\nand ${describeAccess(race.report, 'current', test)}`);
  throw Object.assign(error, { message: `expected no data race: ${error.message}${more.join('')}` });
}

/** The races that the running test has shown so far; looking at them settles nothing. */
export function races(): RaceReport[] {
  const testing = handle()?.testing;
  if (testing === undefined || testing.current() === 0) return [];
  return testing.races(new Set([testing.current()])).map(({ report }) => report.race);
}

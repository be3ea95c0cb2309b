/**
 * Whole programs with declared verdicts, in each declared order: what tsrace reports must *equal* what the
 * markers say, and output and exit code must be those of a plain run. `race-failing-*` is a known gap;
 * that it passes is an error.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check, programs } from './fixtures/programs.ts';
import { discardTranspiled, transpileFixtures } from './fixtures/run.ts';

const TIMEOUT_MS = 180_000;

beforeAll(transpileFixtures);
afterAll(discardTranspiled);

// All in their first order, then all in their second one: side by side, each would be instrumented twice.
const runs = programs()
  .flatMap((program) => program.declared.orders.map((order, turn) => ({ program, order, turn })))
  .sort((a, b) => a.turn - b.turn);

describe.concurrent('fixtures/programs', () => {
  for (const { program, order } of runs) {
    const name = order === '' ? program.name : `${program.name} in order ${order}`;
    test(name, { timeout: TIMEOUT_MS, fails: program.gap, skip: !program.runs }, async () => {
      const { text } = await check(program, order);
      expect(text).toBe('');
    });
  }
});

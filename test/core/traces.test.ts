/**
 * Random traces on which the detector core and the oracle must agree: every pair reported is a race, and on
 * every byte with a race the first one is reported when it happens.
 *
 * TSRACE_TRACES=<n> plays n traces in all (10,000 by default, in the same proportions), TSRACE_SEED=<n>
 * repeats a run: a failure prints the seed, and a minimal trace as a script for `scene.ts`.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Generated, GRIDS, gridTraces, segmentTraces, soup, traces } from './generate.ts';
import { nextCore } from './memory.ts';
import { type MakeCore, minimize, type Op, print, run } from './trace.ts';
import { createEagerRowCore, createLateCore, createRowCore, createViewCore } from './view-core.ts';

const TRACES = Number(process.env['TSRACE_TRACES'] ?? 10_000);
const SEED = Number(process.env['TSRACE_SEED'] ?? Date.now() % 2 ** 31);
const TIMEOUT = 60_000 + 30 * TRACES;

/** Cores that may tell later, or again. */
const LATE: MakeCore[] = [createLateCore, createRowCore, createEagerRowCore];

interface Count {
  traces: number;
  events: number;
  racy: number;
}

/** Plays `share` of all traces; throws on the first that detector and oracle judge differently. */
function agree(share: number, given: fc.Arbitrary<Generated>, makeCore: MakeCore = nextCore): Count {
  const late = LATE.includes(makeCore);
  const arbitrary = given.map((generated) => ({ ...generated, late }));
  const count: Count = { traces: 0, events: 0, racy: 0 };
  const property = fc.property(arbitrary, (generated) => {
    const { mismatches, happened, racyBytes } = run(generated.trace, generated, makeCore);
    if (mismatches.length > 0) throw new Error(mismatches.join('\n'));
    if (generated.clean) expect([...racyBytes], 'a trace that keeps its discipline has no race').toEqual([]);
    count.traces++;
    count.events += happened.length;
    if (racyBytes.size > 0) count.racy++;
  });
  const result = fc.check(property, {
    numRuns: Math.max(1, Math.round(TRACES * share)),
    seed: SEED,
    // `minimize` does it better: it knows that any part of a trace is a trace.
    endOnFailure: true,
    interruptAfterTimeLimit: TIMEOUT - 20_000,
  });
  if (result.failed) throw new Error(explain(result.counterexample![0], result.errorInstance, makeCore));
  console.log(
    `${count.traces} traces, ${count.events} events, ${count.racy} with races (TSRACE_SEED=${SEED})` +
      (result.interrupted ? ', interrupted' : ''),
  );
  return count;
}

function explain(generated: Generated, error: unknown, makeCore: MakeCore): string {
  const kinds = (trace: readonly Op[]): string[] =>
    run(trace, generated, makeCore).mismatches.map((mismatch) => mismatch.slice(0, mismatch.indexOf(':')));
  const [kind] = kinds(generated.trace);
  if (kind === undefined) return `TSRACE_SEED=${SEED}: ${error}\n${print(generated.trace)}`;
  const minimal = minimize(generated.trace, (trace) => kinds(trace).includes(kind));
  const { mismatches, happened } = run(minimal, generated, makeCore);
  return [
    `TSRACE_SEED=${SEED}, stacks: ${generated.stacks}, bufferLength: ${generated.bufferLength}`,
    ...mismatches,
    print(happened),
  ].join('\n');
}

describe('detector and oracle agree on random traces', () => {
  test('of programs', { timeout: TIMEOUT }, () => {
    const shape = { length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 8, damage: 5 };
    const { traces: played, racy } = agree(0.2, traces(shape));
    if (played >= 1000) {
      expect(racy / played, 'share of traces with races').toBeGreaterThan(0.2);
      expect(racy / played, 'share of traces with races').toBeLessThan(0.6);
    }
  });

  test('of few events', { timeout: TIMEOUT }, () => {
    agree(0.1, traces({ length: { minLength: 1, maxLength: 10 }, churn: 1, unit: 8, damage: 5 }));
  });

  test('of stray events on few words', { timeout: TIMEOUT }, () => {
    agree(0.1, soup({ minLength: 2, maxLength: 40 }));
  });

  test('of programs, through the hooks of views', { timeout: TIMEOUT }, () => {
    agree(
      0.1,
      traces({ length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 8, damage: 5 }),
      createViewCore,
    );
  });

  test('of stray events on few words, through the hooks of views', { timeout: TIMEOUT }, () => {
    agree(0.11, soup({ minLength: 2, maxLength: 40 }), createViewCore);
  });

  test('of programs, when accesses are put off', { timeout: TIMEOUT }, () => {
    agree(
      0.15,
      traces({ length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 8, damage: 5 }),
      createLateCore,
    );
  });

  test('of stray events on few words, when accesses are put off', { timeout: TIMEOUT }, () => {
    agree(0.15, soup({ minLength: 2, maxLength: 40 }), createLateCore);
  });

  test('of long ranges', { timeout: TIMEOUT }, () => {
    agree(0.04, traces({ length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 512, damage: 3 }));
  });

  test('of long ranges, through the hooks of views', { timeout: TIMEOUT }, () => {
    const shape = { length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 512, damage: 3 };
    agree(0.04, traces(shape), createViewCore);
  });

  test('of loops over rows', { timeout: TIMEOUT }, () => {
    const { traces: played, racy } = agree(0.04, gridTraces(GRIDS.narrow, 3), createRowCore);
    if (played >= 400) {
      expect(racy / played, 'share of traces with races').toBeGreaterThan(0.2);
      expect(racy / played, 'share of traces with races').toBeLessThan(0.6);
    }
  });

  test('of loops over long rows', { timeout: TIMEOUT }, () => {
    agree(0.01, gridTraces(GRIDS.wide, 1), createRowCore);
    agree(0.005, gridTraces(GRIDS.wide, 1), createEagerRowCore);
  });

  test('of segments from a queue', { timeout: TIMEOUT }, () => {
    const { traces: played, racy } = agree(0.04, segmentTraces(2), createRowCore);
    if (played >= 400) {
      expect(racy / played, 'share of traces with races').toBeGreaterThan(0.1);
      expect(racy / played, 'share of traces with races').toBeLessThan(0.6);
    }
    agree(0.02, segmentTraces(2), createEagerRowCore);
  });

  test('of programs, when even a short loop makes a row', { timeout: TIMEOUT }, () => {
    agree(
      0.06,
      traces({ length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 64, damage: 5 }),
      createRowCore,
    );
  });

  test('of threads that come and go', { timeout: TIMEOUT }, () => {
    agree(0.02, traces({ length: { minLength: 800, maxLength: 1600 }, churn: 20, unit: 8, damage: 4 }));
  });

  test('of 2,000 events', { timeout: TIMEOUT }, () => {
    agree(0.03, traces({ length: { minLength: 500, maxLength: 600 }, churn: 1, unit: 8, damage: 2 }));
  });
});

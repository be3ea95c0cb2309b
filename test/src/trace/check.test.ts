/**
 * `tsrace check` and the oracle agree on random executions that the core has recorded: each pair that it finds is a race,
 * and on each byte it finds one of each two threads that race there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRaces, type FoundRace } from '../../../src/trace/check.ts';
import { TraceFile } from '../../../src/trace/file.ts';
import { Places } from '../../../src/trace/places.ts';
import { Replay } from '../../../src/trace/replay.ts';
import { type Generated, soup, traces } from '../../core/generate.ts';
import { nextCore } from '../../core/memory.ts';
import { type ByteRace, type Clock, Oracle } from '../../core/oracle.ts';
import { type AccessOp, minimize, type Op, print, run } from '../../core/trace.ts';
import { tracedCore } from './traced-core.ts';

const SEED = Number(process.env['TSRACE_SEED'] ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env['TSRACE_TRACES'] ?? 1500) / 10;

const ACCESSES = {
  read: { type: 'read', atomic: false },
  write: { type: 'write', atomic: false },
  readRange: { type: 'read', atomic: false },
  writeRange: { type: 'write', atomic: false },
  load: { type: 'read', atomic: true },
  store: { type: 'write', atomic: true },
  rmw: { type: 'update', atomic: true },
} as const;

/** All that the oracle finds; the stack of an access is its place in the trace. */
function truth(happened: readonly Op[]): ByteRace[] {
  const oracle = new Oracle();
  const messages = new Map<number, Clock>();
  return happened.flatMap((op, i) => {
    switch (op.op) {
      case 'fork':
        oracle.fork(op.thread, op.child);
        return [];
      case 'join':
        oracle.join(op.thread, op.child);
        return [];
      case 'end':
        return [];
      case 'send':
        messages.set(op.message, oracle.release(op.thread));
        return [];
      case 'receive':
        oracle.acquire(op.thread, messages.get(op.message)!);
        return [];
      case 'waiters':
      case 'wakes':
      case 'awoken':
        oracle[op.op](op.thread, op.place.buffer, op.place.byteOffset);
        return [];
      default:
        return oracle.access({ thread: op.thread, ...op.place, ...ACCESSES[op.op], stack: i + 1 });
    }
  });
}

interface Verdict {
  found: FoundRace[];
  missing: string[];
  races: ByteRace[];
  happened: Op[];
}

function verdictOf(trace: readonly Op[], bufferLength: number): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'tsrace-check-'));
  try {
    const traced = tracedCore(nextCore(), folder);
    const { happened, mismatches } = run(trace, { bufferLength, stacks: 0 }, () => traced.core);
    expect(mismatches).toEqual([]);
    const file = new TraceFile(traced.finish());
    const found: FoundRace[] = [];
    for (const process of file.processes) {
      const replay = new Replay(process, (chunk) => file.read(chunk));
      checkRaces(replay, (race) => found.push(race));
      expect([replay.damaged, replay.contradictory]).toEqual([0, false]);
    }
    file.close();
    return { found, missing: file.missing, races: truth(happened), happened };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const pair = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

function wrong(trace: readonly Op[], bufferLength: number): string | undefined {
  const { found, missing, races, happened } = verdictOf(trace, bufferLength);
  if (missing.length > 0) return `missing: ${missing}`;
  const real = new Set(races.map(({ previous, current }) => pair(previous.stack, current.stack)));
  for (const { current, previous } of found) {
    if (!real.has(pair(current.stack, previous.stack)))
      return `false: ${current.stack} and ${previous.stack}`;
  }
  const covers = (stack: number, buffer: number, byte: number): boolean => {
    const { place } = happened[stack - 1] as AccessOp;
    return place.buffer === buffer && place.byteOffset <= byte && byte < place.byteOffset + place.byteLength;
  };
  for (const { byte, previous, current } of races) {
    const seen = found.some(({ current: a, previous: b }) => {
      const threads = [a, b].map(({ stack }) => (happened[stack - 1] as AccessOp).thread);
      return (
        pair(threads[0]!, threads[1]!) === pair(previous.thread, current.thread) &&
        [a, b].every(({ stack }) => covers(stack, current.buffer, byte))
      );
    });
    if (!seen) return `missed: byte ${byte}, ${previous.stack} and ${current.stack}`;
  }
  return undefined;
}

function agree(given: fc.Arbitrary<Generated>): void {
  const property = fc.property(given, ({ trace, bufferLength }) => {
    const what = wrong(trace, bufferLength);
    if (what !== undefined) throw new Error(what);
  });
  const result = fc.check(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
  if (!result.failed) return;
  const [{ trace, bufferLength }] = result.counterexample!;
  const fails = (part: readonly Op[]): boolean => {
    try {
      return wrong(part, bufferLength) !== undefined;
    } catch {
      return true;
    }
  };
  const minimal = minimize(trace, fails);
  let what: unknown = 'not what it was at first';
  try {
    what = wrong(minimal, bufferLength);
  } catch (error) {
    what = error;
  }
  throw new Error(`TSRACE_SEED=${SEED}: ${what}\n${print(minimal)}`);
}

describe('check and oracle agree', { timeout: 120_000 }, () => {
  test('on random programs', () => {
    agree(traces({ length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 8, damage: 5 }));
  });

  test('on stray events on few words', () => agree(soup({ minLength: 2, maxLength: 40 })));

  test('on long ranges', () => {
    agree(traces({ length: { minLength: 1, maxLength: 40 }, churn: 1, unit: 512, damage: 3 }));
  });
});

describe('what may still race', () => {
  const access = { seq: 1, tid: 1, clock: 1, kind: 1, size: 0, stack: 1, place: 1 };

  test('a range over many pages asks once for each list', () => {
    const places = new Places();
    const asked: number[] = [];
    const step = (list: readonly unknown[], byteOffset: number) => {
      asked.push(byteOffset, list.length);
      return [access];
    };
    places.touch(1, 5, 2 ** 24, access, step);
    expect(asked).toEqual([5, 0]);
    asked.length = 0;
    places.touch(1, 0, 2 ** 24 + 1, { ...access, seq: 2 }, step);
    expect(asked).toEqual([0, 0, 5, 1]);
  });

  test('there are only so many places', () => {
    const places = new Places(100);
    const touch = (at: number) => () => places.touch(1, at, at + 1, { ...access, place: at }, () => [access]);
    for (let i = 0; i < 40; i++) touch(i * 2)();
    expect(() => {
      for (let i = 40; i < 60; i++) touch(i * 2)();
    }).toThrow();
  });
});

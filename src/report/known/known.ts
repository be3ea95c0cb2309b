/**
 * The races of a run that are known: suppressed, or in the baseline. They are read and compiled once, before the
 * program starts, and lie in the run's directory; a thread looks there when it has its first race.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { matcher } from '../compare.ts';
import { wholePath } from '../render/repository-path.ts';
import type { Frame, RaceReport, Suppressed } from '../report.ts';

/** A line of tsrace.suppressions. */
export interface Rule {
  /** `tsrace.suppressions:3` */
  by: string;
  pattern: string;
  reason: string;
  kind: 'id' | 'file' | 'function';
  /** regular expressions of a file or a function */
  sources: string[];
  /** with slashes: what a file's name is relative to */
  folder: string;
}

export interface KnownRaces {
  rules: Rule[];
  /** they count no longer */
  expired: { by: string; pattern: string; until: string }[];
  baseline: { by: string; races: Pick<RaceReport, 'id' | 'stableId'>[] } | null;
}

const FILE = 'known.json';

export function writeKnown(run: string, known: KnownRaces): void {
  writeFileSync(join(run, FILE), JSON.stringify(known));
}

/** undefined: the run has none. */
export function readKnown(run: string): KnownRaces | undefined {
  const file = join(run, FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KnownRaces) : undefined;
}

type Test = (race: RaceReport) => boolean;

export class Known {
  readonly #tests: { test: Test; verdict: Suppressed }[];

  /** @param prefix what the names of files leave out */
  constructor({ rules, baseline }: KnownRaces, prefix: string) {
    this.#tests = rules.map((rule) => ({
      test: testOf(rule, prefix),
      verdict: { reason: rule.reason, by: rule.by },
    }));
    if (baseline !== null) {
      const verdict = { reason: 'in the baseline', by: baseline.by };
      this.#tests.push({ test: matcher(baseline.races), verdict });
    }
  }

  verdictOn(race: RaceReport): Suppressed | undefined {
    return this.#tests.find(({ test }) => test(race))?.verdict;
  }
}

function testOf({ kind, pattern, sources, folder }: Rule, prefix: string): Test {
  if (kind === 'id') {
    return ({ id, stableId }) => id.startsWith(pattern) || stableId?.startsWith(pattern) === true;
  }
  const expressions = sources.map((source) => new RegExp(source));
  const matches = (text: string): boolean => expressions.some((expression) => expression.test(text));
  const frame =
    kind === 'function'
      ? ({ function: name }: Frame): boolean => matches(name)
      : ({ file }: Frame): boolean => {
          const path = wholePath(file, prefix);
          if (path === undefined) return false;
          return matches(path) || (path.startsWith(`${folder}/`) && matches(path.slice(folder.length + 1)));
        };
  return ({ accesses }) => accesses.some(({ frames }) => frames.some(frame));
}

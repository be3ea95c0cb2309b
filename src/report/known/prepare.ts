/** Reads suppressions and baseline and compiles them, before the program starts: what is wrong with them is told then. */
import { dirname, relative } from 'node:path';
import picomatch from 'picomatch';
import { readBounded, readDocument } from '../document.ts';
import { slashes } from '../render/repository-path.ts';
import { type Entry, parseEntries } from './entry.ts';
import { type KnownRaces, type Rule, writeKnown } from './known.ts';

const MOST_BYTES = 16 * 1024 * 1024;

export interface Sources {
  /** '' is none */
  suppressions: string;
  /** '' is none */
  baseline: string;
}

/** Leaves the known races in the run's directory. */
export function prepareKnown(sources: Sources, run: string): void {
  writeKnown(run, knownOf(sources, new Date().toISOString().slice(0, 10)));
}

/** @param today `YYYY-MM-DD` */
export function knownOf({ suppressions, baseline }: Sources, today: string): KnownRaces {
  const nameOf = (file: string): string => {
    const short = relative(process.cwd(), file);
    return short.startsWith('..') ? file : short;
  };
  const rules: Rule[] = [];
  const expired: KnownRaces['expired'] = [];
  const name = nameOf(suppressions);
  const entries = suppressions === '' ? [] : parseEntries(readBounded(suppressions, MOST_BYTES), name);
  const folder = slashes(dirname(suppressions)).replace(/\/$/, '');
  for (const { line, kind, pattern, until, reason } of entries) {
    const by = `${name}:${line}`;
    if (until !== undefined && until < today) expired.push({ by, pattern, until });
    else rules.push({ by, pattern, reason, kind, sources: compile(kind, pattern), folder });
  }
  return {
    rules,
    expired,
    baseline:
      baseline === ''
        ? null
        : {
            by: nameOf(baseline),
            races: readDocument(baseline).races.map(({ id, stableId }) => ({
              id,
              ...(stableId !== undefined && { stableId }),
            })),
          },
  };
}

/** Regular expressions: what runs in every thread brings no library along. */
function compile(kind: Entry['kind'], pattern: string): string[] {
  if (kind === 'id') return [];
  if (kind === 'function') {
    const name = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\\*', '.*');
    // a method is known by its own name, too
    return [pattern.includes('.') ? `^${name}$` : `^(?:.*[. ])?${name}$`];
  }
  const anchored = /^\.?\//.test(pattern);
  const glob = pattern.replace(/^\.\//, '').replace(/(?<=.)\/+$/, '');
  const globs = anchored ? [glob] : [glob, `**/${glob}`];
  return globs
    .flatMap((one) => [one, `${one}/**`])
    .map((one) => picomatch.makeRe(one, { dot: true, windows: false }).source);
}

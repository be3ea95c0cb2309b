/**
 * What became of the races of an earlier document: a race is the same if its id is, or, as lines may have shifted in
 * between, the fingerprint that does not go by lines.
 */
import type { RaceReport } from './report.ts';

export interface Comparison {
  /** in the newer document only; those that are suppressed there do not count */
  fresh: RaceReport[];
  gone: RaceReport[];
  /** as the newer document has them */
  same: RaceReport[];
}

export function compare(older: readonly RaceReport[], newer: readonly RaceReport[]): Comparison {
  const known = matcher(older);
  const there = matcher(newer);
  return {
    fresh: newer.filter((race) => race.suppressed === undefined && !known(race)),
    gone: older.filter((race) => !there(race)),
    same: newer.filter(known),
  };
}

/** Whether a race is one of these. */
export function matcher(
  races: readonly Pick<RaceReport, 'id' | 'stableId'>[],
): (race: Pick<RaceReport, 'id' | 'stableId'>) => boolean {
  const ids = new Set(races.map(({ id }) => id));
  const stable = new Set(races.flatMap(({ stableId }) => stableId ?? []));
  return ({ id, stableId }) => ids.has(id) || (stableId !== undefined && stable.has(stableId));
}

/**
 * The id of a race: a short hash of its two code locations and what is done there. It is symmetric (which
 * of the two came second depends on the schedule), and the paths in it are relative (strip_path_prefix), so the
 * same race has the same id on another machine and in every run.
 */
import { createHash } from 'node:crypto';
import { sep } from 'node:path';
import type { AccessReport } from './report.ts';

export function fingerprint(accesses: readonly [AccessReport, AccessReport]): string {
  const places = accesses.map(({ type, atomic, frames }) => {
    const at = frames[0];
    const where = at && [at.file.split(sep).join('/'), at.line, at.column].join(':');
    return `${atomic ? 'atomic ' : ''}${type} ${where ?? '?'}`;
  });
  return createHash('sha256').update(places.sort().join('\n')).digest('hex').slice(0, 16);
}

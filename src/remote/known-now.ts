/** The races that `tsrace.suppressions` of a folder, or above it, says are known: as the file stands now. */
import { resolve } from 'node:path';
import { Known } from '../report/known/known.ts';
import { locate } from '../report/known/locate.ts';
import { knownOf } from '../report/known/prepare.ts';

/**
 * Throws a DocumentError where an entry is wrong.
 * @param prefix what the names of files leave out
 */
export function knownNow(folder: string, prefix: string): Known | undefined {
  const suppressions = locate(resolve(folder));
  if (suppressions === undefined) return undefined;
  const today = new Date().toISOString().slice(0, 10);
  return new Known(knownOf({ suppressions, baseline: '' }, today), prefix);
}

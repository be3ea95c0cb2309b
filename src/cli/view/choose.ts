/** Which races of a document are shown, and in which order. */
import { OptionError } from '../../options.ts';
import type { RaceReport } from '../../report/report.ts';

export const ORDERS = ['count', 'file', 'kind'] as const;

export interface Choice {
  /** the beginning of an id, or of a stable one */
  race: string | undefined;
  sort: (typeof ORDERS)[number] | undefined;
  top: number | undefined;
}

export function choose(
  races: readonly RaceReport[],
  { race, sort, top }: Choice,
  file: string,
): RaceReport[] {
  const chosen = race === undefined ? [...races] : [byId(races, race, file)];
  if (sort !== undefined) chosen.sort(BY[sort]);
  return chosen.slice(0, top);
}

const place = ({ accesses }: RaceReport): { file: string; line: number; column: number } =>
  accesses[0].frames[0] ?? { file: '', line: 0, column: 0 };

function byPlace(a: RaceReport, b: RaceReport): number {
  const [one, two] = [place(a), place(b)];
  if (one.file !== two.file) return one.file < two.file ? -1 : 1;
  return one.line - two.line || one.column - two.column;
}

const BY: Record<(typeof ORDERS)[number], (a: RaceReport, b: RaceReport) => number> = {
  count: (a, b) => b.count - a.count,
  file: byPlace,
  kind: (a, b) => (a.kind === b.kind ? byPlace(a, b) : a.kind < b.kind ? -1 : 1),
};

const SHOWN = 5;

function byId(races: readonly RaceReport[], wanted: string, file: string): RaceReport {
  const found = races.filter(({ id, stableId }) => id.startsWith(wanted) || stableId?.startsWith(wanted));
  const exact = found.find(({ id }) => id === wanted);
  if (found.length === 1 || exact !== undefined) return exact ?? found[0]!;
  const asked = `--race ${quote(wanted)}`;
  if (found.length === 0) {
    throw new OptionError(
      `${asked}: no race of ${file} has an id that begins so; tsrace view ${file} shows the ids of all ${races.length}`,
    );
  }
  const ids = found.slice(0, SHOWN).map(({ id }) => quote(id));
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
  throw new OptionError(`${asked} is ambiguous: ${ids.join(', ')}${more} begin so; give more of the id`);
}

const quote = (id: string): string => {
  const text = JSON.stringify(id.slice(0, 80));
  return /^"[\w.:-]+"$/.test(text) ? text.slice(1, -1) : text;
};

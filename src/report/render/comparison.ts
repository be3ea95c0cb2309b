/** A comparison as text: the new races in full, since they fail the run; of the others a line each. */
import type { Comparison } from '../compare.ts';
import type { RaceReport, ThreadReport } from '../report.ts';
import { excerptsOf } from './excerpts.ts';
import { printable } from './printable.ts';
import { renderText, type Style } from './text.ts';

export function renderComparison(
  { fresh, gone, same }: Comparison,
  threads: readonly ThreadReport[],
  style: Style,
): string {
  const known = new Map(threads.map((thread) => [thread.id, thread]));
  const texts = fresh.map((race) => {
    const involved = race.accesses.flatMap(({ thread }) => known.get(thread) ?? []);
    const makers = involved.flatMap(({ parent }) => known.get(parent ?? '') ?? []);
    const report = { race, threads: [...new Set([...involved, ...makers])], excerpts: excerptsOf(race) };
    return `New: ${line(race)}\n${renderText(report, style)}`;
  });
  return [
    ...texts,
    ...gone.map((race) => `Gone: ${line(race)}\n`),
    ...same.map((race) => `Still there: ${line(race)}\n`),
    `${fresh.length} new, ${gone.length} gone, ${same.length} still there.\n`,
  ].join('');
}

function line({ id, accesses, count, location }: RaceReport): string {
  const places = accesses.map(({ frames: [at] }) =>
    at === undefined ? '?' : `${printable(at.file)}:${at.line}:${at.column}`,
  );
  const where = [...new Set(places)].join(' and ');
  const name = printable(location.name || location.view);
  return `race ${printable(id)} on ${name} at ${where}, seen ${count} time${count === 1 ? '' : 's'}`;
}

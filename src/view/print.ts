/** A document's races on the terminal, in the text that the run printed. */
import { printable } from '../report/render/printable.ts';
import { renderLimits, renderText, renderTotal, type Style } from '../report/render/text.ts';
import type { Excerpt, RaceDocument, RaceReport, Report, ThreadReport } from '../report/report.ts';
import type { ProjectFiles } from './project-files.ts';

/** @param races those of the document that are wanted */
export function printed(
  { races: all, threads, summary }: RaceDocument,
  races: readonly RaceReport[],
  files: ProjectFiles,
  style: Style,
): string {
  const known = new Map(threads.map((thread) => [thread.id, thread]));
  const texts = races.map(
    (race) => `${style.paint.dim(headOf(race))}\n${renderText(reportOf(race, known, files), style)}`,
  );
  const seen = all.reduce((sum, { count, suppressed }) => sum + (suppressed ? 0 : count), 0);
  const hidden =
    races.length === all.length ? '' : `${races.length} of ${all.length} ${noun(all.length)} shown.\n`;
  const total = all.length === 0 ? 'No data race in this document.\n' : renderTotal(all, seen);
  return `${texts.join('\n')}${texts.length > 0 ? '\n' : ''}${hidden}${total}${renderLimits(summary.uninstrumented)}`;
}

/** As a run had it when it saw the race. */
export function reportOf(
  race: RaceReport,
  known: ReadonlyMap<string, ThreadReport>,
  files: ProjectFiles,
): Report {
  return { race, threads: threadsOf(race, known), excerpts: excerptsOf(race, files) };
}

const noun = (n: number): string => (n === 1 ? 'race' : 'races');

function headOf({ id, count, tests, suppressed }: RaceReport): string {
  const shown = tests.map((test) => `, in ${printable(test)}`).join('');
  const known = suppressed
    ? `, suppressed: ${printable(suppressed.reason)} (${printable(suppressed.by)})`
    : '';
  return `Race ${printable(id)}, seen ${count} ${count === 1 ? 'time' : 'times'}${shown}${known}`;
}

/** Those that a live report names, in its order. */
function threadsOf(race: RaceReport, known: ReadonlyMap<string, ThreadReport>): ThreadReport[] {
  const ids = race.accesses.map(({ thread }) => thread);
  if (race.location.allocatedBy !== null) ids.push(race.location.allocatedBy);
  for (const id of [...ids]) ids.push(known.get(id)?.parent ?? id);
  return [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
}

function excerptsOf(race: RaceReport, files: ProjectFiles): Report['excerpts'] {
  const found: Excerpt[] = [];
  const seen = new Set<string>();
  for (const { role, frames } of race.accesses) {
    const at = frames[0];
    if (at === undefined || seen.has(`${at.file}:${at.line}:${at.column}`)) continue;
    seen.add(`${at.file}:${at.line}:${at.column}`);
    const source = race.sources?.find(({ file, lines, from }) => {
      return file === at.file && at.line >= from && at.line < from + lines.length;
    });
    const text = source ? source.lines[at.line - source.from] : files.get(at.file)?.lines[at.line - 1];
    if (text !== undefined) found.push({ role, line: at.line, column: at.column, text });
  }
  return found;
}

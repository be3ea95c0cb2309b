/** The races of a test as the error that it fails with: the text of the terminal. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageFolder } from '../report/package-folder.ts';
import { printable } from '../report/render/printable.ts';
import { PLAIN, renderText, renderTotal } from '../report/render/text.ts';
import type { RaceReport, Report } from '../report/report.ts';

export class DataRaceError extends Error {
  override readonly name = 'DataRaceError';
  readonly races: RaceReport[];

  constructor(reports: readonly Report[]) {
    const races = reports.map(({ race }) => race);
    const texts = reports.map((report) => renderText(report, { paint: PLAIN, docs: packageFolder() }));
    const seen = races.reduce((sum, { count }) => sum + count, 0);
    super(`${texts.join('')}${renderTotal(races, seen)}`.trimEnd());
    this.races = races;
    this.stack = `${this.name}: ${this.message}${placeOf(races)}`;
  }
}

/** For whoever takes every line of a stack for a frame that looks like one, as @playwright/test does. */
export const shortStack = ({ name, races }: DataRaceError): string => `${name}:${placeOf(races)}`;

/** Runners show the place of the access, not ours. */
function placeOf([race]: readonly RaceReport[]): string {
  const [at] = race?.accesses[0].frames ?? [];
  if (at === undefined || printable(at.file + at.function) !== at.file + at.function) return '';
  const file = resolve(at.file);
  return existsSync(file) ? `\n    at ${at.function} (${file}:${at.line}:${at.column})` : '';
}

/** The source lines of a race that its document brought along. */
import type { Excerpt, RaceReport } from '../report.ts';

export function excerptsOf({ sources, accesses }: RaceReport): Excerpt[] {
  return accesses.flatMap(({ role, frames: [at] }) => {
    if (at === undefined) return [];
    const source = sources?.find(({ file, from, lines }) => file === at.file && at.line - from in lines);
    const text = source?.lines[at.line - source.from];
    return text === undefined ? [] : [{ role, line: at.line, column: at.column, text }];
  });
}

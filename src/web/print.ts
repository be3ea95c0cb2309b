/** A report on the console of the page: the text of the terminal, folded, and links to the two places. */
import { describeAccess, PLAIN, renderText } from '../report/render/text.ts';
import type { Report } from '../report/report.ts';

// as it was before the program's
const { groupCollapsed, groupEnd, warn: nativeWarn, log } = console;

export const warn = (line: string): void => nativeWarn(`tsrace: ${line}`);

/** `%s`: nothing of the program's is a format. */
export function print(report: Report): void {
  const { accesses } = report.race;
  groupCollapsed(
    '%cDATA RACE%c %s',
    'color: red; font-weight: bold',
    '',
    describeAccess(report, 'current', ''),
  );
  log('%s', renderText(report, { paint: PLAIN }));
  for (const { role, frames } of accesses) {
    const [at] = frames;
    if (at !== undefined) log('%s %s', role, `${urlOf(at.file)}:${at.line}:${at.column}`);
  }
  groupEnd();
}

/** As developer tools name what a dev server serves, or a source map leads to. */
function urlOf(file: string): string {
  try {
    return new URL(file.replaceAll('\\', '/'), `${globalThis.location.origin}/`).href;
  } catch {
    return file;
  }
}

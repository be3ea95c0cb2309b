/** What a concluded run says: the total, and the document where one was asked for. */
import { writeFileSync } from 'node:fs';
import type { Options } from '../options.ts';
import type { Conclusion } from './conclude.ts';
import { renderJson } from './render/json.ts';
import { renderLimits, renderText, renderTotal } from './render/text.ts';
import { print, styleOf, writeFully } from './sink.ts';

/** `pid` names the log that gets the total. */
export function tell({ document, seen, untold }: Conclusion, options: Options, pid: number): void {
  for (const report of untold) print(renderText(report, styleOf(options)), options, pid);
  const total = document.races.length > 0 ? renderTotal(document.races, seen) : '';
  const limits = renderLimits(document.summary.uninstrumented);
  if (total !== '' || limits !== '') print(total + limits, options, pid);
  if (options.json === '') return;
  try {
    writeFileSync(options.json, renderJson(document));
  } catch (error) {
    writeFully(2, `tsrace: cannot write --json ${options.json}: ${(error as Error).message}\n`);
  }
}

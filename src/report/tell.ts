/** What a concluded run says: the total, the documents that were asked for, and on GitHub what it shows of a job. */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Options } from '../options.ts';
import { joinParts } from '../trace/parts.ts';
import { version } from '../version.ts';
import { checkoutOf } from './checkout.ts';
import type { Conclusion, Run } from './conclude.ts';
import { renderAnnotations } from './render/annotations.ts';
import { renderJson } from './render/json.ts';
import { renderMarkdown } from './render/markdown.ts';
import { renderSarif } from './render/sarif.ts';
import { renderSummary } from './render/summary.ts';
import { renderSuppressions } from './render/suppressions.ts';
import { renderLimits, renderText, renderTotal } from './render/text.ts';
import type { RaceDocument } from './report.ts';
import { print, styleOf } from './sink.ts';
import { writeFully } from './write.ts';

/** `pid` names the log that gets the total. */
export function tell(
  { document, seen, untold, suppressions }: Conclusion,
  options: Options,
  pid: number,
): void {
  for (const report of untold) print(renderText(report, styleOf(options)), options, pid);
  const total = document.races.length > 0 ? renderTotal(document.races, seen) : '';
  const limits = renderLimits(document.summary.uninstrumented);
  const summary = options.summary ? renderSummary(document) : '';
  const text = renderSuppressions(suppressions) + total + limits + summary;
  if (text !== '') print(text, options, pid);
  const { env } = process;
  const checkout = checkoutOf(options.strip_path_prefix, env);
  write('json', options, () => renderJson(document));
  write('sarif', options, () => renderSarif(document, checkout));
  if (env['GITHUB_ACTIONS'] === 'true') {
    // the runner reads commands from both streams, and stdout is the program's
    writeFully(2, renderAnnotations(document, checkout));
    if (env['GITHUB_STEP_SUMMARY']) summarize(env['GITHUB_STEP_SUMMARY'], document);
  }
}

/** The parts are in the run's directory. */
export function tellTrace(
  directory: string,
  { command, startedAt }: Run,
  { trace, trace_accesses: accesses, strip_path_prefix: prefix }: Options,
): void {
  if (trace === '') return;
  const run = { tool: 'tsrace', version, command, startedAt: startedAt.toISOString(), prefix, accesses };
  try {
    joinParts(directory, trace, run);
  } catch (error) {
    writeFully(2, `tsrace: cannot write --trace ${trace}: ${(error as Error).message}\n`);
  }
}

function write(name: 'json' | 'sarif', options: Options, render: () => string): void {
  const file = options[name];
  if (file === '') return;
  try {
    writeFileSync(file, render());
  } catch (error) {
    writeFully(2, `tsrace: cannot write --${name} ${file}: ${(error as Error).message}\n`);
  }
}

/** Other steps of the job may have written there. */
function summarize(file: string, document: RaceDocument): void {
  if (document.races.length === 0) return;
  try {
    appendFileSync(file, renderMarkdown(document));
  } catch (error) {
    writeFully(2, `tsrace: cannot write GITHUB_STEP_SUMMARY ${file}: ${(error as Error).message}\n`);
  }
}

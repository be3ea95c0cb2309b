/** What a concluded run says: the total, and the document where one was asked for. */
import { writeFileSync } from 'node:fs';
import type { Options } from '../options.ts';
import { renderJson } from './render/json.ts';
import { renderTotal } from './render/text.ts';
import type { RaceDocument } from './report.ts';
import { print, writeFully } from './sink.ts';

/** `pid` names the log that gets the total. */
export function tell(document: RaceDocument, seen: number, options: Options, pid: number): void {
  if (document.races.length > 0) print(renderTotal(document.races.length, seen), options, pid);
  if (options.json === '') return;
  try {
    writeFileSync(options.json, renderJson(document));
  } catch (error) {
    writeFully(2, `tsrace: cannot write --json ${options.json}: ${(error as Error).message}\n`);
  }
}

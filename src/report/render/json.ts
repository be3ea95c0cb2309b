/** The document of `--json` as text. */
import type { RaceDocument } from '../report.ts';

export function renderJson(document: RaceDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

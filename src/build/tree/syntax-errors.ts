/** Where a file is wrong, in one line: of what Babel throws, and of what V8 throws. */
import { printable } from '../../report/render/printable.ts';

export function placeOf(error: unknown, file: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, reason, line, column] = /^(?:.*?: )?([^\n]*?)\s*\((\d+):(\d+)\)(?:\n|$)/s.exec(message) ?? [];
  if (reason !== undefined) return printable(`${file}:${line}:${Number(column) + 1}: ${reason}`);
  const at = /^.*:(\d+)\n/.exec(error instanceof Error ? `${error.stack}` : '')?.[1];
  return printable(`${file}${at === undefined ? '' : `:${at}`}: ${message.split('\n')[0]}`);
}

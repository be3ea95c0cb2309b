/**
 * An error of the parser, in the shape that Node gives its own: place, line, caret, then message and stack. Only
 * for TypeScript that Node cannot read itself; else Node gets the source, and the error is really its own.
 */

const PARSER = /^(?:.*?: )?([^\n]*?) \((\d+):(\d+)\)(?:\n|$)/s;

export function asSyntaxError(error: unknown, code: string, file: string): unknown {
  const [, reason, line, column] = PARSER.exec(error instanceof Error ? error.message : '') ?? [];
  if (reason === undefined) return error;
  const text = code.split(/\r\n|[\n\r\u2028\u2029]/)[Number(line) - 1] ?? '';
  const caret = text.slice(0, Number(column)).replace(/[^\t]/g, ' ');
  const clear = new SyntaxError(reason);
  clear.stack = `${file}:${line}\n${text}\n${caret}^\n\n${clear.stack}`;
  return clear;
}

/** Is it such an error, perhaps from the hooks thread? Node's own of TypeScript have a code. */
export const tellsItsPlace = (error: unknown): error is SyntaxError =>
  error instanceof SyntaxError &&
  !('code' in error) &&
  /^\S.*\.(?:[cm]?tsx?|jsx):\d+\n.*\n\s*\^\n\nSyntaxError/.test(error.stack ?? '');

/**
 * An error that the platform throws inside one of our replacements is the user's own: it must look as if our
 * frames were not there. V8 has no way to leave frames out below the top, so their lines are cut from the text.
 *
 * Only for calls that run no listeners of the user's: what is caught and thrown again and then stays uncaught
 * is printed by Node with the line of the last `throw`.
 */
let ownFile = '';

/** Tells which file holds the runtime (one bundle), as it appears in stack traces. */
export function setOwnFile(file: string): void {
  ownFile = file;
}

/** `error` without our frames in its `stack`. */
export function withoutOwnFrames(error: unknown): unknown {
  if (ownFile === '' || typeof error !== 'object' || error === null) return error;
  try {
    const { stack } = error as { stack?: unknown };
    if (typeof stack !== 'string' || !stack.includes(ownFile)) return error;
    (error as { stack: string }).stack = stack.split('\n').filter(isNotOurs).join('\n');
  } catch {
    // a frozen error, or a user's `prepareStackTrace`: it stays as it is
  }
  return error;
}

function isNotOurs(line: string): boolean {
  return !(
    line.includes(ownFile) || /^ {4}at (Reflect\.(apply|construct)|new Worker) \(<anonymous>\)$/.test(line)
  );
}

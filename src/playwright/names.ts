/** What the test and a page call each other by (src/web/dev/watched.ts). */
export const TELL = '__tsraceTell__';
/** Tells all that is not told yet, and is done when the test knows it. */
export const FLUSH = `globalThis[Symbol.for('tsrace.flush')]?.()`;

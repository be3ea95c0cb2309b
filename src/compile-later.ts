/**
 * Has V8 wait longer before it compiles what is hot. It compiles in the background, in each thread anew: where workers
 * keep all cores busy, two of them that meet at barriers lose 150 ms to it, and what is won by it comes later than that.
 * Node 20 alone: later versions of V8 wait longer by themselves.
 *
 * The flag is the process's, and V8 refuses what it has compiled under other flags: Node's own modules, which each thread
 * starts with, and ours. So it is set by threads that have started, and taken back before another one starts.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs between two looks at whether it is hot: Node 20's, and ours. */
const USUAL = 66 * 1024;
const LATER = 300_000;
const FLAG = '--interrupt-budget';
const isHasty =
  process.versions.v8?.startsWith('11.3.') === true &&
  // what the program says of it itself stays
  !process.execArgv.some((flag) => /^--interrupt[-_]budget=/.test(flag));

export const compileLater: () => void = isHasty ? () => setFlagsFromString(`${FLAG}=${LATER}`) : () => {};
export const compileAsUsual: () => void = isHasty ? () => setFlagsFromString(`${FLAG}=${USUAL}`) : () => {};

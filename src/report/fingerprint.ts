/**
 * The ids of a race: short hashes of its two code locations and what is done there. They are symmetric (which
 * of the two came second depends on the schedule), and the paths in them are relative (strip_path_prefix), so the
 * same race has the same id on another machine and in every run.
 *
 * `fingerprint` names a location by line and column: exact within one version of the source. `stableFingerprint` names
 * it by what stands there, so it holds when code above or around it moves: the function, the text of the line, the
 * place within it, and which of the function's lines of that text it is.
 */
import { digest, sep } from './platform.ts';
import type { AccessReport, Frame } from './report.ts';

type Accesses = readonly [AccessReport, AccessReport];

export const fingerprint = (accesses: Accesses): string =>
  hash(accesses, ({ file, line, column }) => [posix(file), line, column].join(':'));

/** @param linesOf the source of a frame's file, where it can be read */
export const stableFingerprint = (
  accesses: Accesses,
  linesOf: (frame: Frame) => readonly string[] | undefined,
): string => hash(accesses, (frame) => landmark(frame, linesOf(frame)));

function hash(accesses: Accesses, placeOf: (frame: Frame) => string): string {
  const places = accesses.map(({ type, atomic, frames: [at] }) => {
    return `${atomic ? 'atomic ' : ''}${type} ${at === undefined ? '?' : placeOf(at)}`;
  });
  return digest(places.sort().join('\n')).slice(0, 16);
}

const posix = (file: string): string => file.split(sep).join('/');

/** A longer line is not written by hand: any change elsewhere changes it, so the place's own surroundings stand for it. */
const LONG = 400;
const AROUND = 60;

function landmark(frame: Frame, lines: readonly string[] | undefined): string {
  const { line, column } = frame;
  const where = [posix(frame.file), frame.function];
  const text = lines?.[line - 1];
  if (text === undefined) return [...where, line, column].join('\n');
  const at = column - 1;
  if (text.length > LONG) return [...where, text.slice(Math.max(0, at - AROUND), at + AROUND)].join('\n');
  const trimmed = text.trim();
  return [...where, trimmed, at - text.indexOf(trimmed), order(lines!, frame, trimmed)].join('\n');
}

/** How many lines with that text the function has before this one; if its head cannot be told, the file. */
function order(lines: readonly string[], frame: Frame, text: string): number {
  const head = headOf(frame.function);
  let equal = 0;
  for (let at = frame.line - 2; at >= 0; at--) {
    const line = lines[at]!;
    if (line.length > LONG) continue;
    if (line.trim() === text) equal++;
    else if (head?.test(line)) break;
  }
  return equal;
}

/** A line that looks like the head of the function with that name: `function f`, `f = `, `f: `, `f(…) {`. */
function headOf(name: string): RegExp | undefined {
  const last = /[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.exec(name)?.[0].replaceAll('$', '\\$&');
  if (last === undefined) return undefined;
  const word = `(?<![\\w$])${last}(?![\\w$])`;
  return new RegExp(`\\bfunction\\b[\\s*]*${word}|${word}\\s*(?:[=:](?!=)|\\([^;]*\\{\\s*$)`);
}

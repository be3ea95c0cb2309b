/**
 * A report as text, in the shape that users of Go's race detector know. A pure function: what it prints is
 * decided by the report and by `style`. Names come from the user's program, so control characters in them
 * are escaped and cannot steer the terminal.
 */

import { explain } from '../explain.ts';
import {
  type AccessReport,
  type Excerpt,
  type Frame,
  type RaceReport,
  type Report,
  threadName,
  type Uninstrumented,
} from '../report.ts';
import { grouped, groupName } from './library.ts';
import { printable } from './printable.ts';

export interface Style {
  paint: { heading(text: string): string; caret(text: string): string; dim(text: string): string };
  /** what the paths of the package's own pages begin with, from where the reader is */
  docs?: string;
  /** only where it goes to one: lines fit, frames of libraries are one line, places are links */
  terminal?: Terminal;
}

export interface Terminal {
  columns: number;
  /** @param text what is seen of the link to the frame's place */
  link(text: string, frame: Frame): string;
}

export const PLAIN: Style['paint'] = { heading: String, caret: String, dim: String };

const BAR = '==================';
const INDENT = '  ';

export function renderText({ race, threads, excerpts }: Report, style: Style): string {
  const { location, accesses } = race;
  const all = [
    ...accesses.flatMap((access) => access.frames),
    ...location.allocatedAt,
    ...threads.flatMap((thread) => thread.createdAt),
  ];
  const width = Math.min(Math.max(16, ...all.map((frame) => printable(frame.function).length)), 40);
  const frames = (list: readonly Frame[]): string[] => {
    if (list.length === 0) return ['  (no instrumented frame)'];
    return (style.terminal ? grouped(list) : list).map((entry) =>
      Array.isArray(entry) ? `  ... ${printable(groupName(entry))}` : stackLine(entry, width, style),
    );
  };
  const name = (id: string): string => printable(threadName(id, threads));
  const lines = [BAR, style.paint.heading('WARNING: DATA RACE')];

  for (const access of accesses) {
    const target = access.role === 'current' ? targetOf(race.location) : '';
    lines.push(
      `${kindOf(access)} of ${bytes(access.size)}${target} by ${name(access.thread)}${forTest(access)}:`,
    );
    lines.push(...frames(access.frames));
    const excerpt = excerpts.find(({ role }) => role === access.role);
    if (excerpt !== undefined) lines.push(...codeFrame(excerpt, style));
  }

  lines.push(...reasons({ race, threads }, style));

  const where = `Location: ${describeLocation({ race, threads })}`;
  if (location.allocatedBy === null) lines.push(where);
  else lines.push(`${where} at:`, ...frames(location.allocatedAt));

  for (const { id, state, parent, createdAt } of threads) {
    if (parent === null || !accesses.some(({ thread }) => thread === id)) continue;
    lines.push(`${capital(name(id))} (${state}) created by ${name(parent)} at:`, ...frames(createdAt));
  }
  lines.push(style.paint.dim(`Race ${printable(race.id)}`), BAR, '');
  return lines.join('\n');
}

/** Why nothing orders the two, and what is usually done about it. */
function reasons(report: Pick<Report, 'race' | 'threads'>, { paint, docs = '', terminal }: Style): string[] {
  const found = explain(report);
  if (found === undefined) return [];
  const { headline, lines, hint, page } = found;
  const fit = (line: string): string[] =>
    terminal === undefined ? [line] : wrapped(line, terminal.columns - INDENT.length);
  const indented = (texts: readonly string[]): string[] =>
    texts.flatMap((text) => fit(printable(text)).map((line) => INDENT + line));
  const why = [headline === null ? 'Why:' : `Why: ${paint.heading(headline)}`, ...indented(lines)];
  return page === null
    ? why
    : [...why, 'Fix:', ...indented(hint), paint.dim(`${INDENT}See ${printable(docs + page)}`)];
}

/**
 * `update of 4 bytes at counter[0] by worker 2 in test "adds"`: the first line of an access, in a sentence.
 * @param known the test that need not be named
 */
export function describeAccess({ race, threads }: Report, role: AccessReport['role'], known: string): string {
  const access = race.accesses.find((one) => one.role === role)!;
  const target = role === 'current' ? targetOf(race.location) : '';
  const kind = kindOf({ ...access, role: 'current' }).toLowerCase();
  return `${kind} of ${bytes(access.size)}${target} by ${printable(threadName(access.thread, threads))}${access.test === known ? '' : forTest(access)}`;
}

/** Which element of which memory, and whose: `Int32Array index 0, byte 0 of a 4-byte SharedArrayBuffer allocated by main`. */
export function describeLocation({ race, threads }: Pick<Report, 'race' | 'threads'>): string {
  const { view, index, byteOffset, bufferByteLength: length, allocatedBy } = race.location;
  const where = `${printable(view)} index ${index}, byte ${byteOffset} of ${article(length)} ${length}-byte SharedArrayBuffer`;
  return allocatedBy === null
    ? where
    : `${where} allocated by ${printable(threadName(allocatedBy, threads))}`;
}

/** The source line of the current access, marked. */
export function excerptLines({ excerpts }: Report): string[] {
  const excerpt = excerpts.find(({ role }) => role === 'current');
  return excerpt === undefined ? [] : codeFrame(excerpt, { paint: PLAIN });
}

/** The last lines of a run: the races of each test, if a test runner named them, and the total. */
export function renderTotal(races: readonly RaceReport[], seen: number): string {
  const fresh = races.filter(({ suppressed }) => suppressed === undefined);
  const known = races.length - fresh.length;
  const byTest = new Map<string, number>();
  for (const test of fresh.flatMap(({ tests }) => tests)) byTest.set(test, (byTest.get(test) ?? 0) + 1);
  const lines = [...byTest].map(([test, n]) => `  ${count(n, 'data race')} in ${printable(test)}\n`);
  const also = known > 0 ? `; ${known} suppressed` : '';
  return `${lines.join('')}Found ${count(fresh.length, 'data race')} (seen ${count(seen, 'time')})${also}.\n`;
}

/** What the detector met that weakens the result of the run; packages and files are for the document. */
export function renderLimits(uninstrumented: readonly Uninstrumented[]): string {
  const met = uninstrumented.filter(({ what }) => what === 'detector');
  return met.map(({ why }) => `tsrace: not everything was checked: ${why}\n`).join('');
}

const forTest = ({ test }: AccessReport): string => (test === null ? '' : ` in ${printable(test)}`);

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
/** "an" before eight, eleven, eighteen and whatever starts with them: 80, 8000, 11000, but not 110. */
const article = (n: number): string => (/^8|^1[18](\d{3})*$/.test(`${n}`) ? 'an' : 'a');
const bytes = (n: number): string => count(n, 'byte');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function kindOf({ role, type, atomic }: AccessReport): string {
  return capital(`${role === 'previous' ? 'previous ' : ''}${atomic ? 'atomic ' : ''}${type}`);
}

function targetOf({ name, index, native }: Report['race']['location']): string {
  if (name === '') return '';
  return native ? ` in ${printable(name)}()` : ` at ${printable(name)}[${index}]`;
}

const place = ({ file, line, column }: Frame): string => `${printable(file)}:${line}:${column}`;

/** A place is never cut, nor its line broken before the terminal does: it is what people click and copy. */
function stackLine(frame: Frame, width: number, { paint, terminal }: Style): string {
  const [name, where] = [printable(frame.function), place(frame)];
  if (terminal === undefined) return `  ${name.padEnd(width)}  ${paint.dim(where)}`;
  const room = Math.min(width, Math.max(8, terminal.columns - where.length - 4));
  const short = name.length > room ? `${name.slice(0, room - 1)}…` : name.padEnd(room);
  return `  ${short}  ${paint.dim(terminal.link(where, frame))}`;
}

/** At spaces; a word that is longer than a line has one of its own. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Tabs are kept before the caret, so that it stands under its column however wide a tab is. */
function codeFrame({ line, column, text }: Excerpt, { paint, terminal }: Style): string[] {
  const room = terminal === undefined ? 160 : Math.min(160, Math.max(20, terminal.columns - 12));
  const from = Math.max(0, column - 1 - Math.floor(room / 2));
  const shown = text.slice(from, from + room);
  const pad = shown.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
  const number = String(line).padStart(8);
  return [`${number} | ${printable(shown, true)}`, `${' '.repeat(8)} | ${pad}${paint.caret('^')}`];
}

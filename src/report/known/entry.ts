/**
 * The format of `tsrace.suppressions`: an entry a line,
 *
 *     race:src/legacy/**  until=2027-01-31  reason=known, see #123
 *
 * The pattern is a fingerprint (eight hex digits or more of an id), a file (a glob) or a function (`*` stands for any
 * part of a name); one with a space stands in double quotes. A reason is required, comes last and goes to the end of
 * its line. `until` is the last day on which the entry counts. Lines that begin with `#` are comments.
 *
 * Strict: an entry that is misspelt would silence nothing, or too much, and nobody would notice.
 */
import { DocumentError } from '../document-error.ts';

export interface Entry {
  line: number;
  kind: 'id' | 'file' | 'function';
  pattern: string;
  /** `YYYY-MM-DD` */
  until: string | undefined;
  reason: string;
}

const ENTRY = /^race:(?:"([^"]*)"|(\S*))(?:\s+(.*))?$/;
const FIELD = /^(\w+)=(\S*)\s*/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LONGEST = 1000;

/** @param name of the file, for errors */
export function parseEntries(text: string, name: string): Entry[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      const trimmed = line.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return [];
      return [parseEntry(trimmed, index + 1, `${name}:${index + 1}`)];
    });
}

function parseEntry(text: string, line: number, place: string): Entry {
  const wrong = (what: string): never => {
    throw new DocumentError(`${place}: ${what}`);
  };
  if (text.length > LONGEST) wrong(`the entry is longer than ${LONGEST} characters`);
  const [, quoted, bare, fields = ''] =
    ENTRY.exec(text) ??
    wrong(`${shown(text)} is no entry: write race:PATTERN reason=WHY, or # before a comment`);
  const pattern = quoted ?? bare ?? '';
  if (pattern === '') wrong('the pattern is missing: write race:PATTERN reason=WHY');

  let until: string | undefined;
  let rest = fields;
  while (!rest.startsWith('reason=')) {
    if (rest === '') wrong('the reason is missing: end the entry with reason=WHY');
    const [all, key, value] =
      FIELD.exec(rest) ??
      wrong(`cannot read ${shown(rest)}: after the pattern come until=YYYY-MM-DD and reason=WHY`);
    if (key !== 'until')
      wrong(`unknown field ${key}=: after the pattern come until=YYYY-MM-DD and reason=WHY`);
    if (until !== undefined) wrong('until= stands there twice');
    until = isDate(value!) ? value : wrong(`until=${shown(value!)} is no date: write until=YYYY-MM-DD`);
    rest = rest.slice(all!.length);
  }
  const reason = rest.slice('reason='.length).trim();
  if (reason === '') wrong('the reason is empty: say why the race is known');
  const kind = kindOf(pattern);
  if (!/[^*?/.]/.test(pattern) || /^<(?:module|anonymous)>$/.test(pattern))
    wrong(`${shown(pattern)} matches nearly every race: name a function, a file or a fingerprint`);
  if (kind === 'file' && /^(?:\.\.|!)/.test(pattern))
    wrong(`${shown(pattern)}: a file is named from the folder of the suppressions down`);
  return { line, kind, pattern, until, reason };
}

function kindOf(pattern: string): Entry['kind'] {
  if (/^[0-9a-f]{8,}$/.test(pattern)) return 'id';
  return pattern.includes('/') || /\.[cm]?[jt]sx?$/.test(pattern) ? 'file' : 'function';
}

export const isDate = (text: string): boolean =>
  DATE.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** The entry as it is written. */
export const formatEntry = ({ pattern, until, reason }: Omit<Entry, 'line' | 'kind'>): string =>
  [
    `race:${/\s/.test(pattern) ? `"${pattern}"` : pattern}`,
    ...(until ? [`until=${until}`] : []),
    `reason=${reason}`,
  ].join('  ');

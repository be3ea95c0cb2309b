/** What people read of a race: kinds, accesses and events in words. */
import type { AccessReport, LocationReport, RaceReport, SyncEvent, SyncKind } from '../report/report.ts';

export const KINDS: Record<RaceReport['kind'], string> = {
  'write-write': 'write / write',
  'read-write': 'read / write',
  'atomic-plain': 'atomic / plain',
  'atomic-overlap': 'overlapping atomics',
};

/** `atomic update of 4 bytes` */
export const accessWords = ({ atomic, type, size }: AccessReport): string =>
  `${atomic ? 'atomic ' : ''}${type} of ${size} ${size === 1 ? 'byte' : 'bytes'}`;

/** `counter[0]`, as the source spells it at the current access */
export const targetWords = ({ name, index, native, view }: LocationReport): string =>
  name === '' ? `${view}[${index}]` : native ? `${name}()` : `${name}[${index}]`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const times = (n: number): string => (n === 1 ? 'once' : `${n.toLocaleString('en')} times`);

export const placeOf = ({ file, line, column }: { file: string; line: number; column: number }): string =>
  `${file}:${line}:${column}`;

/** The end of a path is what tells files apart. */
export const fileName = (file: string): string =>
  file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);

const VERBS: Record<SyncKind, [short: string, long: string]> = {
  'atomic-load': ['load', 'Atomics load of'],
  'atomic-store': ['store', 'Atomics store to'],
  'atomic-update': ['update', 'Atomics update of'],
  wait: ['wait', 'Waits on'],
  notify: ['notify', 'Notifies'],
  post: ['post', 'Posts a message to'],
  receive: ['receive', 'Receives a message from'],
  'start-worker': ['start', 'Starts'],
  start: ['begins', 'Begins, started by'],
  end: ['ends', 'Ends'],
  join: ['join', 'Hears of the end of'],
  close: ['close', 'Closes'],
  closed: ['closed', 'Hears of the close of'],
  lock: ['lock', 'Takes'],
  unlock: ['unlock', 'Lets go of'],
  release: ['release', 'Releases'],
  acquire: ['acquire', 'Acquires'],
};

/** `compareExchange state[0]`, beside a dot */
export function eventLabel({ kind, on, operation }: SyncEvent): string {
  const [short] = VERBS[kind];
  const verb = isAtomic(kind) && operation !== '' ? operation : short;
  return on === '' || kind === 'start' || kind === 'end' ? verb : `${verb} ${on}`;
}

/** `Atomics.compareExchange of state[0]` */
export function eventTitle({ kind, on, operation }: SyncEvent): string {
  const [, long] = VERBS[kind];
  if (isAtomic(kind) && operation !== '') return `Atomics.${operation}${on === '' ? '' : ` of ${on}`}`;
  // a thread ends itself
  if (kind === 'end') return long;
  return on === '' ? long.replace(/,? (?:of|to|on|from|started by)$/, '') : `${long} ${on}`;
}

const isAtomic = (kind: SyncKind): boolean => kind.startsWith('atomic-');

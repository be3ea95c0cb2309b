/**
 * Why a race is one, in sentences: which edge there was last and why it does not cover the access, who held which lock,
 * what is wrong if that is sure, and the usual fix. Plain text with names from the program in it: whoever prints it
 * escapes it.
 */
import { DIAGNOSES } from './diagnoses.ts';
import {
  type AccessReport,
  type Explanation,
  type HeldLock,
  type Report,
  type SyncEvent,
  threadName,
} from './report.ts';

export interface Explained {
  /** the kind of bug; null where it cannot be told surely */
  headline: string | null;
  lines: string[];
  /** the usual fix; empty without a headline */
  hint: readonly string[];
  /** about this kind of bug: a file of the package */
  page: string | null;
}

/** Undefined for a report of an older version. */
export function explain({ race, threads }: Pick<Report, 'race' | 'threads'>): Explained | undefined {
  const { why, accesses } = race;
  if (why === undefined) return undefined;
  const name = (id: string): string => threadName(id, threads);
  const [current, previous] = accesses;
  const found = why.diagnosis === null ? undefined : DIAGNOSES[why.diagnosis];
  const lines = [
    ...order(why, current, previous, name),
    ...unheard(why, current, previous, name),
    ...released(why, current, previous, name),
    ...locks(why, current, previous, name),
  ];
  if (why.value !== null) lines.push(`When the race was seen, ${why.value} stood there.`);
  return {
    headline: found?.title ?? null,
    lines,
    hint: found?.hint ?? [],
    page: found?.page ?? null,
  };
}

type Name = (thread: string) => string;

function order(why: Explanation, current: AccessReport, previous: AccessReport, name: Name): string[] {
  const [hearer, other] = [name(current.thread), name(previous.thread)];
  const access = `${previous.atomic ? 'atomic ' : ''}${previous.type}`;
  if (why.lastPath.length === 0) {
    const [known] = why.clocks;
    return known.some(({ thread }) => thread === previous.thread)
      ? [
          `${capital(hearer)} last heard of ${other} before this ${access}, in a way that is no longer known; nothing has led from one to the other since.`,
        ]
      : [
          `Nothing led from ${other} to ${hearer}: no message, Atomics operation, lock or end of a thread, before or after this ${access}.`,
        ];
  }
  const way = why.lastPath.map((event, i) => (i % 2 === 0 ? release(event, name) : acquire(event, name)));
  return [
    `The last that ${hearer} heard of ${other}: ${way.filter((part) => part !== '').join(', ')}.`,
    `The ${access} of ${other} came after that, and nothing has led from it to ${hearer} since.`,
  ];
}

/** Where the one that should have waited came first: what it knew is not what the order tells. */
function unheard(why: Explanation, current: AccessReport, previous: AccessReport, name: Name): string[] {
  if (why.diagnosis !== 'not-awaited' || previous.type !== 'read') return [];
  return [`${capital(name(previous.thread))} has heard nothing of ${name(current.thread)} yet.`];
}

/** What the other did later would have been enough, had it been seen. */
function released(why: Explanation, current: AccessReport, previous: AccessReport, name: Name): string[] {
  const { epoch } = previous;
  if (epoch === undefined) return [];
  // an atomic write is such an event itself
  const from = previous.atomic && previous.type !== 'read' ? epoch.order + 1 : epoch.order;
  const next = why.events.find(
    (event) => event.thread === previous.thread && event.releases && event.order >= from,
  );
  if (next === undefined || next.kind === 'end') return [];
  return [`After it, ${release(next, name)}, which ${name(current.thread)} has not acquired.`];
}

function locks(
  { locks: held, lockWord }: Explanation,
  current: AccessReport,
  previous: AccessReport,
  name: Name,
): string[] {
  const lines: string[] = [];
  const plain = [current, previous].find(({ atomic }) => !atomic);
  if (lockWord && plain !== undefined) {
    lines.push(
      `This word is used as a lock, and the ${plain.type} of ${name(plain.thread)} is plain: it is no part of taking or giving it up, and orders nothing.`,
    );
  }
  const { current: mine, previous: theirs } = held;
  if (mine === undefined || theirs === undefined || mine.length + theirs.length === 0) return lines;
  lines.push(`${capital(holding(name(current.thread), mine))}; ${holding(name(previous.thread), theirs)}.`);
  return lines;
}

/** that a sentence names */
const MOST_LOCKS = 3;

function holding(thread: string, held: readonly HeldLock[]): string {
  if (held.length === 0) return `${thread} held no lock`;
  const each = held
    .slice(0, MOST_LOCKS)
    .map(({ on, since }) => `${on}${since.at === null ? '' : ` (taken at ${place(since)})`}`);
  if (held.length > MOST_LOCKS) each.push(`${held.length - MOST_LOCKS} more`);
  return `${thread} held ${each.join(' and ')}`;
}

function release(event: SyncEvent, name: Name): string {
  return `${name(event.thread)} ${RELEASE[event.kind](event)}${event.at === null ? '' : ` (${place(event)})`}`;
}

/** '' where it goes without saying. */
function acquire(event: SyncEvent, name: Name): string {
  const what = ACQUIRE[event.kind](event);
  if (what === '') return '';
  return `${name(event.thread)} ${what}${event.at === null ? '' : ` (${place(event)})`}`;
}

/** What a thread did, in the past tense. */
export const describeEvent = (event: SyncEvent): string =>
  (event.acquires.length > 0 ? ACQUIRE : RELEASE)[event.kind](event) || 'began';

type Words = Record<SyncEvent['kind'], (event: SyncEvent) => string>;

const changed = ({ on, operation }: SyncEvent): string =>
  operation === '' ? `changed ${on}` : `changed ${on} by ${operation}`;

const RELEASE: Words = {
  'atomic-load': ({ on }) => `read ${on}`,
  'atomic-store': ({ on }) => `stored to ${on}`,
  'atomic-update': changed,
  wait: ({ on }) => `waited on ${on}`,
  notify: ({ on }) => `notified ${on}`,
  post: () => 'posted a message',
  receive: () => 'received a message',
  'start-worker': ({ on }) => `started ${on}`,
  start: () => 'began',
  end: () => 'ended',
  join: ({ on }) => `saw the end of ${on}`,
  close: () => 'closed its port',
  closed: () => 'saw its port closed',
  lock: ({ on }) => `took ${on}`,
  unlock: ({ on }) => `gave up ${on}`,
  release: ({ on }) => `released ${on}`,
  acquire: ({ on }) => `acquired ${on}`,
};

const ACQUIRE: Words = {
  ...RELEASE,
  'atomic-load': ({ on }) => `read ${on} after it`,
  'atomic-store': ({ on }) => `stored to ${on} after it`,
  'atomic-update': (event) => `${changed(event)} after it`,
  wait: ({ on }) => `woke from its wait on ${on}`,
  receive: () => 'received it',
  start: () => '',
};

const place = ({ at }: SyncEvent): string => (at === null ? '' : `${at.file}:${at.line}`);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

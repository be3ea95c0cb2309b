/**
 * Which locks a thread held. A word counts as a lock if it was used as one: taken by a compareExchange or exchange and
 * given up by a store, sub or exchange, in turn, by each thread that did either. One that knows no operation but
 * compareExchange is none if it expects a value that was just read: whatever is there, it gets through (the head of a list
 * that is made without locks); nor is one that is exchanged for what a variable has. Locks of `navigator.locks` are what they are.
 */
import type { SyncInfo, SyncObject } from '../../../runtime/contract.ts';
import { type History, objectId } from './history.ts';

export interface Calls {
  /** The name of the function that made the event, without what it was a property of; '' where it is not known. */
  operationOf(event: SyncInfo): string;
  /** What the function was given, in the words of the source, as far as they are known. */
  argumentsOf(event: SyncInfo): readonly string[];
  /** Where it was called; '' where that is not known. */
  placeOf(event: SyncInfo): string;
}

const TAKES = new Set(['compareExchange', 'exchange']);
/** What only gives up; where a word knows none of them, the next of TAKES does. */
const ENDS = new Set(['store', 'sub', 'and']);

/**
 * What the thread held when it had come to place `at` among its events, by the events that took them.
 * Undefined: it may have taken one earlier than is known, or a word that nobody has given up yet.
 */
export function heldLocks(history: History, calls: Calls, seq: number, at: number): SyncInfo[] | undefined {
  const events = history.of(seq);
  const held = new Map<string, SyncInfo>();
  let isSure = true;
  const known = new Map<string, ReadonlySet<string> | undefined>();
  const endsOf = (object: SyncObject): ReadonlySet<string> | undefined => {
    const key = objectId(object);
    if (!known.has(key)) known.set(key, lockEnds(history, calls, object));
    return known.get(key);
  };
  /** Whether the same call has taken a word that is a lock: of many that are alike. */
  const takesLocks = (event: SyncInfo): boolean => {
    const place = calls.placeOf(event);
    const isAlike = (other: SyncInfo): boolean =>
      calls.placeOf(other) === place && isTake(other, calls) && endsOf(other.object) !== undefined;
    return place !== '' && history.threads.some((thread) => history.of(thread).some(isAlike));
  };
  for (const event of events.slice(0, at)) {
    const key = objectId(event.object);
    if (event.kind === 'lock') held.set(key, event);
    else if (event.kind === 'unlock') held.delete(key);
    else if (held.has(key)) {
      if (endsOf(event.object)?.has(calls.operationOf(event))) held.delete(key);
    } else if (isTake(event, calls)) {
      const first = isFirst(history, event);
      if (endsOf(event.object) !== undefined || (first && takesLocks(event))) held.set(key, event);
      else if (first) isSure = false;
    }
  }
  return held.size > 0 || (isSure && history.isWhole(seq)) ? [...held.values()] : undefined;
}

/** Nobody else has changed the word, nor the thread once more: whether it is a lock shows when it is given up. */
const isFirst = (history: History, event: SyncInfo): boolean =>
  history.on(event.object).every((other) => other === event || !WRITES.has(other.kind));

export const isLock = (history: History, calls: Calls, object: SyncObject): boolean =>
  lockEnds(history, calls, object) !== undefined;

/**
 * What a thread has done to a word last. `again`: one more compareExchange or exchange after it was taken, which has given
 * it up; or the one before it was a waiter's mark. `half`: a `sub`, which a waiter's mark may need a `store` after.
 */
type Step = 'taken' | 'again' | 'half' | 'given';

/** What ends the possession of a lock; undefined where the object is none. */
function lockEnds(history: History, calls: Calls, object: SyncObject): ReadonlySet<string> | undefined {
  if (object.type !== 'word') return undefined;
  const steps = new Map<number, Step>();
  const ends = new Set<string>();
  const exchanges: SyncInfo[] = [];
  let isGiven = false;
  for (const event of history.on(object)) {
    const { seq } = event;
    if (!WRITES.has(event.kind)) continue;
    const operation = calls.operationOf(event);
    const before = steps.get(seq) ?? 'given';
    if (isTake(event, calls)) {
      isGiven ||= before === 'taken';
      // of a mark it must be sure
      const isMarked = before === 'taken' && isNamed(calls.argumentsOf(event)[2] ?? '');
      steps.set(seq, isMarked ? 'again' : before === 'taken' ? 'given' : 'taken');
      exchanges.push(event);
    } else if (ENDS.has(operation) && before !== 'given' && (before !== 'half' || operation === 'store')) {
      steps.set(seq, before !== 'half' && operation === 'sub' ? 'half' : 'given');
      ends.add(operation);
    } else if (history.isWhole(seq)) return undefined;
  }
  if (ends.size > 0) return ends;
  const isNone = [expectsWhatWasRead, putsTheSame, handsOver].some((speaksAgainst) =>
    speaksAgainst(exchanges, calls),
  );
  return isGiven && !isNone ? TAKES : undefined;
}

/** A number or a name of a constant: `0`, `1n`, `FREE`, `state.free`. */
const isNamed = (text: string): boolean => /^(?:-?\d\w*|[A-Z][\w$]*|[\w$]+(?:\.#?[\w$]+)+)$/.test(text);

/** Whether a compareExchange is seen to expect neither a constant nor what another of them puts there. */
function expectsWhatWasRead(exchanges: readonly SyncInfo[], calls: Calls): boolean {
  const replacements = new Set(exchanges.map((event) => replacementIn(event, calls)));
  return exchanges.some((event) => {
    const expected = calls.argumentsOf(event)[2] ?? '';
    if (expected === '' || calls.operationOf(event) !== 'compareExchange') return false;
    return !isNamed(expected) && !replacements.has(expected);
  });
}

/** Whether all of them are seen to put the same there: if that is a lock, plain writes give it up, which are no events. */
function putsTheSame(exchanges: readonly SyncInfo[], calls: Calls): boolean {
  const texts = new Set(exchanges.map((event) => replacementIn(event, calls)));
  return texts.size === 1 && !texts.has('');
}

/** Whether it is only exchanged, and seen to be for what is no constant: an index that changes hands (a triple buffer's). */
const handsOver = (exchanges: readonly SyncInfo[], calls: Calls): boolean =>
  exchanges.every((event) => calls.operationOf(event) === 'exchange') &&
  exchanges.map((event) => replacementIn(event, calls)).some((text) => text !== '' && !isNamed(text));

/** What a compareExchange or exchange puts there; '' where the source does not say. */
const replacementIn = (event: SyncInfo, calls: Calls): string =>
  calls.argumentsOf(event)[calls.operationOf(event) === 'exchange' ? 2 : 3] ?? '';

const WRITES = new Set<string>(['atomic-store', 'atomic-update']);

export const isTake = (event: SyncInfo, calls: Calls): boolean =>
  event.kind === 'atomic-update' && TAKES.has(calls.operationOf(event));

/**
 * Which locks a thread held. A word counts as a lock if it was used as one: taken by a compareExchange or exchange and
 * given up by a store, sub or exchange, in turn, by each thread that did either. One that knows no operation but
 * compareExchange is none if what it expects is no constant: whatever is there, it gets through (the head of a list that
 * is made without locks). Locks of `navigator.locks` are what they are.
 */
import type { SyncInfo, SyncObject } from '../../../runtime/contract.ts';
import { type History, objectId } from './history.ts';

export interface Calls {
  /** The name of the function that made the event, without what it was a property of; '' where it is not known. */
  operationOf(event: SyncInfo): string;
  /** What a compareExchange expects, in the words of the source; '' where it is not known. */
  expectedBy(event: SyncInfo): string;
}

const TAKES = new Set(['compareExchange', 'exchange']);
/** What only gives up; where a word knows none of them, the next of TAKES does. */
const ENDS = new Set(['store', 'sub', 'and']);
const GIVES = new Set([...TAKES, ...ENDS]);

/**
 * What the thread held when it had come to place `at` among its events, by the events that took them.
 * Undefined: it may have taken one earlier than is known.
 */
export function heldLocks(history: History, calls: Calls, seq: number, at: number): SyncInfo[] | undefined {
  const events = history.of(seq);
  const held = new Map<string, SyncInfo>();
  const known = new Map<string, ReadonlySet<string> | undefined>();
  const endsOf = (object: SyncObject): ReadonlySet<string> | undefined => {
    const key = objectId(object);
    if (!known.has(key)) known.set(key, lockEnds(history, calls, object));
    return known.get(key);
  };
  for (const event of events.slice(0, at)) {
    const key = objectId(event.object);
    if (event.kind === 'lock') held.set(key, event);
    else if (event.kind === 'unlock') held.delete(key);
    else if (held.has(key)) {
      if (endsOf(event.object)?.has(calls.operationOf(event))) held.delete(key);
    } else if (isTake(event, calls) && endsOf(event.object) !== undefined) held.set(key, event);
  }
  return held.size > 0 || history.isWhole(seq) ? [...held.values()] : undefined;
}

export const isLock = (history: History, calls: Calls, object: SyncObject): boolean =>
  lockEnds(history, calls, object) !== undefined;

/** What ends the possession of a lock; undefined where the object is none. */
function lockEnds(history: History, calls: Calls, object: SyncObject): ReadonlySet<string> | undefined {
  if (object.type !== 'word') return undefined;
  /** whose turn it is to give it up */
  const taken = new Set<number>();
  const before = new Map<number, string>();
  const takes: SyncInfo[] = [];
  const operations = new Set<string>();
  let pairs = 0;
  for (const event of history.on(object)) {
    const { seq } = event;
    if (!WRITES.has(event.kind)) continue;
    const operation = calls.operationOf(event);
    const last = before.get(seq) ?? '';
    operations.add(operation);
    before.set(seq, operation);
    if (isTake(event, calls) && !taken.has(seq)) {
      taken.add(seq);
      takes.push(event);
    } else if (taken.has(seq) ? GIVES.has(operation) : ENDS.has(operation) && isHolders(last)) {
      taken.delete(seq);
      pairs++;
    } else if (history.isWhole(seq)) return undefined;
  }
  if (pairs === 0) return undefined;
  const ends = new Set([...operations].filter((operation) => ENDS.has(operation)));
  if (ends.size > 0) return ends;
  const takesAnything = operations.size === 1 && takes.some((take) => !isConstant(calls.expectedBy(take)));
  return takesAnything ? undefined : TAKES;
}

/** `0`, `1n`, `FREE`, `State.Free`, `this.#FREE`; and what is not known. */
const isConstant = (text: string): boolean => /^(?:-?\d\w*|(?:[\w$#]+\.)*#?[A-Z][\w$]*)?$/.test(text);

/** A waiter may mark the lock before it takes it, and one that is marked may be given up in two steps. */
const isHolders = (last: string): boolean => TAKES.has(last) || last === 'sub';

const WRITES = new Set<string>(['atomic-store', 'atomic-update']);

export const isTake = (event: SyncInfo, calls: Calls): boolean =>
  event.kind === 'atomic-update' && TAKES.has(calls.operationOf(event));

/**
 * Which locks a thread held. A word counts as a lock if it was used as one: taken by a compareExchange or exchange and
 * given up by a store, sub or exchange, in turn, by each thread that did either. Locks of `navigator.locks` are what
 * they are.
 */
import type { SyncInfo, SyncObject } from '../../../runtime/contract.ts';
import { type History, objectId } from './history.ts';

/** The name of the function that made the event, without what it was a property of; '' where it is not known. */
export type OperationOf = (event: SyncInfo) => string;

const TAKES = new Set(['compareExchange', 'exchange']);
const GIVES = new Set(['store', 'sub', 'exchange', 'compareExchange', 'and']);

/**
 * What the thread held when it had come to place `at` among its events, by the events that took them.
 * Undefined: it may have taken one earlier than is known.
 */
export function heldLocks(
  history: History,
  operationOf: OperationOf,
  seq: number,
  at: number,
): SyncInfo[] | undefined {
  const events = history.of(seq);
  const held = new Map<string, SyncInfo>();
  const locks = new Map<string, boolean>();
  const wordLocks = (object: SyncObject): boolean => {
    const key = objectId(object);
    const known = locks.get(key) ?? isLock(history, operationOf, object);
    locks.set(key, known);
    return known;
  };
  for (const event of events.slice(0, at)) {
    const key = objectId(event.object);
    if (event.kind === 'lock') held.set(key, event);
    else if (event.kind === 'unlock' || held.has(key)) held.delete(key);
    else if (isTake(event, operationOf) && wordLocks(event.object)) held.set(key, event);
  }
  return held.size > 0 || history.isWhole(seq) ? [...held.values()] : undefined;
}

export function isLock(history: History, operationOf: OperationOf, object: SyncObject): boolean {
  if (object.type !== 'word') return false;
  /** whose turn it is to give it up */
  const taken = new Set<number>();
  let pairs = 0;
  for (const event of history.on(object)) {
    const { seq } = event;
    if (!WRITES.has(event.kind)) continue;
    if (!taken.has(seq) && isTake(event, operationOf)) taken.add(seq);
    else if (taken.has(seq) && GIVES.has(operationOf(event))) {
      taken.delete(seq);
      pairs++;
    } else if (history.isWhole(seq)) return false;
  }
  return pairs > 0;
}

const WRITES = new Set<string>(['atomic-store', 'atomic-update']);

export const isTake = (event: SyncInfo, operationOf: OperationOf): boolean =>
  event.kind === 'atomic-update' && TAKES.has(operationOf(event));

/** What the detector's events are called elsewhere. */
import type { SyncKind } from './contract.ts';
import { EventKind } from './core/sync/event-log.ts';

export const SYNC_KINDS: Record<EventKind, SyncKind> = {
  [EventKind.ATOMIC_LOAD]: 'atomic-load',
  [EventKind.ATOMIC_STORE]: 'atomic-store',
  [EventKind.ATOMIC_UPDATE]: 'atomic-update',
  [EventKind.WAIT]: 'wait',
  [EventKind.NOTIFY]: 'notify',
  [EventKind.POST]: 'post',
  [EventKind.RECEIVE]: 'receive',
  [EventKind.FORK]: 'start-worker',
  [EventKind.START]: 'start',
  [EventKind.END]: 'end',
  [EventKind.JOIN]: 'join',
  [EventKind.CLOSE]: 'close',
  [EventKind.CLOSED]: 'closed',
  [EventKind.LOCK]: 'lock',
  [EventKind.UNLOCK]: 'unlock',
  [EventKind.RELEASE]: 'release',
  [EventKind.ACQUIRE]: 'acquire',
};

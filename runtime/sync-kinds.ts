/** The detector's events as others know them: what they are called, and what they were done to. */
import type { SyncKind, SyncObject } from './contract.ts';
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
  [EventKind.WOKEN]: 'wait',
};

/** `named`: the object of a name. */
export function syncObjectOf(
  { kind, object, place }: { kind: number; object: number; place: number },
  named: (name: number) => SyncObject,
): SyncObject {
  switch (kind) {
    case EventKind.POST:
    case EventKind.RECEIVE:
      return { type: 'message', buffer: object };
    case EventKind.FORK:
    case EventKind.START:
    case EventKind.END:
    case EventKind.JOIN:
      return { type: 'thread', seq: object };
    case EventKind.CLOSE:
    case EventKind.CLOSED:
      return { type: 'channel', channel: object };
    case EventKind.LOCK:
    case EventKind.UNLOCK:
    case EventKind.RELEASE:
    case EventKind.ACQUIRE:
      return named(object);
    default:
      return { type: 'word', buffer: object, byteOffset: place };
  }
}

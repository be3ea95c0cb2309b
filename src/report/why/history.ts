/** The events that are kept of all threads, when a race is seen: what was released, and who has acquired it. */
import type { SyncInfo, SyncKind, SyncObject } from '../../../runtime/contract.ts';

export class History {
  /** of each thread, in its order */
  readonly #threads = new Map<number, SyncInfo[]>();
  /** by what was done to, thread by thread */
  readonly #objects = new Map<string, SyncInfo[]>();

  constructor(events: readonly SyncInfo[]) {
    for (const event of events) {
      listOf(this.#threads, event.seq).push(event);
      listOf(this.#objects, objectId(event.object)).push(event);
    }
  }

  get threads(): number[] {
    return [...this.#threads.keys()];
  }

  of(seq: number): readonly SyncInfo[] {
    return this.#threads.get(seq) ?? [];
  }

  /** All that was done to one thing, those of a thread in its order. */
  on(object: SyncObject): readonly SyncInfo[] {
    return this.#objects.get(objectId(object)) ?? [];
  }

  /** All that the thread did is here, from its start. */
  isWhole(seq: number): boolean {
    const [first] = this.of(seq);
    return first === undefined || first.order === 0;
  }

  /** How many events of the thread came before an access of that epoch: it was made before the release that ended it. */
  placeOf(seq: number, clock: number): number {
    const events = this.of(seq);
    const at = events.findIndex((event) => event.releases && event.clock >= clock);
    return at === -1 ? events.length : at;
  }

  /** Where in `of(seq)` the release stands that `acquire` came after; -1 where it is no longer known. */
  releaseOf(acquire: SyncInfo): number {
    const { source } = acquire;
    if (source === undefined) return -1;
    const events = this.of(source.seq);
    const candidates = events.flatMap((event, i) =>
      event.releases && event.clock === source.clock ? [i] : [],
    );
    // a thread may release to several in a row, with nothing in between that would make another epoch
    const fits = (i: number): boolean => pairs(events[i] as SyncInfo, acquire);
    return candidates.findLast(fits) ?? candidates.at(-1) ?? -1;
  }
}

/** The same for the same word, port, lock or thread; '' for messages, each of which is another. */
export function objectId(object: SyncObject): string {
  switch (object.type) {
    case 'word':
      return `word ${object.buffer}:${object.byteOffset}`;
    case 'thread':
      return `thread ${object.seq}`;
    case 'channel':
      return `channel ${object.channel}`;
    case 'name':
      return `${object.kind} ${object.name}`;
    case 'message':
      return '';
  }
}

function listOf<K>(lists: Map<K, SyncInfo[]>, key: K): SyncInfo[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}

/** What the two were done to, and how, allows that the one is what the other came after. */
function pairs(release: SyncInfo, acquire: SyncInfo): boolean {
  const kind = ENDS[acquire.kind];
  if (kind !== undefined)
    return release.kind === kind && (kind !== 'start-worker' || starts(release, acquire));
  return objectId(release.object) === objectId(acquire.object);
}

const starts = ({ object }: SyncInfo, { seq }: SyncInfo): boolean =>
  object.type === 'thread' && object.seq === seq;

const ENDS: Partial<Record<SyncKind, SyncKind>> = {
  receive: 'post',
  start: 'start-worker',
  join: 'end',
  closed: 'close',
};

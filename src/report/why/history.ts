/** The events that are kept of all threads, when a race is seen: what was released, and who has acquired it. */
import type { SyncInfo, SyncKind, SyncObject } from '../../../runtime/contract.ts';

export class History {
  /** of each thread, in its order */
  readonly #threads = new Map<number, SyncInfo[]>();

  constructor(events: readonly SyncInfo[]) {
    for (const event of events) {
      const known = this.#threads.get(event.seq);
      if (known === undefined) this.#threads.set(event.seq, [event]);
      else known.push(event);
    }
  }

  get threads(): number[] {
    return [...this.#threads.keys()];
  }

  of(seq: number): readonly SyncInfo[] {
    return this.#threads.get(seq) ?? [];
  }

  /** All that was done to one thing, thread by thread. */
  on(object: SyncObject): SyncInfo[] {
    const key = JSON.stringify(object);
    return this.threads.flatMap((seq) =>
      this.of(seq).filter((event) => JSON.stringify(event.object) === key),
    );
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

/** What the two were done to, and how, allows that the one is what the other came after. */
function pairs(release: SyncInfo, acquire: SyncInfo): boolean {
  const kind = ENDS[acquire.kind];
  if (kind !== undefined)
    return release.kind === kind && (kind !== 'start-worker' || starts(release, acquire));
  return JSON.stringify(release.object) === JSON.stringify(acquire.object);
}

const starts = ({ object }: SyncInfo, { seq }: SyncInfo): boolean =>
  object.type === 'thread' && object.seq === seq;

const ENDS: Partial<Record<SyncKind, SyncKind>> = {
  receive: 'post',
  start: 'start-worker',
  join: 'end',
  closed: 'close',
};

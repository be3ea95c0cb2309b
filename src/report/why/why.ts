/**
 * Why nothing ordered the two accesses of a race: from the events that the threads keep and their clocks to what a
 * report says of it. Numbers become names here, once, so that all else is a pure function of the report.
 */
import type { ReportTables, SyncInfo, SyncObject } from '../../../runtime/contract.ts';
import type { Race, RacingAccess } from '../../../runtime/core/race.ts';
import type { EpochReport, Explanation, Frame, HeldLock, RaceReport, SyncEvent } from '../report.ts';
import type { SourceLines } from '../source-lines.ts';
import { diagnose, type Facts } from './diagnose.ts';
import { History, objectId } from './history.ts';
import { type Calls, heldLocks, isLock, isTake } from './locks.ts';
import { lastPath } from './path.ts';
import { argumentsIn, nameOf, wordIn } from './words.ts';

/** Events of a report: a page draws them, and a thousand reports are one document. */
const MAX_EVENTS = 64;
/** of each of the two threads, on each side of its access */
const NEAR = 10;

export interface Setting {
  tables: ReportTables;
  source: SourceLines;
  id(seq: number): string;
  /** what a reader knows the thread by */
  named(seq: number): string;
  framesOf(stack: number): Frame[];
  /** earlier races of the process */
  earlier(): readonly RaceReport[];
}

export interface Answer {
  why: Explanation;
  /** of the accesses, current and previous: `AccessReport.epoch` */
  epochs: [{ clock: number; order: number }, { clock: number; order: number }];
}

export function explainRace(
  race: Race,
  report: Pick<RaceReport, 'kind' | 'location' | 'accesses'>,
  setting: Setting,
): Answer {
  const { tables, source, id } = setting;
  const history = new History(tables.syncEvents());
  const calledAt = new Map<number, string>();
  const calls: Calls = {
    operationOf: ({ stack }) => tables.frames(stack)[0]?.text.split('.').at(-1)?.split('(')[0] ?? '',
    argumentsOf: (event) => argumentsIn(event, tables, source),
    placeOf: ({ stack }) => {
      let place = calledAt.get(stack);
      if (place === undefined) {
        const [at] = tables.frames(stack);
        place = at === undefined ? '' : `${at.file}:${at.line}:${at.column}`;
        calledAt.set(stack, place);
      }
      return place;
    },
  };
  const { current, previous } = race;
  const clocks = [current, previous].map(({ thread }) => tables.clockOf(thread));
  const path = lastPath(
    history,
    previous.thread,
    tables.known(current.thread, previous.thread),
    current.thread,
  );
  const places: [number, number] = [
    history.of(current.thread).length,
    history.placeOf(previous.thread, previous.clock),
  ];
  const symbolic = (event: SyncInfo): SyncEvent => ({
    thread: id(event.seq),
    clock: event.clock,
    order: event.order,
    kind: event.kind,
    releases: event.releases,
    acquires: event.source === undefined ? [] : [epochOf(event.source, id)],
    on: nameOf(event.object, wordOf(event), setting.named),
    object: objectId(event.object),
    operation: calls.operationOf(event),
    at: setting.framesOf(event.stack)[0] ?? null,
  });
  /** Of the same word any event may be the one that names it. */
  const words = new Map<string, string | undefined>();
  const wordOf = (event: SyncInfo): string | undefined => {
    if (event.object.type !== 'word') return undefined;
    const key = objectId(event.object);
    const own = wordIn(event, tables, source);
    if (own !== undefined && !words.has(key)) words.set(key, own);
    return own ?? words.get(key);
  };
  const locksOf = ({ thread }: RacingAccess, at: number): HeldLock[] | undefined =>
    heldLocks(history, calls, thread, at)?.map((event) => {
      const since = symbolic(event);
      return { object: since.object, on: since.on, since };
    });
  const locks = { current: locksOf(current, places[0]), previous: locksOf(previous, places[1]) };
  const word: SyncObject = { type: 'word', buffer: race.buffer, byteOffset: race.byteOffset };
  const onWord = history.on(word);
  const diagnosis = diagnose({
    race: report,
    locked: lockedBy(locks.current, locks.previous),
    handedOver: path.some(({ object }) => object.type === 'message' && object.buffer === race.buffer),
    announced: setting.earlier().some((other) => announces(other, report)),
    unheard: isUnheard(race, tables, history),
    atomics: onWord.length > 0,
    announcedAt:
      path.length === 2 && path[0]?.object.type === 'word' ? (symbolic(path[0]).at ?? undefined) : undefined,
    source,
  });
  const isWordLocked =
    isLock(history, calls, word) ||
    (race.kind === 'atomic-plain' && onWord.some((event) => isTake(event, calls)));
  const why: Explanation = {
    lastPath: path.map(symbolic),
    locks,
    lockWord: isWordLocked,
    diagnosis,
    value: race.value ?? null,
    events: around(history, race, places, path).map(symbolic),
    clocks: clocks.map((clock) => clock.map((epoch) => epochOf(epoch, id))) as Explanation['clocks'],
  };
  tellApart(why);
  return {
    why,
    epochs: [
      { clock: current.clock, order: orderAt(history, current.thread, places[0]) },
      { clock: previous.clock, order: orderAt(history, previous.thread, places[1]) },
    ],
  };
}

const epochOf = ({ seq, clock }: { seq: number; clock: number }, id: Setting['id']): EpochReport => ({
  thread: id(seq),
  clock,
});

/** Places are among the events that are left, orders among all. */
function orderAt(history: History, seq: number, place: number): number {
  const events = history.of(seq);
  return events[place]?.order ?? (events.at(-1)?.order ?? -1) + 1;
}

/** Who held a lock, where there is none that both held: `Facts.locked`. */
function lockedBy(a: HeldLock[] | undefined, b: HeldLock[] | undefined): Facts['locked'] {
  if (a === undefined || b === undefined || a.length + b.length === 0) return null;
  if (a.some(({ object }) => b.some((other) => other.object === object))) return null;
  return a.length > 0 && b.length > 0 ? 'both' : 'one';
}

/** `Facts.unheard`: also where other threads have started others in between. */
function isUnheard({ current, previous }: Race, tables: ReportTables, history: History): boolean {
  const reader = [current, previous].find(({ type }) => type === 'read')?.thread;
  const writer = [current, previous].find(({ type }) => type !== 'read')?.thread;
  if (reader === undefined || writer === undefined) return false;
  let { parent } = tables.thread(writer);
  while (parent !== reader && parent >= 0) parent = tables.thread(parent).parent;
  if (parent !== reader || !history.isWhole(reader)) return false;
  // who has accessed nothing yet sends messages all the same
  const heard = [...tables.clockOf(reader), ...history.of(reader).map(({ source }) => source)];
  return heard.every((epoch) => epoch?.seq !== writer);
}

/** Words that the source calls the same, as `locks[i]` does, are told apart by where they are. */
function tellApart({ lastPath, locks, events }: Explanation): void {
  const held = [...(locks.current ?? []), ...(locks.previous ?? [])];
  const named = [...lastPath, ...events, ...held, ...held.map(({ since }) => since)];
  const objects = new Map<string, Set<string>>();
  for (const { on, object } of named) objects.set(on, (objects.get(on) ?? new Set()).add(object));
  const alike = new Set([...objects].filter(([on, all]) => on !== '' && all.size > 1).map(([on]) => on));
  for (const each of named) {
    const byte = alike.has(each.on) ? /^word \d+:(\d+)$/.exec(each.object)?.[1] : undefined;
    if (byte !== undefined) each.on += ` (byte ${byte})`;
  }
}

/** The same writer and reader, on other bytes of plain memory: the read that let this one come. */
function announces(earlier: RaceReport, race: Pick<RaceReport, 'location' | 'accesses'>): boolean {
  const [current, previous] = race.accesses;
  const [flagRead, flagWrite] = earlier.accesses;
  return (
    previous.type === 'write' &&
    current.type === 'read' &&
    flagRead.type === 'read' &&
    flagWrite.type !== 'read' &&
    flagRead.thread === current.thread &&
    flagWrite.thread === previous.thread &&
    // of two results that were read too early neither announces the other
    earlier.why?.diagnosis !== 'not-awaited' &&
    (earlier.location.buffer !== race.location.buffer ||
      earlier.location.byteOffset !== race.location.byteOffset)
  );
}

/** The events to draw: the path, those nearest to the two accesses, and the releases that these came after. */
function around(
  history: History,
  race: Race,
  places: [number, number],
  path: readonly SyncInfo[],
): SyncInfo[] {
  const chosen = new Set<SyncInfo>(path);
  [race.current, race.previous].forEach(({ thread }, i) => {
    const place = places[i] as number;
    for (const event of history.of(thread).slice(Math.max(0, place - NEAR), place + NEAR)) chosen.add(event);
  });
  for (const event of chosen) {
    if (chosen.size >= MAX_EVENTS) break;
    const release = history.releaseOf(event);
    if (release !== -1) chosen.add(history.of(event.source?.seq as number)[release] as SyncInfo);
  }
  return history.threads.flatMap((seq) => history.of(seq).filter((event) => chosen.has(event)));
}

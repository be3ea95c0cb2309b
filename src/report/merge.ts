/**
 * Many documents as one: shards, machines, processes. A race that several have seen (by its id) is one entry with
 * their counts added up. One document is looked at after the other, and of each only what is new stays: its races,
 * and the threads that these name.
 *
 * Two machines have processes of the same number: a process whose number is taken gets one of its own, `4711.2`.
 */
import { version } from '../version.ts';
import { Coverage } from './coverage.ts';
import type { RaceDocument, RaceReport, SyncEvent, ThreadReport, Uninstrumented } from './report.ts';

type Rename = (thread: string) => string;

export class Merger {
  /** documents added so far */
  documents = 0;
  readonly #races = new Map<string, { race: RaceReport; tests: Set<string> }>();
  readonly #threads = new Map<string, ThreadReport>();
  readonly #processes = new Set<string>();
  readonly #uninstrumented = new Map<string, Uninstrumented>();
  #command: string[] | undefined;
  readonly #sums = { threads: 0, sharedBuffers: 0, accessesChecked: 0 };
  /** of the documents that have them */
  readonly #edges: { syncEvents?: number; edges?: number } = {};
  #coverage: Coverage | undefined;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  add({ command, startedAt, durationMs, races, threads, summary }: RaceDocument): void {
    this.documents++;
    const same = JSON.stringify(command) === JSON.stringify(this.#command ?? command);
    this.#command = same ? command : [];
    const start = Date.parse(startedAt);
    if (Number.isFinite(start)) {
      this.#from = Math.min(this.#from, start);
      this.#to = Math.max(this.#to, start + durationMs);
    }
    this.#sums.threads += summary.threads;
    this.#sums.sharedBuffers += summary.sharedBuffers;
    this.#sums.accessesChecked += summary.accessesChecked;
    for (const name of ['syncEvents', 'edges'] as const)
      if (summary[name] !== undefined) this.#edges[name] = (this.#edges[name] ?? 0) + summary[name];
    for (const item of summary.uninstrumented)
      this.#uninstrumented.set(JSON.stringify([item.what, item.why]), item);

    const known = new Map(threads.map((thread) => [thread.id, thread]));
    const rename = this.#renaming();
    if (summary.files !== undefined) {
      this.#coverage ??= new Coverage();
      this.#coverage.add(summary.files, rename);
    }
    for (const race of races) {
      const found = this.#races.get(race.id);
      if (found === undefined) {
        this.#races.set(race.id, { race: renamed(race, rename), tests: new Set(race.tests) });
        for (const thread of namedBy(race, known)) {
          const { id, parent } = thread;
          this.#threads.set(rename(id), {
            ...thread,
            id: rename(id),
            parent: parent === null ? null : rename(parent),
          });
        }
        continue;
      }
      found.race.count += race.count;
      for (const test of race.tests) found.tests.add(test);
      // it counts where one run says that it does
      if (race.suppressed === undefined) delete found.race.suppressed;
    }
  }

  /** For the threads of one document, whose processes are none of those before. */
  #renaming(): Rename {
    const names = new Map<string, string>();
    return (thread) => {
      const at = thread.indexOf(':');
      const process = at < 0 ? thread : thread.slice(0, at);
      let name = names.get(process);
      if (name === undefined) {
        name = process;
        for (let n = 2; this.#processes.has(name); n++) name = `${process}.${n}`;
        names.set(process, name);
        this.#processes.add(name);
      }
      return at < 0 ? name : name + thread.slice(at);
    };
  }

  result(): RaceDocument {
    const races = [...this.#races.values()].map(({ race, tests }) => ({ ...race, tests: [...tests] }));
    const known = this.#from <= this.#to;
    return {
      schemaVersion: 1,
      tool: { name: 'tsrace', version },
      command: this.#command ?? [],
      startedAt: new Date(known ? this.#from : 0).toISOString(),
      durationMs: known ? this.#to - this.#from : 0,
      races,
      threads: [...this.#threads.values()],
      summary: {
        races: races.length,
        ...this.#sums,
        ...this.#edges,
        ...(this.#coverage && { files: this.#coverage.result() }),
        uninstrumented: [...this.#uninstrumented.values()],
      },
    };
  }
}

/** With those that made them. */
function namedBy(race: RaceReport, known: ReadonlyMap<string, ThreadReport>): ThreadReport[] {
  const ids = new Set<string>();
  renamed(race, (thread) => {
    ids.add(thread);
    return thread;
  });
  // a set takes in what is added to it meanwhile
  for (const id of ids) {
    const parent = known.get(id)?.parent;
    if (parent) ids.add(parent);
  }
  return [...ids].flatMap((id) => known.get(id) ?? []);
}

/** With other ids of threads. */
export function renamed(race: RaceReport, rename: Rename): RaceReport {
  const of = <T extends { thread: string }>(one: T): T => ({ ...one, thread: rename(one.thread) });
  const event = (one: SyncEvent): SyncEvent => ({ ...of(one), acquires: one.acquires.map(of) });
  const [current, previous] = race.accesses;
  const { allocatedBy } = race.location;
  const { why } = race;
  const held = (locks: NonNullable<typeof why>['locks']['current']): typeof locks =>
    locks?.map((lock) => ({ ...lock, since: event(lock.since) }));
  return {
    ...race,
    accesses: [of(current), of(previous)],
    location: { ...race.location, allocatedBy: allocatedBy === null ? null : rename(allocatedBy) },
    ...(why && {
      why: {
        ...why,
        lastPath: why.lastPath.map(event),
        locks: { current: held(why.locks.current), previous: held(why.locks.previous) },
        events: why.events.map(event),
        clocks: [why.clocks[0].map(of), why.clocks[1].map(of)],
      },
    }),
  };
}

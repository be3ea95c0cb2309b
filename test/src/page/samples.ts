/** Documents with a history, as the runtime writes them: one that is known by heart, and others of any size. */
import type {
  EpochReport,
  Explanation,
  RaceDocument,
  RaceReport,
  SourceExcerpt,
  SyncEvent,
  SyncKind,
  ThreadReport,
} from '../../../src/report/report.ts';
import { access, document, frame, race, thread } from '../documents.ts';

const [MAIN, WRITER, READER] = ['7:0', '7:1', '7:2'] as const;

function event(
  of: string,
  order: number,
  clock: number,
  kind: SyncKind,
  more: Partial<SyncEvent> = {},
): SyncEvent {
  return {
    thread: of,
    order,
    clock,
    kind,
    releases: false,
    acquires: [],
    on: '',
    object: '',
    operation: '',
    at: frame('run', 'src/pipeline.ts', 10 + order),
    ...more,
  };
}

const PIPELINE = `import { Worker, isMainThread, workerData } from 'node:worker_threads';

/* A job is announced by a flag.
   The flag is plain. */
const HEAD = 0;

export class Pipeline {
  readonly #state: Int32Array;
  readonly #jobs: Float64Array;

  publish(job: number): void {
    this.#jobs[this.#next()] = job; // the data first
    Atomics.store(this.#state, TAIL, 1);
    this.#state[HEAD] = 1;
  }

  take(): number | undefined {
    while (Atomics.load(this.#state, TAIL) === 0) pause('waiting \${n}');
    const head = this.#state[HEAD]!;
    return head === 0 ? undefined : this.#jobs[head];
  }
}

export function run(buffer: SharedArrayBuffer): void {
  const pipeline = new Pipeline(buffer);
  for (const job of jobs()) pipeline.publish(job);
}`.split('\n');

const sources: SourceExcerpt[] = [{ file: 'src/pipeline.ts', from: 1, lines: PIPELINE }];

/**
 * Main starts a writer and a reader. The reader sees the writer's first store, and not what the writer wrote after it:
 * five arrows' worth of order, none of which leads from one access to the other.
 */
export function known(): RaceDocument {
  const start1 = event(MAIN, 0, 1, 'start-worker', { releases: true, on: 'worker 1', object: 'thread 1' });
  const start2 = event(MAIN, 1, 2, 'start-worker', { releases: true, on: 'worker 2', object: 'thread 2' });
  const begin1 = event(WRITER, 0, 1, 'start', {
    acquires: [{ thread: MAIN, clock: 1 }],
    on: 'main',
    object: 'thread 1',
  });
  const begin2 = event(READER, 0, 1, 'start', {
    acquires: [{ thread: MAIN, clock: 2 }],
    on: 'main',
    object: 'thread 2',
  });
  const store = event(WRITER, 1, 1, 'atomic-store', { releases: true, on: 'state[1]', object: 'w1' });
  const load = event(READER, 1, 1, 'atomic-load', {
    acquires: [{ thread: WRITER, clock: 1 }],
    on: 'state[1]',
    object: 'w1',
  });
  const end1 = event(WRITER, 2, 2, 'end', { releases: true, on: '', object: 'thread 1', at: null });
  const end2 = event(READER, 2, 1, 'end', { releases: true, on: '', object: 'thread 2', at: null });
  const join1 = event(MAIN, 2, 3, 'join', {
    acquires: [{ thread: WRITER, clock: 2 }],
    on: 'worker 1',
    object: 'thread 1',
  });
  const join2 = event(MAIN, 3, 3, 'join', {
    acquires: [{ thread: READER, clock: 1 }],
    on: 'worker 2',
    object: 'thread 2',
  });
  const why: Explanation = {
    lastPath: [store, load],
    locks: { current: [], previous: [] },
    lockWord: false,
    diagnosis: 'unsafe-publication',
    value: '0',
    events: [start1, start2, join1, join2, begin1, store, end1, begin2, load, end2],
    clocks: [
      [
        { thread: MAIN, clock: 2 },
        { thread: WRITER, clock: 1 },
        { thread: READER, clock: 1 },
      ],
      [
        { thread: MAIN, clock: 1 },
        { thread: WRITER, clock: 2 },
      ],
    ],
  };
  const known = race({
    id: 'c0ffee0123456789',
    kind: 'read-write',
    count: 41,
    location: { ...race().location, name: 'this.#state', bufferByteLength: 64 },
    accesses: [
      access('current', {
        type: 'read',
        thread: READER,
        frames: [
          frame('Pipeline.take', 'src/pipeline.ts', 19, 18),
          frame('poll', 'node_modules/poller/lib/poll.js', 88, 9),
          frame('tick', 'node_modules/poller/lib/tick.js', 12, 3),
          frame('<module>', 'src/reader.worker.ts', 7, 3),
        ],
        epoch: { clock: 1, order: 2 },
      }),
      access('previous', {
        thread: WRITER,
        frames: [
          frame('Pipeline.publish', 'src/pipeline.ts', 14, 5),
          frame('run', 'src/pipeline.ts', 26, 37),
        ],
        epoch: { clock: 2, order: 2 },
      }),
    ],
    why,
    sources,
  });
  return document(
    [known],
    [thread(MAIN), thread(WRITER, { name: 'writer' }), thread(READER, { name: 'reader' })],
  );
}

/** Numbers that are the same each time (mulberry32). */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export interface Size {
  threads: number;
  events: number;
  seed: number;
}

interface Actor {
  id: string;
  clock: number;
  order: number;
  /** what it knows of the others */
  knows: Map<string, number>;
}

/** A run of threads that store, load and post at random, with a race in it: its events, and when the accesses were. */
export function history({ threads, events: wanted, seed }: Size): {
  why: Explanation;
  accesses: [current: EpochReport & { order: number }, previous: EpochReport & { order: number }];
  /** what the thread of the current access knew of each thread then */
  knew: ReadonlyMap<string, number>;
} {
  const next = random(seed);
  const actors = Array.from(
    { length: threads },
    (_, seq): Actor => ({ id: `7:${seq}`, clock: 1, order: 0, knows: new Map() }),
  );
  const words = Array.from({ length: Math.max(2, threads) }, () => new Map<string, number>());
  const events: SyncEvent[] = [];
  const happen = (actor: Actor, kind: SyncKind, more: Partial<SyncEvent>): SyncEvent => {
    const made = event(actor.id, actor.order++, actor.clock, kind, {
      at: frame('step', 'src/pipeline.ts', 1 + next(28), 1 + next(20)),
      ...more,
    });
    events.push(made);
    if (made.releases) actor.knows.set(actor.id, actor.clock++);
    return made;
  };
  const learn = (actor: Actor, told: ReadonlyMap<string, number>): EpochReport[] => {
    const news: EpochReport[] = [];
    for (const [of, clock] of told) {
      if (of === actor.id || clock <= (actor.knows.get(of) ?? 0)) continue;
      actor.knows.set(of, clock);
      news.push({ thread: of, clock });
    }
    return news;
  };
  const [main] = actors as [Actor];
  for (const worker of actors.slice(1)) {
    happen(main, 'start-worker', { releases: true, on: `worker ${worker.id.slice(2)}` });
    happen(worker, 'start', { acquires: learn(worker, main.knows), on: 'main' });
  }
  let previous: (EpochReport & { order: number }) | undefined;
  let knew = new Map<string, number>();
  let current: (EpochReport & { order: number }) | undefined;
  const now = ({ id, clock, order }: Actor): EpochReport & { order: number } => ({
    thread: id,
    clock,
    order,
  });
  while (events.length < wanted || current === undefined) {
    const actor = actors[next(threads)]!;
    const word = next(words.length);
    const on = `state[${word}]`;
    if (next(2) === 0) {
      happen(actor, next(3) === 0 ? 'post' : 'atomic-store', { releases: true, on, object: `w${word}` });
      words[word] = new Map(actor.knows);
    } else {
      happen(actor, next(3) === 0 ? 'receive' : 'atomic-load', {
        acquires: learn(actor, words[word]!),
        on,
        object: `w${word}`,
      });
    }
    if (previous === undefined && events.length > wanted * 0.45) previous = now(actor);
    else if (previous !== undefined && current === undefined && actor.id !== previous.thread) {
      if ((actor.knows.get(previous.thread) ?? 0) < previous.clock) {
        current = now(actor);
        knew = new Map(actor.knows).set(actor.id, actor.clock);
      } else previous = undefined;
    }
  }
  const heard = events.findLast(
    (one) =>
      one.thread === current.thread &&
      one.order < current.order &&
      one.acquires.some((seen) => seen.thread === previous!.thread),
  );
  const release = events.find(
    (one) =>
      one.releases &&
      heard?.acquires.some(
        (seen) => seen.thread === one.thread && one.thread === previous!.thread && seen.clock === one.clock,
      ),
  );
  return {
    why: {
      lastPath: heard && release ? [release, heard] : [],
      locks: { current: undefined, previous: undefined },
      lockWord: false,
      diagnosis: null,
      value: null,
      events,
      clocks: [[], []],
    },
    accesses: [current, previous!],
    knew,
  };
}

export const threadsOf = (count: number): ThreadReport[] =>
  Array.from({ length: count }, (_, seq) =>
    thread(`7:${seq}`, seq % 3 === 1 ? { name: `shard-${seq}` } : {}),
  );

/** One race in a history of that size. */
export function large(size: Size): RaceReport {
  const { why, accesses } = history(size);
  return race({
    id: `1a46e${`${size.seed}`.padStart(11, '0')}`,
    accesses: [
      access('current', {
        thread: accesses[0].thread,
        epoch: accesses[0],
        frames: [frame('Pipeline.take', 'src/pipeline.ts', 19, 18)],
      }),
      access('previous', {
        thread: accesses[1].thread,
        epoch: accesses[1],
        frames: [frame('Pipeline.publish', 'src/pipeline.ts', 14, 5)],
      }),
    ],
    why,
    sources,
  });
}

const KINDS = ['write-write', 'read-write', 'atomic-plain', 'atomic-overlap'] as const;
const DIAGNOSES = ['lost-update', 'unsafe-publication', 'spin-flag', 'lock-not-held', null] as const;

/** Many races of a large project, each with a short history of its own. */
export function many(count: number): RaceDocument {
  const races = Array.from({ length: count }, (_, index) => {
    const next = random(index + 1);
    const [module, other] = [next(40), next(40)];
    const size = { threads: 3 + next(3), events: 16 + next(20), seed: index + 1 };
    const one = large(size);
    const file = (n: number): string =>
      `packages/module-${n}/src/${['queue', 'cache', 'pool', 'index'][n % 4]}.ts`;
    const line = 10 + next(400);
    return {
      ...one,
      id: `${(index + 1).toString(16).padStart(8, '0')}${next(0xffffffff).toString(16).padStart(8, '0')}`,
      kind: KINDS[next(4)]!,
      count: 1 + next(500),
      tests: next(3) === 0 ? [`test "case ${next(20)}" (packages/module-${module}/test/queue.test.ts)`] : [],
      location: {
        ...one.location,
        name: ['counter', 'this.#head', 'state', 'slots'][next(4)]!,
        index: next(64),
      },
      accesses: one.accesses.map((access, side) => ({
        ...access,
        frames: [
          frame(
            ['enqueue', 'flush', 'Pool.take', 'evict'][next(4)]!,
            file(side === 0 ? module : other),
            line + side * next(30),
            5,
          ),
          frame('<module>', file(module), 8, 1),
        ],
      })) as RaceReport['accesses'],
      why: { ...one.why!, diagnosis: DIAGNOSES[next(5)]! },
      sources: [{ file: file(module), from: line - 8, lines: PIPELINE.slice(0, 17) }],
    };
  });
  return document(races, threadsOf(6));
}

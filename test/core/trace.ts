/**
 * A trace is an execution of simulated threads, one event after another, printed and written as a DSL:
 * `t1.write(a(0, 4))`. `run` plays it to the oracle and to the detector core and compares what they say.
 *
 * Events that cannot happen (of a thread that was never forked or has ended, the receipt of a message that
 * was never sent) are skipped, so that any part of a trace is a trace: that is what makes shrinking easy.
 */
import type { Core, CoreThread } from '../../runtime/core/core.ts';
import type { Race } from '../../runtime/core/race.ts';
import { nextCore } from './memory.ts';
import { type Access, type ByteRace, type Clock, kindOf, Oracle } from './oracle.ts';

/** A byte range of one of the buffers `a` (0), `b` (1). */
export interface Place {
  buffer: number;
  byteOffset: number;
  byteLength: number;
}

export type Size = 1 | 2 | 4 | 8;

export type Op =
  | { op: 'fork' | 'join'; thread: number; child: number }
  | { op: 'end'; thread: number }
  | { op: 'send' | 'receive'; thread: number; message: number }
  | { op: 'waiters' | 'wakes' | 'awoken'; thread: number; place: Place }
  /** a plain access of one aligned element */
  | { op: 'read' | 'write'; thread: number; place: Place }
  /** a plain access of any range; those of one site have one stack */
  | { op: 'readRange' | 'writeRange'; thread: number; place: Place; site?: number }
  | { op: 'load' | 'store' | 'rmw'; thread: number; place: Place };

export type AccessOp = Extract<
  Op,
  { op: 'read' | 'write' | 'readRange' | 'writeRange' | 'load' | 'store' | 'rmw' }
>;

export interface Options {
  /** The detector may tell later, at the end at the latest, and with either access as the current one. */
  late?: boolean;
  bufferLength: number;
  /** Stack ids repeat after so many accesses, as those of a program do. 0: each access has its own. */
  stacks: number;
}

export interface Outcome {
  /** the events that happened, without those that were skipped */
  happened: Op[];
  /** where detector and oracle differ; the run stops at the first event that does */
  mismatches: string[];
  /** bytes (`buffer:byte`) on which the oracle has a race */
  racyBytes: Set<string>;
  /** everything that the detector reported */
  reported: Race[];
}

/** What the detector is, as far as traces go. `nextCore` makes one; the oracle alone needs none. */
export type MakeCore = () => Core;

export function run(trace: readonly Op[], options: Options, makeCore: MakeCore = nextCore): Outcome {
  const core = makeCore();
  const buffers = [core.buffer(options.bufferLength), core.buffer(options.bufferLength)];
  const oracle = new Oracle();
  const outcome: Outcome = { happened: [], mismatches: [], racyBytes: new Set(), reported: [] };
  const covered = new Set<string>();
  /** in a run where the detector may be late */
  const soFar = new Truth();
  let found: Race[] = [];

  interface Thread {
    core: CoreThread;
    parent: number;
    state: 'running' | 'ended' | 'joined';
  }
  const threads = new Map<number, Thread>();
  const enter = (id: number, parent: number, thread: CoreThread): void => {
    thread.onRace = (race) => found.push(race);
    threads.set(id, { core: thread, parent, state: 'running' });
  };
  enter(0, -1, core.main());
  const messages = new Map<number, { core: Int32Array; oracle: Clock }>();
  /** the trace's name of a thread by its sequence number */
  const nameOf = new Map([[threads.get(0)!.core.seq, 0]]);

  /** Plays one event; false when it cannot happen. */
  const play = (op: Op, stack: number): ByteRace[] | false => {
    const self = threads.get(op.thread);
    if (self?.state !== 'running') return false;
    switch (op.op) {
      case 'fork': {
        if (threads.has(op.child)) return false;
        const child = self.core.fork();
        oracle.fork(op.thread, op.child);
        nameOf.set(child.seq, op.child);
        enter(op.child, op.thread, child);
        return [];
      }
      case 'end':
        if (op.thread === 0) return false;
        self.core.end();
        self.state = 'ended';
        return [];
      case 'join': {
        const child = threads.get(op.child);
        if (child?.state !== 'ended' || child.parent !== op.thread) return false;
        self.core.join(child.core);
        oracle.join(op.thread, op.child);
        child.state = 'joined';
        return [];
      }
      case 'send':
        if (messages.has(op.message)) return false;
        messages.set(op.message, { core: self.core.release(), oracle: oracle.release(op.thread) });
        return [];
      case 'receive': {
        const message = messages.get(op.message);
        if (message === undefined) return false;
        self.core.acquire(message.core);
        oracle.acquire(op.thread, message.oracle);
        return [];
      }
      case 'waiters':
      case 'wakes':
      case 'awoken':
        self.core[op.op](buffers[op.place.buffer]!, op.place.byteOffset);
        oracle[op.op](op.thread, op.place.buffer, op.place.byteOffset);
        return [];
      default: {
        const { byteOffset, byteLength } = op.place;
        const buffer = buffers[op.place.buffer]!;
        const size = byteLength as Size;
        if (op.op === 'read' || op.op === 'write') self.core.plain(buffer, byteOffset, size, op.op, stack);
        else if (op.op === 'readRange') self.core.range(buffer, byteOffset, byteLength, 'read', stack);
        else if (op.op === 'writeRange') self.core.range(buffer, byteOffset, byteLength, 'write', stack);
        else self.core.atomic(buffer, byteOffset, size, op.op, stack);
        return oracle.access({ thread: op.thread, ...op.place, ...accessOf[op.op], stack });
      }
    }
  };

  for (const op of trace) {
    const serial = outcome.happened.length;
    const stack = stackOf(op, options.stacks > 0 ? serial % options.stacks : serial);
    found = [];
    let races: ByteRace[] | false = [];
    try {
      races = play(op, stack);
    } catch (error) {
      outcome.mismatches.push(`threw: ${error instanceof Error ? error.stack : error}`);
    }
    if (races === false) continue;
    outcome.happened.push(op);
    outcome.reported.push(...found);

    for (const { byte, current } of races) outcome.racyBytes.add(`${current.buffer}:${byte}`);
    const truth = options.late ? soFar : new Truth();
    for (const race of races) {
      truth.add(race);
      if (options.late) truth.add({ byte: race.byte, previous: race.current, current: race.previous });
    }
    refuteFalse(truth);
    if (!options.late) findMissed(races);
    if (outcome.mismatches.length > 0) return outcome;
  }
  if (options.late) {
    found = [];
    for (const { core: thread, state } of threads.values())
      if (state === 'running') thread.detector.catchUp();
    outcome.reported.push(...found);
    refuteFalse(soFar);
    findMissed(soFar.races);
  }
  return outcome;

  /** No false report: every reported pair is one of the oracle's. */
  function refuteFalse(truth: Truth): void {
    for (const race of found) {
      const same = truth.ofStacks(race).filter((real) => describes(race, real, buffers, nameOf));
      for (const { byte, current } of same) covered.add(`${current.buffer}:${byte}`);
      if (same.length === 0) outcome.mismatches.push(falseReport(race, truth.races, buffers, nameOf));
    }
  }

  /** No silent miss of a first race, on any byte. */
  function findMissed(races: readonly ByteRace[]): void {
    for (const race of races) {
      const byte = `${race.current.buffer}:${race.byte}`;
      if (covered.has(byte)) continue;
      covered.add(byte);
      outcome.mismatches.push(`missed: ${showByteRace(race)}`);
    }
  }
}

/** The oracle's races, to be found by their two stacks: there are many in a long trace. */
class Truth {
  readonly races: ByteRace[] = [];
  readonly #byStacks = new Map<string, ByteRace[]>();

  add(race: ByteRace): void {
    this.races.push(race);
    const key = `${race.current.stack} ${race.previous.stack}`;
    const others = this.#byStacks.get(key);
    if (others === undefined) this.#byStacks.set(key, [race]);
    else others.push(race);
  }

  ofStacks({ current, previous }: Race): readonly ByteRace[] {
    return this.#byStacks.get(`${current.stack} ${previous.stack}`) ?? [];
  }
}

const FIRST_SITE = 1_000_000;
const stackOf = (op: Op, serial: number): number =>
  'site' in op && op.site !== undefined ? FIRST_SITE + op.site : 1 + serial;

const accessOf: Record<AccessOp['op'], Pick<Access, 'type' | 'atomic'>> = {
  read: { type: 'read', atomic: false },
  write: { type: 'write', atomic: false },
  readRange: { type: 'read', atomic: false },
  writeRange: { type: 'write', atomic: false },
  load: { type: 'read', atomic: true },
  store: { type: 'write', atomic: true },
  rmw: { type: 'update', atomic: true },
};

/** Does the report say what is true of this race? */
function describes(race: Race, real: ByteRace, buffers: number[], nameOf: Map<number, number>): boolean {
  const isSide = (side: Race['current'], access: Access): boolean =>
    nameOf.get(side.thread) === access.thread &&
    side.type === access.type &&
    side.atomic === access.atomic &&
    side.stack === access.stack &&
    // An access that is not one aligned element may be known by its aligned pieces.
    (isElement(access) ? side.size === access.byteLength : side.size <= access.byteLength);
  const { current, previous, byte } = real;
  const end = race.byteOffset + race.byteLength;
  return (
    race.buffer === buffers[current.buffer] &&
    race.kind === kindOf(previous, current) &&
    isSide(race.current, current) &&
    isSide(race.previous, previous) &&
    race.byteOffset <= byte &&
    byte < end &&
    race.byteOffset >= current.byteOffset &&
    end <= current.byteOffset + current.byteLength &&
    (!isElement(current) || race.byteLength === current.byteLength)
  );
}

const isElement = ({ byteOffset, byteLength }: Place): boolean =>
  [1, 2, 4, 8].includes(byteLength) && byteOffset % byteLength === 0;

function falseReport(
  race: Race,
  real: readonly ByteRace[],
  buffers: number[],
  nameOf: Map<number, number>,
): string {
  const side = ({ thread, type, atomic, size, stack }: Race['current']): string =>
    `t${nameOf.get(thread)} ${atomic ? 'atomic' : 'plain'} ${type} of ${size} (stack ${stack})`;
  const place = `${'ab'[buffers.indexOf(race.buffer)]}(${race.byteOffset}, ${race.byteLength})`;
  const truth = real.map(showByteRace).join('; ');
  return `false: ${race.kind} at ${place}: ${side(race.current)} after ${side(race.previous)}; true are: ${truth || 'none'}`;
}

function showByteRace({ byte, previous, current }: ByteRace): string {
  const side = (access: Access): string =>
    `t${access.thread} ${access.atomic ? 'atomic' : 'plain'} ${access.type} of ` +
    `${showPlace(access)} (stack ${access.stack})`;
  return `${kindOf(previous, current)} at byte ${byte}: ${side(current)} after ${side(previous)}`;
}

const showPlace = ({ buffer, byteOffset, byteLength }: Place): string =>
  `${'ab'[buffer]}(${byteOffset}, ${byteLength})`;

/** The trace as the DSL of `scene.ts`: paste it into a test. */
export function print(trace: readonly Op[]): string {
  const name = (thread: number): string => (thread === 0 ? 'main' : `t${thread}`);
  return trace
    .map((op) => {
      const self = name(op.thread);
      const site = 'site' in op ? `, ${op.site}` : '';
      if ('place' in op) return `${self}.${op.op}(${showPlace(op.place)}${site});`;
      if ('message' in op) return `${self}.${op.op}('m${op.message}');`;
      if (op.op === 'fork') return `const ${name(op.child)} = ${self}.fork();`;
      return op.op === 'join' ? `${self}.join(${name(op.child)});` : `${self}.end();`;
    })
    .join('\n');
}

/** Leaves out events as long as the trace still fails: no event of what remains can go. */
export function minimize(trace: readonly Op[], fails: (trace: readonly Op[]) => boolean): readonly Op[] {
  let kept = trace;
  for (let chunk = Math.ceil(trace.length / 2); chunk >= 1; ) {
    let shorter = false;
    for (let at = kept.length - chunk; at > -chunk; at -= chunk) {
      const candidate = kept.toSpliced(Math.max(at, 0), Math.min(chunk, chunk + at));
      if (candidate.length < kept.length && fails(candidate)) {
        kept = candidate;
        shorter = true;
      }
    }
    if (!shorter || chunk > 1) chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2);
  }
  return kept;
}

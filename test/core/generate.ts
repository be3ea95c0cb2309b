/**
 * Random traces. A random soup of events races at once and then teaches nothing, so a trace starts as a
 * program that keeps a discipline (a lock for this region, an owner for that one, a barrier between phases)
 * and is race free by construction. One half stays so; the other half loses some of its events, and gains
 * some stray ones. Then neighbouring events of different threads change places.
 */
import fc from 'fast-check';
import type { AccessOp, Op, Place } from './trace.ts';

export interface Generated {
  trace: Op[];
  /** kept its discipline: no race is in it */
  clean: boolean;
  bufferLength: number;
  stacks: number;
}

/** Part of a buffer, with a rule on who may touch it when. */
interface Region {
  buffer: number;
  from: number;
  to: number;
}

interface Layout {
  locks: Place[];
  barrier: Place;
  /** words through which a token's region is handed over */
  flags: Place[];
  /** by thread, or by phase and thread: nobody else's */
  own: Region[];
  /** by lock */
  locked: Region[];
  /** by token: of the thread that has the token */
  token: Region[];
  /** written by main before the first fork */
  constant: Region;
  /** atomics of one range each */
  counters: Place[];
}

const THREADS = 6;
const TOKENS = 3;

/** `unit` bytes are the smallest region: 8 for many accesses of the same bytes, more for block summaries. */
function layoutOf(unit: number): Layout & { bufferLength: number } {
  const at = (buffer: number, index: number, length = 1): Region => ({
    buffer,
    from: index * unit,
    to: (index + length) * unit,
  });
  const word = (buffer: number, byteOffset: number, byteLength: number): Place => ({
    buffer,
    byteOffset,
    byteLength,
  });
  return {
    bufferLength: 9 * unit,
    locks: [word(0, 0, 4), word(0, 4, 4)],
    own: Array.from({ length: THREADS }, (_, i) => at(0, 1 + i)),
    constant: at(0, 7, 2),
    barrier: word(1, 0, 4),
    flags: [word(1, 4, 1), word(1, 5, 1), word(1, 6, 2)],
    locked: [at(1, 1), at(1, 2, 2)],
    token: [at(1, 4), at(1, 5), at(1, 6)],
    counters: [word(1, 7 * unit, 8), word(1, 8 * unit, 4), word(1, 8 * unit + 4, 2)],
  };
}

/** Numbers that choose an access within a region. */
interface Draft {
  op: number;
  size: number;
  slot: number;
}

const draft: fc.Arbitrary<Draft> = fc.record({ op: fc.nat(5), size: fc.nat(15), slot: fc.nat(63) });
const drafts = fc.array(draft, { maxLength: 4 });

const PLAIN = ['read', 'write', 'write', 'read', 'readRange', 'writeRange'] as const;

function plain(thread: number, { op, size, slot }: Draft, { buffer, from, to }: Region): AccessOp {
  const name = PLAIN[op]!;
  if (name === 'readRange' || name === 'writeRange') {
    const byteOffset = from + (slot % (to - from));
    const longest = to - byteOffset;
    const byteLength = size === 15 ? longest : 1 + ((size * Math.ceil((to - from) / 15)) % longest);
    return { op: name, thread, place: { buffer, byteOffset, byteLength } };
  }
  const byteLength = 1 << (size % 4);
  const byteOffset = from + byteLength * (slot % ((to - from) / byteLength));
  return { op: name, thread, place: { buffer, byteOffset, byteLength } };
}

/** `Atomics.wait` takes words of 4 or 8 bytes, and a waiter list is that of a byte index. */
const waitable = ({ buffer, byteOffset }: Place): Place => ({
  buffer,
  byteOffset: byteOffset - (byteOffset % 4),
  byteLength: 4,
});

const ATOMIC = ['load', 'store', 'rmw'] as const;

/** What a disciplined program does next. Threads are indexes into the running ones. */
type Step =
  | { step: 'own'; thread: number; body: Draft[] }
  | { step: 'constant'; thread: number; body: Draft[] }
  | { step: 'locked'; thread: number; lock: number; body: Draft[]; unlock: 'store' | 'rmw' }
  | {
      step: 'pass';
      token: number;
      to: number;
      by: 'message' | 'store' | 'rmw' | 'waiters' | 'wakes';
      body: Draft[];
      late: boolean;
    }
  | { step: 'count'; thread: number; counter: number; op: number }
  | { step: 'fork'; thread: number }
  | { step: 'end'; thread: number }
  | { step: 'join'; thread: number; child: number }
  | { step: 'barrier' };

const thread = fc.nat(THREADS - 1);

function steps(size: fc.ArrayConstraints, churn: number): fc.Arbitrary<Step[]> {
  const one = fc.oneof(
    { weight: 4, arbitrary: fc.record({ step: fc.constant('own' as const), thread, body: drafts }) },
    { weight: 2, arbitrary: fc.record({ step: fc.constant('constant' as const), thread, body: drafts }) },
    {
      weight: 6,
      arbitrary: fc.record({
        step: fc.constant('locked' as const),
        thread,
        lock: fc.nat(1),
        body: drafts,
        unlock: fc.constantFrom('store' as const, 'rmw' as const),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        step: fc.constant('pass' as const),
        token: fc.nat(TOKENS - 1),
        to: thread,
        by: fc.constantFrom(
          'message' as const,
          'message' as const,
          'store' as const,
          'rmw' as const,
          'waiters' as const,
          'wakes' as const,
        ),
        body: drafts,
        late: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        step: fc.constant('count' as const),
        thread,
        counter: fc.nat(2),
        op: fc.nat(2),
      }),
    },
    { weight: 2 * churn, arbitrary: fc.record({ step: fc.constant('fork' as const), thread }) },
    { weight: churn, arbitrary: fc.record({ step: fc.constant('end' as const), thread }) },
    {
      weight: 2 * churn,
      arbitrary: fc.record({ step: fc.constant('join' as const), thread, child: thread }),
    },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('barrier' as const) }) },
  );
  return fc.array(one, { size: 'max', ...size });
}

/** Plays the steps by their discipline. */
function compile(program: readonly Step[], start: number, layout: Layout): Op[] {
  const trace: Op[] = [];
  const running: number[] = [0];
  const ended: { thread: number; parent: number }[] = [];
  const parentOf = new Map<number, number>();
  const holder: number[] = Array(TOKENS).fill(0);
  /** by region of `own`: the thread it belongs to */
  const owner: number[] = Array(THREADS).fill(0);
  let threads = 0;
  let messages = 0;
  const who = (index: number): number => running[index % running.length]!;

  const fork = (parent: number): void => {
    if (running.length === THREADS) return;
    const child = ++threads;
    trace.push({ op: 'fork', thread: parent, child });
    parentOf.set(child, parent);
    running.push(child);
    const given = owner.indexOf(parent, 1);
    if (given > 0) owner[given] = child;
  };
  trace.push(plain(0, { op: 5, size: 15, slot: 0 }, layout.constant));
  while (running.length < start) fork(0);

  for (const step of program) {
    switch (step.step) {
      case 'own': {
        const self = who(step.thread);
        const regions = layout.own.filter((_, i) => owner[i] === self);
        for (const body of step.body) {
          if (regions.length > 0) trace.push(plain(self, body, regions[body.slot % regions.length]!));
        }
        break;
      }
      case 'constant':
        for (const body of step.body) {
          trace.push(plain(who(step.thread), { ...body, op: body.op % 2 === 0 ? 0 : 4 }, layout.constant));
        }
        break;
      case 'locked': {
        const self = who(step.thread);
        trace.push({ op: 'rmw', thread: self, place: layout.locks[step.lock]! });
        for (const body of step.body) trace.push(plain(self, body, layout.locked[step.lock]!));
        trace.push({ op: step.unlock, thread: self, place: layout.locks[step.lock]! });
        break;
      }
      case 'pass': {
        const from = holder[step.token]!;
        const to = who(step.to);
        const region = layout.token[step.token]!;
        const [before, after] = step.late ? [step.body, []] : [[], step.body];
        for (const body of before) trace.push(plain(from, body, region));
        const flag = layout.flags[step.token]!;
        if (step.by === 'message') {
          const message = ++messages;
          trace.push({ op: 'send', thread: from, message }, { op: 'receive', thread: to, message });
        } else if (step.by === 'waiters' || step.by === 'wakes') {
          const place = layout.locks[step.token] ?? waitable({ ...flag, byteOffset: region.from });
          const receipt = step.by === 'wakes' ? 'awoken' : 'waiters';
          trace.push({ op: step.by, thread: from, place }, { op: receipt, thread: to, place });
        } else {
          trace.push({ op: step.by, thread: from, place: flag }, { op: 'load', thread: to, place: flag });
        }
        holder[step.token] = to;
        for (const body of after) trace.push(plain(to, body, region));
        break;
      }
      case 'count':
        trace.push({ op: ATOMIC[step.op]!, thread: who(step.thread), place: layout.counters[step.counter]! });
        break;
      case 'fork':
        fork(who(step.thread));
        break;
      case 'end': {
        const self = who(step.thread);
        if (self === 0) break;
        // Its tokens go to main; what else it owns to nobody, unless its creator lives to join it.
        holder.forEach((thread, token) => {
          if (thread !== self) return;
          const message = ++messages;
          trace.push({ op: 'send', thread: self, message }, { op: 'receive', thread: 0, message });
          holder[token] = 0;
        });
        running.splice(running.indexOf(self), 1);
        ended.push({ thread: self, parent: parentOf.get(self)! });
        trace.push({ op: 'end', thread: self });
        break;
      }
      case 'join': {
        const joinable = ended.filter(({ parent }) => running.includes(parent));
        const child = joinable[step.child % joinable.length];
        if (child === undefined) break;
        ended.splice(ended.indexOf(child), 1);
        trace.push({ op: 'join', thread: child.parent, child: child.thread });
        owner.forEach((thread, i) => {
          if (thread === child.thread) owner[i] = child.parent;
        });
        break;
      }
      case 'barrier':
        for (const thread of running) trace.push({ op: 'rmw', thread, place: layout.barrier });
        for (const thread of running) trace.push({ op: 'load', thread, place: layout.barrier });
        // In the next phase the regions of those who met here belong to the next of them.
        owner.forEach((thread, i) => {
          const index = running.indexOf(thread);
          if (index >= 0) owner[i] = running[(index + 1) % running.length]!;
        });
        break;
    }
  }
  return trace;
}

/** A small generator of its own, so that one number gives a whole interleaving. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const isAccess = (op: Op): boolean => 'place' in op && !['waiters', 'wakes', 'awoken'].includes(op.op);

/** Two events that may change places without a change of meaning, unless they race. */
function independent(p: Op, q: Op): boolean {
  if (p.thread === q.thread || !('place' in p) || !('place' in q) || !isAccess(p) || !isAccess(q))
    return false;
  return (
    p.place.buffer !== q.place.buffer ||
    p.place.byteOffset + p.place.byteLength <= q.place.byteOffset ||
    q.place.byteOffset + q.place.byteLength <= p.place.byteOffset
  );
}

/** Also across what orders other threads: a message does not move an access of a third thread. */
function mix(trace: Op[], seed: number, mayChange: (p: Op, q: Op) => boolean): Op[] {
  if (seed === 0 || trace.length < 2) return trace;
  const mixed = [...trace];
  const next = random(seed);
  for (let swaps = mixed.length * 8; swaps > 0; swaps--) {
    const at = next(mixed.length - 1);
    const [p, q] = [mixed[at]!, mixed[at + 1]!];
    if (mayChange(p, q)) [mixed[at], mixed[at + 1]] = [q, p];
  }
  return mixed;
}

const names = (op: Op): number[] => ('child' in op ? [op.thread, op.child] : [op.thread]);

/** As `independent`, and events that are not accesses pass accesses of threads that they do not name. */
function commute(p: Op, q: Op): boolean {
  if (isAccess(p) && isAccess(q)) return independent(p, q);
  return (isAccess(p) || isAccess(q)) && !names(p).some((thread) => names(q).includes(thread));
}

const stray = (layout: ReturnType<typeof layoutOf>, threads: number): fc.Arbitrary<Op> => {
  const anywhere: fc.Arbitrary<Place> = fc
    .record({
      buffer: fc.nat(1),
      size: fc.nat(3),
      slot: fc.nat(layout.bufferLength / 8 - 1),
      part: fc.nat(7),
    })
    .map(({ buffer, size, slot, part }) => {
      const byteLength = 1 << size;
      return { buffer, byteOffset: 8 * slot + byteLength * (part % (8 / byteLength)), byteLength };
    });
  const words = fc.constantFrom(...layout.locks, ...layout.flags, ...layout.counters, layout.barrier);
  const place = fc.oneof(anywhere, words);
  const range = fc
    .record({
      buffer: fc.nat(1),
      at: fc.nat(layout.bufferLength - 1),
      length: fc.nat(layout.bufferLength - 1),
    })
    .map(({ buffer, at, length }) => ({
      buffer,
      byteOffset: at,
      byteLength: 1 + (length % (layout.bufferLength - at)),
    }));
  const thread = fc.nat(threads);
  const message = fc.nat(12);
  const op = <T extends Op['op']>(...ops: T[]): fc.Arbitrary<T> => fc.constantFrom(...ops);
  return fc.oneof(
    { weight: 9, arbitrary: fc.record({ op: op('read', 'write', 'load', 'store', 'rmw'), thread, place }) },
    { weight: 2, arbitrary: fc.record({ op: op('readRange', 'writeRange'), thread, place: range }) },
    { weight: 2, arbitrary: fc.record({ op: op('send', 'receive'), thread, message }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: op('waiters', 'wakes', 'awoken'), thread, place: place.map(waitable) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ op: op('fork', 'join'), thread, child: fc.integer({ min: 1, max: threads }) }),
    },
    { weight: 1, arbitrary: fc.record({ op: op('end'), thread }) },
  ) as fc.Arbitrary<Op>;
};

export interface Shape {
  /** steps of a program */
  length: fc.ArrayConstraints;
  /** how often threads come and go */
  churn: number;
  /** `layoutOf` */
  unit: number;
  /** at most so many edges are lost, and twice so many stray events gained */
  damage: number;
}

export function traces({ length, churn, unit, damage }: Shape): fc.Arbitrary<Generated> {
  const layout = layoutOf(unit);
  const where = fc.nat(1_000_000);
  return fc
    .record({
      program: steps(length, churn),
      start: fc.integer({ min: 1, max: THREADS }),
      seed: fc.nat(),
      stacks: fc.constantFrom(0, 0, 0, 7),
      clean: fc.boolean(),
      lost: fc.array(where, { maxLength: damage }),
      gained: fc.array(fc.record({ at: where, op: stray(layout, THREADS) }), { maxLength: 2 * damage }),
    })
    .map(({ program, start, seed, stacks, clean, lost, gained }) => {
      let trace = compile(program, start, layout);
      if (!clean) {
        for (const at of lost) {
          const edges = trace.filter((op) => !['read', 'write', 'readRange', 'writeRange'].includes(op.op));
          const edge = edges[at % edges.length];
          trace = trace.filter((op) => op !== edge);
        }
        for (const { at, op } of gained) trace.splice(at % (trace.length + 1), 0, op);
      }
      trace = mix(trace, seed, clean ? commute : (p, q) => p.thread !== q.thread);
      return { trace, clean, bufferLength: layout.bufferLength, stacks };
    });
}

/** The words of a focused soup. */
const FEW: Place[] = [
  { buffer: 0, byteOffset: 0, byteLength: 4 },
  { buffer: 0, byteOffset: 0, byteLength: 8 },
  { buffer: 0, byteOffset: 8, byteLength: 4 },
  { buffer: 0, byteOffset: 9, byteLength: 1 },
];

/**
 * Nothing but stray events on a few words: mixed sizes and broken chains, of which programs have few. A focused
 * one meets the same element in the same epoch again and again.
 */
export function soup(length: fc.ArrayConstraints): fc.Arbitrary<Generated> {
  const layout = { ...layoutOf(8), bufferLength: 16 };
  layout.flags = layout.counters = [{ buffer: 1, byteOffset: 8, byteLength: 8 }];
  return fc
    .record({
      ops: fc.array(stray(layout, 4), { size: 'max', ...length }),
      stacks: fc.constantFrom(0, 3),
      few: fc.constantFrom(0, 0, 2, 4),
    })
    .map(({ ops, stacks, few }) => ({
      trace: [1, 2, 3]
        .map((child): Op => ({ op: 'fork', thread: 0, child }))
        .concat(few === 0 ? ops : ops.map((op) => focus(op, few))),
      clean: false,
      bufferLength: layout.bufferLength,
      stacks,
    }));
}

/** Moves an access of an element to one of the first few words. */
function focus(op: Op, few: number): Op {
  if (!isAccess(op) || !('place' in op) || op.op === 'readRange' || op.op === 'writeRange') return op;
  const { byteOffset, byteLength, buffer } = op.place;
  return { ...op, place: FEW[(byteOffset / byteLength + buffer) % few]! };
}

/** A grid in each buffer, and behind it in the second the word of a barrier. */
interface Grid {
  bytes: number;
  /** bytes of a unit of `Phase` */
  unit: number;
  /** at most so many phases: the oracle has each byte by itself */
  phases: number;
}

/** Rows of a few elements, and rows that have whole blocks. */
export const GRIDS = {
  narrow: { bytes: 960, unit: 4, phases: 7 },
  wide: { bytes: 2304, unit: 96, phases: 2 },
};
const GRID_THREADS = 3;

/** One phase of a program over grids: what each thread does with each of its rows. */
interface Phase {
  /** from row to row, of a row, and before the first one, in units */
  stride: number;
  width: number;
  margin: number;
  /** whether threads take turns at rows, or have neighbouring ones */
  turns: boolean;
  /** rows are read above and below too, as in a stencil */
  around: boolean;
  /** of which parts, or single elements, are touched again */
  again: Draft[];
  reverse: boolean;
}

const phase: fc.Arbitrary<Phase> = fc.record({
  stride: fc.constantFrom(8, 10, 16, 24, 24),
  width: fc.constantFrom(2, 4, 6, 8, 8),
  margin: fc.constantFrom(0, 0, 1, 2),
  turns: fc.boolean(),
  around: fc.boolean(),
  again: fc.array(draft, { maxLength: 3 }),
  reverse: fc.boolean(),
});

/** What each thread does in a phase: reads of one grid, writes to the other. */
function sweepsOf({ bytes, unit }: Grid, phase: Phase, from: number, thread: number, spoils: boolean): Op[] {
  const { stride, width, margin, turns, around } = phase;
  const rows = Math.floor(bytes / unit / stride);
  const share = Math.ceil(rows / GRID_THREADS);
  const mine = Array.from({ length: rows }, (_, row) => row).filter(
    (row) => (turns ? row % GRID_THREADS : Math.floor(row / share)) === thread - 1,
  );
  if (phase.reverse) mine.reverse();
  const row = (op: 'readRange' | 'writeRange', buffer: number, at: number, site: number): Op[] => {
    const byteOffset = unit * (at * stride) + 4 * margin;
    if (at < 0 || byteOffset + unit * width > bytes) return [];
    return [{ op, thread, place: { buffer, byteOffset, byteLength: unit * width }, site }];
  };
  const ops = mine.flatMap((at) => [
    ...(around ? [...row('readRange', from, at - 1, 1), ...row('readRange', from, at + 1, 2)] : []),
    ...row('readRange', from, at, 3),
    ...row('writeRange', 1 - from, at, 4 + from),
  ]);
  const loops = ops.length;
  for (const again of phase.again) {
    const op = ops[again.slot % Math.max(1, loops)];
    if (op === undefined || !('place' in op)) continue;
    const { buffer, byteOffset, byteLength } = op.place;
    const region = {
      buffer,
      from: Math.ceil(byteOffset / 8) * 8,
      to: Math.floor((byteOffset + byteLength) / 8) * 8,
    };
    if (region.from >= region.to) continue;
    // what others read at that time is not to be written
    const how = op.op === 'writeRange' || spoils ? again.op : [0, 4][again.op % 2]!;
    ops.push(plain(thread, { ...again, op: how }, region));
    // the whole loop once more, or the rest of it
    if (again.op === 0) ops.push(...ops.slice(again.slot % loops, loops));
  }
  return ops;
}

/**
 * Programs over the rows of two grids, a phase after another, with a barrier in between: as `traces`, a half of them
 * keeps its discipline, and the others lose and gain what `damage` says, rows among it.
 */
export function gridTraces(grid: Grid, damage: number): fc.Arbitrary<Generated> {
  const layout = { ...layoutOf(8), bufferLength: grid.bytes + 64 };
  const barrier = { buffer: 1, byteOffset: grid.bytes + 8, byteLength: 4 };
  const where = fc.nat(1_000_000);
  const loop = fc.record({ phase, thread: fc.integer({ min: 1, max: GRID_THREADS }), from: fc.nat(1) });
  return fc
    .record({
      phases: fc.array(phase, { minLength: 1, maxLength: grid.phases }),
      /** the same rows again and again, as programs have them */
      alike: fc.boolean(),
      seed: fc.nat(),
      clean: fc.boolean(),
      lost: fc.array(where, { maxLength: damage }),
      gained: fc.array(fc.record({ at: where, op: stray(layout, GRID_THREADS) }), { maxLength: 2 * damage }),
      loops: fc.array(fc.record({ at: where, loop }), { maxLength: damage }),
    })
    .map(({ phases, alike, seed, clean, lost, gained, loops }) => {
      const threads = Array.from({ length: GRID_THREADS }, (_, i) => i + 1);
      let trace: Op[] = threads.map((child) => ({ op: 'fork', thread: 0, child }));
      phases.forEach((phase, i) => {
        const like = alike ? (phases[0] as Phase) : phase;
        for (const thread of threads) trace.push(...sweepsOf(grid, like, i % 2, thread, false));
        for (const op of ['rmw', 'load'] as const)
          for (const thread of threads) trace.push({ op, thread, place: barrier });
      });
      if (!clean) {
        for (const at of lost) {
          const edges = trace.filter((op) => op.op === 'rmw' || op.op === 'load');
          const edge = edges[at % edges.length];
          trace = trace.filter((op) => op !== edge);
        }
        for (const { at, op } of gained) trace.splice(at % (trace.length + 1), 0, op);
        for (const { at, loop } of loops)
          trace.splice(
            at % (trace.length + 1),
            0,
            ...sweepsOf(grid, loop.phase, loop.from, loop.thread, true),
          );
      }
      trace = mix(trace, seed, clean ? commute : (p, q) => p.thread !== q.thread);
      return { trace, clean, bufferLength: layout.bufferLength, stacks: 0 };
    });
}

/** Of so many bytes each: whole rows, which begin and end within blocks. */
const SEGMENT = 136;
const SEGMENTS = 20;

/**
 * Programs that take segments from a queue, one after another, and give them back: each is written as a whole and read again,
 * by whoever has it.
 * A half of them keeps to the queue, and the others lose what orders them, and gain strays.
 */
export function segmentTraces(damage: number): fc.Arbitrary<Generated> {
  const bytes = SEGMENT * SEGMENTS + 4;
  const layout = { ...layoutOf(8), bufferLength: bytes + 60 };
  const queue = { buffer: 1, byteOffset: bytes + 12, byteLength: 4 };
  const where = fc.nat(1_000_000);
  const turn = fc.record({
    thread: fc.integer({ min: 1, max: GRID_THREADS }),
    segment: fc.nat(SEGMENTS - 1),
    writes: fc.boolean(),
    reads: fc.boolean(),
    again: fc.array(draft, { maxLength: 2 }),
  });
  return fc
    .record({
      turns: fc.array(turn, { minLength: 20, maxLength: 60 }),
      seed: fc.nat(),
      clean: fc.boolean(),
      /** one of the threads goes by without the queue: what others did long ago is news to it */
      deaf: fc.boolean(),
      lost: fc.array(where, { maxLength: damage }),
      gained: fc.array(fc.record({ at: where, op: stray(layout, GRID_THREADS) }), { maxLength: damage }),
    })
    .map(({ turns, seed, clean, deaf, lost, gained }) => {
      const threads = Array.from({ length: GRID_THREADS }, (_, i) => i + 1);
      let trace: Op[] = threads.map((child) => ({ op: 'fork', thread: 0, child }));
      for (const { thread, segment, writes, reads, again } of turns) {
        const byteOffset = 4 + segment * SEGMENT;
        const place = { buffer: 0, byteOffset, byteLength: SEGMENT };
        const region = { buffer: 0, from: byteOffset + 4, to: byteOffset + SEGMENT - 4 };
        trace.push({ op: 'rmw', thread, place: queue });
        if (writes) trace.push({ op: 'writeRange', thread, place, site: 1 });
        if (reads) trace.push({ op: 'readRange', thread, place, site: 2 });
        for (const drafted of again) trace.push(plain(thread, drafted, region));
        trace.push({ op: 'rmw', thread, place: queue });
      }
      if (!clean) {
        if (deaf) trace = trace.filter((op) => op.op !== 'rmw' || op.thread !== 1);
        for (const at of lost) {
          const edges = trace.filter((op) => op.op === 'rmw');
          const edge = edges[at % edges.length];
          trace = trace.filter((op) => op !== edge);
        }
        for (const { at, op } of gained) trace.splice(at % (trace.length + 1), 0, op);
      }
      trace = mix(trace, seed, clean ? commute : (p, q) => p.thread !== q.thread);
      return { trace, clean, bufferLength: layout.bufferLength, stacks: 0 };
    });
}

/**
 * The DSL of detector tests: `t1.write(x); t2.write(x); // race`. A script makes a trace, which the oracle
 * and the detector must both judge as its name says, down to the last stack.
 */
import { expect, test } from 'vitest';
import { type AccessOp, type Op, type Outcome, type Place, print, run } from './trace.ts';
import { createViewCore } from './view-core.ts';

export class Actor {
  readonly #id: number;
  readonly #trace: Op[];
  readonly #names: Names;

  constructor(id: number, trace: Op[], names: Names) {
    this.#id = id;
    this.#trace = trace;
    this.#names = names;
  }

  fork(): Actor {
    const child = ++this.#names.threads;
    this.#trace.push({ op: 'fork', thread: this.#id, child });
    return new Actor(child, this.#trace, this.#names);
  }
  end(): void {
    this.#trace.push({ op: 'end', thread: this.#id });
  }
  join(child: Actor): void {
    this.#trace.push({ op: 'join', thread: this.#id, child: child.#id });
  }
  send(message: string): void {
    this.#trace.push({ op: 'send', thread: this.#id, message: this.#names.message(message) });
  }
  receive(message: string): void {
    this.#trace.push({ op: 'receive', thread: this.#id, message: this.#names.message(message) });
  }
  waiters(place: Place): void {
    this.#trace.push({ op: 'waiters', thread: this.#id, place });
  }
  wakes(place: Place): void {
    this.#trace.push({ op: 'wakes', thread: this.#id, place });
  }
  awoken(place: Place): void {
    this.#trace.push({ op: 'awoken', thread: this.#id, place });
  }
  access(op: AccessOp['op'], place: Place): void {
    this.#trace.push({ op, thread: this.#id, place });
  }
  read(place: Place): void {
    this.access('read', place);
  }
  write(place: Place): void {
    this.access('write', place);
  }
  readRange(place: Place, site?: number): void {
    this.range('readRange', place, site);
  }
  writeRange(place: Place, site?: number): void {
    this.range('writeRange', place, site);
  }
  range(op: 'readRange' | 'writeRange', place: Place, site?: number): void {
    const made = { op, thread: this.#id, place };
    this.#trace.push(site === undefined ? made : { ...made, site });
  }
  load(place: Place): void {
    this.access('load', place);
  }
  store(place: Place): void {
    this.access('store', place);
  }
  rmw(place: Place): void {
    this.access('rmw', place);
  }
}

class Names {
  threads = 0;
  readonly #messages: string[] = [];
  message(name: string): number {
    if (!this.#messages.includes(name)) this.#messages.push(name);
    return this.#messages.indexOf(name);
  }
}

/** `main`, three siblings that it has forked, and places in two buffers. */
export interface Scene {
  main: Actor;
  t1: Actor;
  t2: Actor;
  t3: Actor;
  a: (byteOffset: number, byteLength: number) => Place;
  b: (byteOffset: number, byteLength: number) => Place;
  /** data words */
  x: Place;
  y: Place;
  /** words for atomics */
  flag: Place;
  lock: Place;
}

export type Script = (scene: Scene) => void;

const place =
  (buffer: number) =>
  (byteOffset: number, byteLength: number): Place => ({ buffer, byteOffset, byteLength });

export function record(script: Script): Op[] {
  const trace: Op[] = [];
  const main = new Actor(0, trace, new Names());
  const [a, b] = [place(0), place(1)];
  const [t1, t2, t3] = [main.fork(), main.fork(), main.fork()];
  script({ main, t1, t2, t3, a, b, x: a(0, 4), y: a(4, 4), flag: b(0, 4), lock: b(4, 4) });
  return trace;
}

function judge(script: Script): Outcome {
  const trace = record(script);
  const outcome = run(trace, { bufferLength: 4096, stacks: 0 });
  expect(outcome.mismatches, print(trace)).toEqual([]);
  const throughViews = run(trace, { bufferLength: 4096, stacks: 0 }, createViewCore);
  expect(throughViews.mismatches, `through the hooks of views:\n${print(trace)}`).toEqual([]);
  expect(outcome.happened, 'an event of the script cannot happen').toEqual(trace);
  return outcome;
}

/** The script has a race; oracle and detector report it, and where `bytes` is given on just so many bytes. */
export function race(name: string, script: Script, bytes?: number): void {
  test(`race: ${name}`, () => {
    const { racyBytes, reported } = judge(script);
    expect(racyBytes.size, 'racy bytes of the oracle').toBeGreaterThan(0);
    expect(reported.length, 'races of the detector').toBeGreaterThan(0);
    if (bytes !== undefined) expect(racyBytes.size, 'racy bytes').toBe(bytes);
  });
}

/** The script has none, and neither oracle nor detector reports one. */
export function noRace(name: string, script: Script): void {
  test(`no race: ${name}`, () => {
    const { racyBytes, reported } = judge(script);
    expect([...racyBytes]).toEqual([]);
    expect(reported).toEqual([]);
  });
}

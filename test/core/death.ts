/** Functions that may stop at their entry: for good, as in a thread that V8 ends, by an error, or while another thread goes on. */
import { vi } from 'vitest';

class Death extends Error {}
const NOTHING = (): void => {};
const state = { armed: false, dead: false, left: 0, point: '', fails: false, meanwhile: NOTHING };

/** What stands in for a function of the core. */
function stands<F extends (...args: never[]) => unknown>(name: string, original: F): F {
  const stand = function (this: unknown, ...args: never[]): unknown {
    if (state.dead) throw new Death();
    if (state.armed && state.left-- === 0) {
      state.point = name;
      state.armed = false;
      if (state.fails) throw new Error('a failure inside');
      if (state.meanwhile !== NOTHING) {
        state.meanwhile();
        return Reflect.apply(original, this, args);
      }
      state.dead = true;
      throw new Death();
    }
    return Reflect.apply(original, this, args);
  };
  return stand as unknown as F;
}

/** A module of the core, all of whose functions and methods are mortal. */
function module(exports: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(exports)) {
    out[name] = value;
    if (typeof value !== 'function' || value.prototype instanceof Error) continue;
    const isClass = /^class/.test(Function.prototype.toString.call(value));
    if (!isClass) out[name] = stands(name, value as never);
    else {
      for (const key of Object.getOwnPropertyNames(value.prototype)) {
        const { value: method } = Object.getOwnPropertyDescriptor(value.prototype, key)!;
        if (key === 'constructor' || typeof method !== 'function') continue;
        value.prototype[key] = stands(`${name}.${key}`, method);
      }
    }
  }
  return out;
}

/** Lets `step` die at its point `n`. Where it died, or undefined if it came to its end. */
export function at(n: number, step: () => void): string | undefined {
  Object.assign(state, { armed: true, dead: false, left: n, point: '', fails: false });
  try {
    step();
  } catch (error) {
    if (!(error instanceof Death)) throw error;
  } finally {
    state.armed = false;
  }
  const point = state.dead ? state.point : undefined;
  state.dead = false;
  return point;
}

/** Lets `step` come to its end, and something else happen at its point `n`. Where, or undefined if there is no such point. */
export function meanwhileAt(n: number, step: () => void, meanwhile: () => void): string | undefined {
  Object.assign(state, { armed: true, dead: false, left: n, point: '', fails: false, meanwhile });
  try {
    step();
  } finally {
    state.armed = false;
    state.meanwhile = NOTHING;
  }
  return state.point || undefined;
}

/** Lets `step` fail once, at its point `n`. Where, or undefined if it came to its end. */
export function failureAt(n: number, step: () => void): string | undefined {
  Object.assign(state, { armed: true, dead: false, left: n, point: '', fails: true });
  try {
    step();
  } finally {
    state.armed = false;
  }
  return state.point || undefined;
}

const CORE = [
  'core/memory/atomics',
  'core/memory/lock',
  'core/memory/records',
  'core/memory/table',
  'core/clock/vector-clock',
  'core/shadow/arena',
  'core/shadow/backlog',
  'core/shadow/backlog-comparison',
  'core/shadow/backlog-memory',
  'core/shadow/buffers',
  'core/shadow/comparison',
  'core/shadow/history',
  'core/shadow/lane',
  'core/shadow/plane',
  'core/shadow/ranges',
  'core/shadow/rows',
  'core/sync/sync-variable',
  'core/thread/registry',
  'core/chains',
  'core/names',
  'core/channels',
  'core/edges',
  'core/detector',
];

/** Makes mortal what is imported from now on of the core, and of other modules of the runtime. */
export function makeMortal(others: string[]): void {
  for (const name of [...CORE, ...others])
    vi.doMock(`../../runtime/${name}.ts`, async (original: () => Promise<Record<string, unknown>>) =>
      module(await original()),
    );
}

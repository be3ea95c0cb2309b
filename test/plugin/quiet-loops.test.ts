/**
 * Loops that are checked before they run (plugin/rewrite/quiet-loop.ts): random loops touch, by what their hooks say,
 * exactly the elements that the plain loop touches on a Proxy that looks, with the same results and errors.
 *
 * TSRACE_SEED=<n> repeats a run.
 */
import { expect, test } from 'vitest';
import { instrument } from '../../plugin/instrument.ts';
import { createHooks } from '../../runtime/hooks.ts';

const SEED = Number(process.env['TSRACE_SEED'] ?? Date.now() % 2 ** 31);
const PROGRAMS = 2000;
const LENGTH = 24;

type Log = Set<string>;
interface Outcome {
  touched: string[];
  effects: string;
}

const hooks = createHooks();
let log: Log;
/** how many loops were taken as steady */
let sweeps = 0;
let withCalls = 0;

const typedArray = Object.getPrototypeOf(Int32Array.prototype) as object;
const names = new WeakMap<object, string>();
const indexOf = (key: unknown): number => {
  const index = typeof key === 'number' || typeof key === 'string' ? Number(key) : Number.NaN;
  return Number.isInteger(index) && index >= 0 && index < LENGTH ? index : -1;
};
const touch = (view: object, kinds: string, key: unknown): void => {
  const index = indexOf(key);
  for (const kind of kinds) if (index >= 0) log.add(`${kind} ${names.get(view)} ${index}`);
};
Object.defineProperty(typedArray, hooks.S, {
  configurable: true,
  get(this: Int32Array) {
    const name = names.get(this);
    // c is a view of ordinary memory
    if (name === undefined || name === 'c') return undefined;
    const r = (key: unknown): void => touch(this, 'r', key);
    const w = (key: unknown): void => touch(this, 'w', key);
    const u = (key: unknown): void => touch(this, 'rw', key);
    return {
      r,
      w,
      u,
      R: r,
      W: w,
      U: u,
      m: (key: unknown, value: unknown) => {
        const isDone = typeof value === 'number' && typeof key === 'number' && name !== 'big';
        touch(this, isDone ? 'rw' : 'r', key);
        return isDone;
      },
      steady: name !== 'big',
      s: (kind: number, first: number, by: number, count: number) => {
        sweeps++;
        for (let k = 0; k < Math.min(count, 1000); k++) touch(this, ['r', 'w', 'rw'][kind]!, first + by * k);
        return true;
      },
    };
  },
});

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

const PURE = ['half', 'mixed', 'twice'];
const OTHERS = ['touching', 'throwing', 'counting', 'swapping'];
const DECLARED = `
  const LIMIT = 3;
  let seen, calls = 0;
  function half(x) { return x / 2; }
  function mixed(x, y = LIMIT) { let t = 0; for (let i = 0; i < LIMIT; i++) { if (x < y) return t; t += x; } return t; }
  const twice = (x) => Math.max(half(x) * 4, 0);
  function touching(x) { return seen[x & 7]; }
  function throwing(x) { if (x > 4) throw new Error('no'); return x; }
  function counting(x) { calls++; return x; }
`;
const INSIDE = 'const swapping = (x) => { if (x === 3) [a, b] = [b, a]; return x; };';

/** A function of one loop, or two inside each other. */
function program(next: () => number): { source: string; args: string[]; clean: boolean } {
  const pick = <T>(...list: T[]): T => list[Math.floor(next() * list.length)]!;
  // half of the programs have nothing in them that speaks against a steady loop
  const clean = next() < 0.5;
  const view = (): string => (clean ? pick('a', 'b', 'c') : pick('a', 'a', 'b', 'b', 'c', 'big', 'list'));
  const linear = [
    'i',
    'i + 1',
    'i - 1',
    'i - k',
    'k + i',
    '2 * i',
    'i * k',
    'k * i + m',
    'm',
    '(i + k) * 2',
    'k - i',
    'x',
  ];
  // a name of which only the run can say what it means
  const given = pick(...PURE, ...OTHERS);
  const callee = pick('given', ...PURE, ...OTHERS);
  const index = (): string =>
    clean && next() < 0.9
      ? pick(...linear)
      : pick(
          'i',
          'i',
          'i + 1',
          'i - 1',
          'i - k',
          'k + i',
          '2 * i',
          'i * k',
          'k * i + m',
          'm',
          'i * i',
          '3',
          'i % 3',
          '(i + k) * 2',
          'i + 0.5',
          '-i',
          'k - i',
        );
  const read = (): string => `${view()}[${index()}]`;
  const value = (): string =>
    pick(
      read,
      read,
      () => 'i',
      () => 'x',
      () => 'y',
      () => `Math.max(${read()}, 1)`,
      () => `${read()} + ${read()}`,
      () => `(${read()} | 0)`,
      ...Array(3).fill(() => `${callee}(${pick('i', 'x', 'y', read())})`),
    )();
  const step = clean
    ? pick('i++', '++i', 'i += 2', 'i += k')
    : pick('i++', 'i++', '++i', 'i += 1', 'i += 2', 'i += k', 'i--');
  const bound = clean
    ? pick('n', '12', 'n - k')
    : pick('n', 'n', '12', 'a.length', 'k + 6', 'n - 1', 'c.length', 'list.length');
  const steady = (): string =>
    pick(
      () => `s = s + ${value()};`,
      () => `s = (s + ${value()}) | 0;`,
      () => `${view()}[${index()}] = ${value()};`,
      () => `${view()}[${index()}] += ${value()};`,
      () => `${view()}[${index()}]++;`,
      () => `if (${read()} < x) s++;`,
    )();
  let declared = 0;
  const statement = (): string =>
    clean
      ? steady()
      : pick(
          () => `s = s + ${value()};`,
          () => `s = (s + ${value()}) | 0;`,
          () => `${read()} = ${value()};`,
          () => `${read()} += ${value()};`,
          () => `${read()}++;`,
          () => `const t${declared++} = ${value()};`,
          () => `if (${read()} < x) s++;`,
          () => `if (x < 2) ${read()} = 1;`,
          () => `if (${read()} === 3) break;`,
          () => `x = ${pick('x + 1', 'i', read())};`,
          () => `k = ${pick('k', '2')};`,
          () => `s += y;`,
        )();
  const body = Array.from({ length: 1 + Math.floor(next() * 3) }, statement).join(' ');
  const operator = pick('<', '<', '<=', '!==');
  // what stands before the first turn may do anything
  const first = pick('m', 'm', 'm', 'counting(m)', 'swapping(m)', 'throwing(m)', 'touching(m)');
  const loop = clean
    ? `for (let i = ${first}; i ${pick('<', '<=')} ${bound}; ${step}) { ${body} }`
    : pick(
        `for (let i = ${first}; i ${operator} ${bound} && (fuel--, true) && i > -30; ${step}) { ${body} }`,
        `for (let i = ${first}; i ${operator === '!==' ? '<' : operator} ${bound}; ${step === 'i--' ? 'i++' : step}) { ${body} }`,
        `for (let i = ${first}; i ${operator === '!==' ? '<' : operator} ${bound}; ${step === 'i--' ? 'i++' : step}) { ${body} }`,
        `var i = m; for (; i < ${bound}; i++) { ${body} }`,
        `let i = m; while (i < n && a[i] < 9) { ${body} i++; }`,
      );
  const args = [
    pick('0', '1', '2', '0', '0.5', 'true', '-2'),
    pick('10', '24', '30', '"8"', '7.5', 'NaN', 'undefined'),
    pick('1', '2', '3', '1', '2n', 'odd'),
    pick('1', '2', 'odd', '"z"'),
    pick('0', '1', 'odd', '1n'),
  ];
  if (clean)
    args.splice(0, 5, ...[pick(0, 1, 3, -2), pick(10, 24, 30), pick(1, 2, 3), pick(0, 5), 2].map(String));
  // a loop that ends, whatever happens
  const guarded = loop.replace(/\{ /, '{ if (--left < 0) throw new Error("long"); ');
  return {
    source: `${DECLARED} function f(a, b, c, big, list, m, n, k, x, y, odd, fuel) { seen = a; ${INSIDE} const given = [${given}][0]; let s = 0; let left = 200; ${clean ? loop : next() < 0.5 ? loopable(loop, step) : guarded} return [s, x, k, calls]; }`,
    args,
    clean,
  };
}

/** Only loops that surely end stay as they are. */
function loopable(loop: string, step: string): string {
  const sure =
    /^for \(let i = [\w()]+; i <=? (n|12|a\.length|c\.length|n - 1); (i\+\+|\+\+i|i \+= [12])\)/.test(loop);
  return sure && step !== 'i--' ? loop : loop.replace(/\{ /, '{ if (--left < 0) throw new Error("long"); ');
}

function play(source: string, args: string[], wrap: boolean): Outcome {
  log = new Set();
  const make = (name: string): Int32Array => {
    const view = new Int32Array(LENGTH).map((_, i) => (i * 7) % 11);
    names.set(view, name);
    return view;
  };
  const big = new BigInt64Array(LENGTH).fill(3n);
  names.set(big, 'big');
  const views = [make('a'), make('b'), make('c'), big] as object[];
  const shown = wrap ? views.map(looking) : views;
  let conversions = 0;
  const odd = { valueOf: () => (++conversions > 5 ? Number.NaN : conversions) };
  const list = [1, 2, 3, odd, 5];
  const f = new Function('__tsrace', `${source}; return f;`)(hooks) as (...args: unknown[]) => unknown;
  const values = args.map((arg) => new Function('odd', `return ${arg}`)(odd) as unknown);
  let result: unknown;
  try {
    result = f(...shown, list, ...values, odd, 1000);
  } catch (error) {
    result = `${error}`;
  }
  const contents = views.map((view) => String(Array.from(view as Int32Array)));
  return { touched: [...log].sort(), effects: [String(result), conversions, ...contents].join(' | ') };
}

/** A view that says what is done to it. */
function looking(view: object): object {
  if (names.get(view) === 'c') return view;
  return new Proxy(view, {
    get(target, key) {
      touch(view, 'r', key);
      return Reflect.get(target, key) as unknown;
    },
    set(target, key, value) {
      const done = Reflect.set(target, key, value);
      touch(view, 'w', key);
      return done;
    },
  });
}

test('steady loops touch what the plain loops touch', () => {
  const next = random(SEED);
  for (let i = 0; i < PROGRAMS; i++) {
    const { source, args, clean } = program(next);
    const where = `TSRACE_SEED=${SEED}, program ${i}: ${args.join(', ')}\n${source}`;
    const plain = play(source, args, true);
    const { code } = instrument(`${source}`, '/program.js', { sourceType: 'commonjs' });
    const before = sweeps;
    const traced = play(code, args, false);
    if (sweeps > before && /for .*(half|mixed|twice|given)\(/.test(source.replace(DECLARED, ''))) withCalls++;
    expect(traced.effects, where).toBe(plain.effects);
    // an update whose conversion throws has called its hook before; no steady loop throws
    if (!clean && /^\w*Error/.test(plain.effects))
      expect(traced.touched, where).toEqual(expect.arrayContaining(plain.touched));
    else expect(traced.touched, where).toEqual(plain.touched);
  }
  expect(withCalls, 'the same with calls in it').toBeGreaterThan(PROGRAMS / 50);
  expect(sweeps, 'accesses that were recorded before their loop').toBeGreaterThan(PROGRAMS / 10);
});

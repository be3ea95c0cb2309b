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
/** how many loops were taken as steady, and how many nests */
let sweeps = 0;
let grids = 0;
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
      g: (kind: number, _site: number, first: number, ...steps: number[]) => {
        let all = [first];
        for (let i = 0; i < steps.length; i += 2)
          all = all.flatMap((at) => Array.from({ length: steps[i + 1]! }, (_, k) => at + k * steps[i]!));
        if (!all.every((at) => Number.isInteger(at) && at >= 0 && at < LENGTH)) return false;
        grids++;
        for (const at of all) touch(this, ['r', 'w', 'rw'][kind]!, at);
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

/** stands at the beginning of each turn */
const TURN = '/* a turn */';

/** A function of loops inside each other. */
function nest(next: () => number): { source: string; args: string[]; clean: boolean } {
  const pick = <T>(...list: T[]): T => list[Math.floor(next() * list.length)]!;
  const odd = (): boolean => next() < 0.06;
  const depth = pick(2, 2, 3, 3, 4);
  const counters = ['i', 'j', 'p', 'q'];
  // some programs do one thing again and again that must be seen through
  const habit = pick('none', 'none', 'shadows', 'hoists', 'assigns', 'steps', 'bounds');
  const often = (what: typeof habit): boolean => habit === what && next() < 0.4;
  const hoisted: string[] = [];
  let declared = 0;
  /** of the counters down to a depth */
  const index = (depth: number, own: string[]): string => {
    const known = [...counters.slice(0, depth), ...own, ...hoisted];
    const one = (): string =>
      pick(...known, ...known, `${pick(...known)} * ${pick('n', 'k', '2', '3')}`, 'k', 'm', '1');
    if (odd())
      return pick('x', 'j * j', 'i * j', 'half(i)', 's', '-i', 'i + 0.5', 'last', 'i | 0', 'c0', 'c1');
    return pick(one(), `${one()} + ${one()}`, `${one()} + ${one()}`, `${one()} - ${one()} + 6`);
  };
  const touching = (depth: number, own: string[]): string => {
    const view = (): string => (odd() ? pick('big', 'list') : pick('a', 'b', 'c'));
    const at = (): string => `${view()}[${index(depth, own)}]`;
    const value = pick(at(), `${at()} + ${at()}`, `half(${at()})`, pick(...counters.slice(0, depth), 's'));
    if (odd())
      return pick(
        `if (${at()} < 3) s++;`,
        `if (x < 2) ${at()} = 1;`,
        `if (${at()} === 4) continue;`,
        `n = n + 0;`,
        'k = 1;',
        `s += given(i);`,
        `${pick('i', counters[depth - 1]!)} += 1;`,
        'var last = s;',
        '[a, b] = [b, a];',
      );
    return pick(`s = (s + ${value}) | 0;`, `${at()} = ${value};`, `${at()} += ${value};`, `${at()}++;`);
  };
  const loop = (level: number, own: string[]): string => {
    const keyword = odd() ? 'var' : 'let';
    const name = often('shadows') && keyword === 'let' ? pick(...counters) : counters[level]!;
    const around = counters.slice(0, level);
    const start = pick(
      '0',
      '0',
      '1',
      ...(level > 0 ? [pick(...around), `${pick(...around)} * k`] : ['m']),
      ...own,
    );
    const bound =
      odd() || often('bounds')
        ? pick('a.length', 'list.length', 'i', 'x', '7.5', 'i * i', '6 - i', 'half(n)', 'b[1]')
        : start.length === 1 && /\d/.test(start)
          ? pick('2', '3', 'n', 'k')
          : pick(`${start} + 2`, `${start} + n`, `${start} + 0`, 'n');
    const step = odd() || often('steps') ? pick('2', 'k', '3', 'i', ...own, 'half(k)') : '1';
    const inner: string[] = [...own];
    const parts: string[] = [];
    if (next() < 0.4) {
      const constant = `c${often('shadows') ? 0 : declared++}`;
      const isHoisted = often('hoists');
      parts.push(
        `${isHoisted ? 'var' : pick('const', 'const', 'let')} ${constant} = ${index(level + 1, own)};`,
      );
      if (often('assigns')) parts.push(`${constant} ${pick('= 3', '+= 1', '-= i', '*= 2')};`);
      (isHoisted ? hoisted : inner).push(constant);
    }
    const last = level === depth - 1;
    if (last || next() < 0.4) parts.push(touching(level + 1, inner));
    if (!last) parts.push(loop(level + 1, inner));
    if (!last && next() < 0.2) parts.push(loop(level + 1, inner));
    if (last || next() < 0.3) parts.push(touching(level + 1, inner));
    return `for (${keyword} ${name} = ${start}; ${name} ${pick('<', '<', '<=')} ${bound}; ${step === '1' ? pick(`${name}++`, `++${name}`) : `${name} += ${step}`}) { ${TURN} ${parts.join(' ')} }`;
  };
  const args = odd()
    ? [pick('true', '0.5', '"1"'), pick('2n', '2.5', 'odd', '2'), pick('odd', '1', '0.5'), '1', '0']
    : [pick('0', '1'), pick('2', '3', '0'), pick('1', '2'), '1', '0'];
  const made = {
    source: `${DECLARED} function f(a, b, c, big, list, m, n, k, x, y, odd, fuel) { seen = a; ${INSIDE} const given = [${pick(...PURE, ...OTHERS)}][0]; let s = 0; ${loop(0, [])} return [s, x, k, calls]; }`,
    args,
    clean: false,
  };
  // a guard in the loops would be a reason to leave them alone: a copy that has one says whether this one ends
  const guarded = made.source.replaceAll(TURN, 'if (--fuel < 0) throw new Error("long");');
  return isWellFormed(guarded) && !play(guarded, args, false).effects.startsWith('Error: long')
    ? made
    : nest(next);
}

/** No name is declared twice. */
function isWellFormed(source: string): boolean {
  try {
    return new Function(source) instanceof Function;
  } catch {
    return false;
  }
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

test.for([
  ['loops', program],
  ['loops inside each other', nest],
] as const)('steady %s touch what the plain ones touch', ([, make]) => {
  const next = random(SEED);
  sweeps = 0;
  grids = 0;
  withCalls = 0;
  for (let i = 0; i < PROGRAMS; i++) {
    const { source, args, clean } = make(next);
    const where = `TSRACE_SEED=${SEED}, program ${i}: ${args.join(', ')}\n${source}`;
    const plain = play(source, args, true);
    const { code } = instrument(`${source}`, '/program.js', { sourceType: 'commonjs' });
    const before = sweeps + grids;
    const traced = play(code, args, false);
    if (sweeps + grids > before && /for .*(half|mixed|twice|given)\(/.test(source.replace(DECLARED, '')))
      withCalls++;
    expect(traced.effects, where).toBe(plain.effects);
    // an update whose conversion throws has called its hook before; no steady loop throws
    if (!clean && /^\w*Error/.test(plain.effects))
      expect(traced.touched, where).toEqual(expect.arrayContaining(plain.touched));
    else expect(traced.touched, where).toEqual(plain.touched);
  }
  expect(withCalls, 'the same with calls in it').toBeGreaterThan(PROGRAMS / 50);
  expect(sweeps, 'accesses that were recorded before their loop').toBeGreaterThan(PROGRAMS / 10);
  if (make === nest) expect(grids, 'and before their nest').toBeGreaterThan(PROGRAMS / 2);
});

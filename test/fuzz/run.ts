/** Runs a generated program, plain or instrumented, and says all that it did. */
import vm from 'node:vm';
import { instrument } from '../../plugin/instrument.ts';
import { createHooks } from '../../runtime/hooks.ts';
import { convertAhead, isObject } from '../../runtime/property-key.ts';

interface Trace {
  effects: string[];
  accesses: string[];
}

/** The text of a function is that of the instrumented code. */
const FUNCTION = /'(?:async|function|class|\(|\w+ =>).*'/s;
/**
 * V8 names an operand by its source text, in which a hook is an `(intermediate value)`, and it depends on the text which
 * of these it says. Where it does not find the text (in initialisers of classes) it names the value.
 */
const OPERAND =
  /(?<=TypeError: )(?:.*? is not (?:a function|a constructor|(?:async )?iterable)|Cannot (?:destructure|read properties of (?:null|undefined))).*/s;
/** What has only a getter is shown by its text. */
const SHOWN = /(?<=^Cannot set property \S+ of ).*(?= which has only a getter)/s;
/** The sites of calls are kept out of a callee's text. */
const OURS = /^(?!.*\.\.\.\()[^{]*__tsrace\.s[^{]* is not a function$/s;
const loosened = (effect: string): string => effect.replace(OPERAND, 'operand');
const isSame = (expected: string | undefined, actual: string | undefined): boolean =>
  expected === actual ||
  (expected !== undefined &&
    actual !== undefined &&
    loosened(expected) === loosened(actual) &&
    !OURS.test(actual));
const message = ({ name, message }: Error): string =>
  `${name}: ${message.replace(FUNCTION, 'function').replace(SHOWN, 'it')}`;

const FUEL = 300;
const { apply, get, set, defineProperty } = Reflect;
const typedArray = Object.getPrototypeOf(Int32Array.prototype) as object;
const { values } = Int32Array.prototype;
const hooks = { ...createHooks(), v: () => false, m: () => {} };
defineProperty(globalThis, '__tsrace', { value: hooks, configurable: true });

/** the trace of the program that runs */
let current: Trace = { effects: [], accesses: [] };
let names = new Map<unknown, string>();

function touched(view: Int32Array, kind: string, key: PropertyKey): void {
  const index = typeof key === 'string' ? Number(key) : Number.NaN;
  if (String(index) !== key || !Number.isInteger(index) || index < 0 || index >= view.length) return;
  current.accesses.push(`${kind} ${names.get(view)}[${index}]`);
}

/** The key as the access will have it. */
const converted = (key: unknown): string => String(isObject(key) ? convertAhead(key) : key);

const elementHooks = (view: Int32Array) => ({
  r: (key: unknown) => touched(view, 'r', converted(key)),
  w: (key: unknown) => touched(view, 'w', converted(key)),
  u(key: unknown) {
    const index = converted(key);
    touched(view, 'r', index);
    touched(view, 'w', index);
  },
});

const stamp = (view: Int32Array): object => ({
  ...elementHooks(view),
  // the longer ones
  ...Object.fromEntries(Object.entries(elementHooks(view)).map(([name, hook]) => [name.toUpperCase(), hook])),
  // as in runtime/views.ts: no view has bigints
  m(key: unknown, value: unknown) {
    const isDone = typeof value === 'number' && typeof key === 'number';
    touched(view, 'r', converted(key));
    if (isDone) touched(view, 'w', converted(key));
    return isDone;
  },
  // no loop is steady: its turns call their own hooks (test/plugin/quiet-loops.test.ts has the others)
  steady: false,
  s: () => true,
  /** `new T(view)`: the programs have no such `T` */
  c: () => undefined,
  all(_site: number, literal: PropertyKey[] = [], computed: PropertyKey[] = []) {
    const left = [...literal, ...computed].map(String);
    for (const key of view.keys()) if (!left.includes(String(key))) touched(view, 'r', String(key));
  },
  get keys() {
    return [];
  },
});
const stamps = new WeakMap<object, object>();
defineProperty(typedArray, hooks.S, {
  get(this: object) {
    return stamps.get(this);
  },
});

/** An iterator that says what it reads; of `view`, also where the program has a Proxy in its place. */
function iterate(view: Int32Array): Iterator<number> {
  let index = 0;
  const iterator = apply(values, view, []) as Iterator<number>;
  const next = Object.getPrototypeOf(iterator).next as () => IteratorResult<number>;
  defineProperty(iterator, 'next', {
    configurable: true,
    value: () => {
      touched(view, 'r', String(index++));
      return apply(next, iterator, []);
    },
  });
  return iterator;
}

function logging(view: Int32Array): Int32Array {
  return new Proxy(view, {
    get(target, key) {
      touched(target, 'r', key);
      if (key === Symbol.iterator) return () => iterate(target);
      const value: unknown = get(target, key, target);
      return typeof value === 'function' && key !== 'constructor' ? value.bind(target) : value;
    },
    set(target, key, value) {
      const done = set(target, key, value, target);
      touched(target, 'w', key);
      return done;
    },
  });
}

type Mode = 'plain' | 'proxied' | 'instrumented';

/** `null`: the program is not one (it does not parse). */
async function run(source: string, mode: Mode): Promise<Trace | null> {
  const wrapped = `(function program(env) { var { v, u, p, arr, o, f, C, t, K, log, later, use, fuel, tag, attempt } = env, free;\n${source}\n})`;
  let code = wrapped;
  let program: (env: object) => void;
  try {
    if (mode === 'instrumented') {
      new vm.Script(wrapped);
      code = instrument(wrapped, 'fuzz.cjs', { sourceType: 'commonjs', sourceMaps: false }).code;
    }
    program = vm.runInThisContext(code) as typeof program;
  } catch (error) {
    if (mode === 'plain') return null;
    return { effects: [`does not compile: ${String(error)}`], accesses: [] };
  }
  current = { effects: [], accesses: [] };
  const trace = current;
  const patched = Object.getOwnPropertyDescriptor(typedArray, Symbol.iterator)!;
  defineProperty(typedArray, Symbol.iterator, {
    ...patched,
    value: function values(this: Int32Array) {
      return names.has(this) ? iterate(this) : apply(patched.value as () => unknown, this, []);
    },
  });
  const text = Function.prototype.toString;
  Function.prototype.toString = () => 'source';
  const unhandled = (): void => undefined;
  process.on('unhandledRejection', unhandled);
  hooks.d = 0;
  try {
    program(environment(mode));
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    trace.effects.push(`uncaught ${show(error)}`);
  } finally {
    Function.prototype.toString = text;
    process.off('unhandledRejection', unhandled);
    defineProperty(typedArray, Symbol.iterator, patched);
    current = { effects: [], accesses: [] };
  }
  if (mode === 'instrumented' && hooks.d !== 0) trace.effects.push(`depth ${hooks.d}`);
  delete (globalThis as { free?: unknown }).free;
  return trace;
}

function show(value: unknown, depth = 0): string {
  if (typeof value === 'function') return `function ${String(value.name)}/${value.length}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return message(value);
  const name = names.get(value);
  if (name !== undefined) return `${name}`;
  if (depth > 1) return '…';
  const shown = Reflect.ownKeys(value).map((key) => {
    const own = Object.getOwnPropertyDescriptor(value, key)!;
    return `${String(key)}: ${'value' in own ? show(own.value, depth + 1) : 'accessor'}`;
  });
  return `${Object.prototype.toString.call(value)}{${shown.join(', ')}}`;
}

function environment(mode: Mode): object {
  names = new Map();
  const trace = current;
  const say = (text: string): void => void trace.effects.push(text);
  const make = (name: string, tracked: boolean): Int32Array => {
    const view = new Int32Array(tracked ? new SharedArrayBuffer(16) : new ArrayBuffer(16));
    for (let i = 0; i < 4; i++) view[i] = i + 1;
    names.set(view, name);
    if (!tracked) {
      names.delete(view);
      return view;
    }
    if (mode === 'instrumented') stamps.set(view, stamp(view));
    if (mode !== 'proxied') return view;
    const proxy = logging(view);
    names.set(proxy, name);
    return proxy;
  };
  const [v, u, p] = [make('v', true), make('u', true), make('p', false)];
  let left = FUEL;
  const fuel = (): boolean => {
    if (--left < 0) throw new Error('out of fuel');
    return true;
  };
  const t = (name: string, value: unknown): unknown => {
    fuel();
    say(`${name}:${typeof value}`);
    return value;
  };
  const K = (name: string, value: number): object => ({
    toString() {
      say(`${name} toString`);
      return String(value);
    },
    valueOf() {
      say(`${name} valueOf`);
      return value;
    },
  });
  const o: Record<string, unknown> = {
    x: 1,
    view: v,
    call(...args: unknown[]) {
      fuel();
      say(`call ${args.length}`);
      return v;
    },
    get getter() {
      say('getter');
      return u;
    },
    set setter(value: unknown) {
      say(`setter ${typeof value}`);
    },
  };
  o['self'] = o;
  names.set(o, 'o');
  names.set(globalThis, 'global');
  const f = (...args: unknown[]): unknown => {
    fuel();
    say(`f ${args.map((arg) => typeof arg).join()}`);
    return args[0];
  };
  class C {
    constructor(...args: unknown[]) {
      fuel();
      say(`C ${args.length} ${new.target.name}`);
    }
  }
  const use = (value: unknown): unknown => {
    if (typeof (value as Promise<unknown> | null)?.then === 'function')
      void (value as Promise<unknown>).then(
        (result) => say(`then ${show(result)}`),
        (error) => say(`rejected ${show(error)}`),
      );
    else if (Object.prototype.toString.call(value) === '[object Generator]')
      for (const item of value as Iterable<unknown>) {
        fuel();
        say(`yielded ${show(item)}`);
      }
    return value;
  };
  const functions: (() => unknown)[] = [];
  const seen: unknown[] = [];
  return {
    v,
    u,
    p,
    o,
    f,
    C,
    t,
    K,
    use,
    fuel,
    // biome-ignore lint/suspicious/noSparseArray: holes are part of the language
    arr: [1, , v, 'x'],
    later: (made: () => unknown) => functions.push(made),
    log: (value: unknown) => say(show(value)),
    tag(strings: unknown, ...args: unknown[]) {
      fuel();
      seen.push(strings);
      say(`tag ${seen.indexOf(strings)} ${args.length}`);
      return args[0];
    },
    attempt(unit: () => unknown) {
      try {
        const result = unit();
        if (result instanceof Promise) use(result);
        else say(`= ${show(result)}`);
      } catch (error) {
        say(`! ${show(error)}`);
      }
      for (const made of functions.splice(0)) say(`later ${show(made())}`);
      left = FUEL;
    },
  };
}

/** An element that is called, or asked for what no number has: the plugin leaves it alone (rewrite/chain.ts). */
const UNTOLD = /new \([^()]*\?\.|\]\)*\s*(\?\.)?[(`]|\]\)*\??\.(?!toFixed)[a-z]|\]\)*\?\.\[|\]\)*\[/;

/** What differs between the program plain and instrumented; `null`: nothing. */
export async function compare(source: string): Promise<string | null> {
  const plain = await run(source, 'plain');
  if (plain === null) return null;
  const instrumented = (await run(source, 'instrumented'))!;
  const effects = difference(plain.effects, instrumented.effects);
  if (effects !== null) return `effects: ${effects}`;
  if (/eval/.test(source) || UNTOLD.test(source)) return null;
  const proxied = (await run(source, 'proxied'))!;
  // a Proxy of a view is not a view everywhere
  if (difference(plain.effects, proxied.effects) !== null) return null;
  const accesses = difference(proxied.accesses, instrumented.accesses);
  return accesses === null ? null : `accesses: ${accesses}`;
}

function difference(expected: string[], actual: string[]): string | null {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++)
    if (!isSame(expected[i], actual[i])) return `#${i} ${expected[i]} / ${actual[i]}`;
  return null;
}

/** The value of `globalThis.__tsrace`: the stamp's key, the shadow stack, and what patterns and `yield*` read. */
import { type Hooks, LONG_LOOP, type PatternShape, type View } from './interface.ts';
import { propertyKey } from './property-key.ts';
import { getter } from './stamp.ts';

/** Deeper calls are left out of reports. V8's default stack holds about 11,000 frames. */
const STACK_DEPTH = 1 << 16;

// as it was before the program's were watched
const NativeProxy = Proxy;
const { isView } = ArrayBuffer;
const { isArray } = Array;
const { add: addWeakly, has: hasWeakly } = WeakSet.prototype;
const { get: reflectGet, getPrototypeOf, apply } = Reflect;

/** V8 waits for eight times the function's bytecode, of which a turn has some 35 bytes: functions of 9 KB */
const EMPTY_TURNS = 2000;
const EMPTY_LOOPS_MASK = 4095;

const { isSafeInteger } = Number;
const typedArrayTag = getter(Symbol.toStringTag) as () => string | undefined;
const typedArrayLength = getter('length');

/** NaN where it is none. No code of the program's is run. */
function boundOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (isArray(value)) return value.length;
  return isNumbers(value) ? (apply(typedArrayLength, value, []) as number) : Number.NaN;
}

/** A typed array whose elements are numbers. */
function isNumbers(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const tag = apply(typedArrayTag, value, []);
  return tag !== undefined && tag[0] !== 'B';
}

const arrayIterator = Array.prototype[Symbol.iterator];
const arrayNext = (getPrototypeOf([][Symbol.iterator]()) as Iterator<unknown>).next;
const typedArrayIterator = (): unknown => Int32Array.prototype[Symbol.iterator];

/** The stamp of what has none. */
const noWay = (): undefined => {};
const UNSHARED = {
  r: noWay,
  w: noWay,
  u: noWay,
  R: noWay,
  W: noWay,
  U: noWay,
  m: () => true,
  all() {},
  c() {},
  l() {},
} as const;

/** All but what needs a detector. */
export type PlainHooks = Omit<Hooks, 'annotations' | 'v' | 'm' | 'module'>;

/** `thread`: the hooks of the realm that the thread began with, where this is another one (web/windows.ts). */
export function createHooks(thread?: PlainHooks): PlainHooks {
  const S = thread?.S ?? Symbol('tsrace');
  /** by site; one that meets another loses nothing but speed */
  const emptyTurns = new Uint16Array(EMPTY_LOOPS_MASK + 1);
  const pure = new WeakSet<object>();
  const viewOf = (object: unknown): View | undefined =>
    (object as Record<symbol, View> | null | undefined)?.[S];

  function watch(source: unknown, shape: PatternShape, site: number): unknown {
    if (typeof source !== 'object' || source === null) return source;
    return new NativeProxy(source, {
      get(target, key) {
        viewOf(target)?.r(key, site);
        const value: unknown = reflectGet(target, key);
        const nested = typeof key === 'string' && Object.hasOwn(shape, key) ? shape[key] : undefined;
        return nested ? watch(value, nested, site) : value;
      },
    });
  }

  const hooks: PlainHooks = {
    S,
    d: 0,
    s: thread?.s ?? new Int32Array(STACK_DEPTH),
    o: viewOf,
    h: (stamp) => stamp ?? UNSHARED,
    t(made, source) {
      if (source instanceof SharedArrayBuffer) viewOf(made);
      return made;
    },
    n(from, to, step, inclusive) {
      if (!isSafeInteger(from) || !isSafeInteger(step) || step <= 0) return -1;
      const turns = (to - from) / step;
      // a bound that is no number ends the loop at once
      const count = Math.max(0, (inclusive !== 0 ? Math.floor(turns) + 1 : Math.ceil(turns)) || 0);
      return isSafeInteger(from + step * count) ? count : -1;
    },
    b(site, from, to, inner = 1, inner1 = 1, inner2 = 1) {
      const at = site & EMPTY_LOOPS_MASK;
      const turns = emptyTurns[at] as number;
      if (turns === EMPTY_TURNS || typeof from !== 'number') return false;
      const outer = boundOf(to) - from;
      if (!(outer * boundOf(inner) * boundOf(inner1) * boundOf(inner2) > LONG_LOOP)) return false;
      emptyTurns[at] = turns + 1;
      return true;
    },
    q: (stamp, view) => (stamp === undefined ? isNumbers(view) : stamp.steady),
    x(...functions) {
      for (let i = 0; i < functions.length; i++) apply(addWeakly, pure, [functions[i]]);
    },
    p: (callee) => apply(hasWeakly, pure, [callee]) as boolean,
    i: (first, by) => isSafeInteger(first) && isSafeInteger(by),
    k(view, key, site, keys) {
      if (view === undefined) return key as PropertyKey;
      const converted = propertyKey(key);
      if (keys !== undefined) keys[keys.length] = converted;
      view.r(converted, site);
      return converted;
    },
    it(source, site) {
      if (!isView(source)) return source;
      const view = viewOf(source);
      if (
        view === undefined ||
        (source as unknown as Iterable<unknown>)[Symbol.iterator] !== typedArrayIterator()
      )
        return source;
      let index = 0;
      // that of arrays: nobody watches it
      const iterator = apply(arrayIterator, source, []) as Iterator<unknown>;
      const next = (): IteratorResult<unknown> => {
        view.r(index++, site);
        return apply(arrayNext, iterator, []);
      };
      return { [Symbol.iterator]: () => ({ next }) };
    },
    up(self, stamp) {
      if (typeof self !== 'object' || self === null) return stamp;
      if (stamp !== undefined) return isView(self) && stamp === viewOf(self) ? undefined : stamp;
      for (let object = getPrototypeOf(self); object !== null; object = getPrototypeOf(object))
        viewOf(object);
      return undefined;
    },
    pattern: watch,
    // until a loader comes
    e: (_callee, code) => code,
    f: (_callee, args) => args,
  };
  if (thread === undefined) return hooks;
  return Object.defineProperty(hooks, 'd', {
    get: () => thread.d,
    set(depth: number) {
      thread.d = depth;
    },
  });
}

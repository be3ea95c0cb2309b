/**
 * Methods of Array.prototype that are called on a shared view: `Array.prototype.map.call(view, f)`. Array.prototype
 * stays as it is, for all arrays of the program would pay. The plugin asks (`borrowed`) before it evaluates
 * `F.call`, `F.apply` or `F.bind` of what may be such a method: the function then gets an accessor under these
 * names that lives for this one look, and gives what runs the method on a recording Proxy of the view. The method
 * itself stays the engine's own, so what it touches, and in which order, is what it really does.
 */
import { PLAIN_READ, PLAIN_WRITE } from '../core/shadow/kind.ts';
import type { Hooks } from '../interface.ts';
import { canonicalIndex } from '../property-key.ts';
import type { SharedView } from '../shared-view.ts';
import type { Host } from '../thread.ts';
import { type AnyFunction, disguise } from './disguise.ts';
import { prototype, viewOf } from './typed-array/receiver.ts';

const { apply, defineProperty, deleteProperty, get, getOwnPropertyDescriptor, isExtensible, ownKeys } =
  Reflect;
const { hasOwn } = Object;
const { bind } = Function.prototype;
const NativeProxy = Proxy;

/** They get a callback whose argument at this place is the array. */
const CALLBACKS: ReadonlyMap<string, number> = new Map([
  ...'forEach map filter find findIndex findLast findLastIndex some every flatMap'
    .split(' ')
    .map((name) => [name, 2] as const),
  ['reduce', 3],
  ['reduceRight', 3],
]);
/** They read no element, or have a method of the view do it. */
const OTHERS: ReadonlySet<string> = new Set(['constructor', 'concat', 'toString', 'keys']);
/** They make an iterator, which views have the same of. */
const ITERATORS: ReadonlySet<string> = new Set(['values', 'entries']);

export interface ArrayMethods {
  readonly hooks: Pick<Hooks, 'v' | 'm'>;
  /** What runs `method` on `self`, if the one is of Array.prototype and the other a shared view. */
  forReceiver(method: unknown, self: unknown): AnyFunction | undefined;
}

export function arrayMethods(host: Host): ArrayMethods {
  const recording: ReadonlyMap<unknown, AnyFunction> = new Map(
    ownKeys(Array.prototype).flatMap((key) => {
      const native = getOwnPropertyDescriptor(Array.prototype, key)?.value as unknown;
      if (typeof key !== 'string' || typeof native !== 'function' || OTHERS.has(key)) return [];
      return [[native, recordingMethod(host, key, native as AnyFunction)] as const];
    }),
  );

  return {
    hooks: {
      v: (self) => viewOf(host, self) !== undefined,
      m(method) {
        const instead = recording.get(method);
        if (instead !== undefined) lend(method as AnyFunction, instead);
      },
    },
    forReceiver: (method, self) => (viewOf(host, self) === undefined ? undefined : recording.get(method)),
  };
}

/** The next look at `call`, `apply` or `bind` of `method` finds that of `instead`. */
function lend(method: AnyFunction, instead: AnyFunction): void {
  const ways = {
    call: (self: unknown, ...args: unknown[]): unknown => apply(instead, self, args),
    apply: (self: unknown, list?: unknown): unknown =>
      apply(instead, self, (list === undefined || list === null ? [] : list) as unknown[]),
    bind: (...args: unknown[]): unknown => apply(bind, instead, args),
  };
  if (!isExtensible(method) || NAMES.some((name) => hasOwn(method, name))) return;
  for (const name of NAMES) {
    const take = (): unknown => {
      for (const each of NAMES) deleteProperty(method, each);
      return ways[name];
    };
    defineProperty(method, name, { get: take, configurable: true });
  }
}

const NAMES = ['call', 'apply', 'bind'] as const;

function recordingMethod(host: Host, name: string, native: AnyFunction): AnyFunction {
  const position = CALLBACKS.get(name);
  const method = {
    method(this: unknown, ...args: unknown[]): unknown {
      const view = viewOf(host, this);
      if (view === undefined) return apply(native, this, args);
      if (ITERATORS.has(name)) return apply(get(prototype, name) as AnyFunction, this, []);
      const self = this as object;
      const [callback] = args;
      if (position !== undefined && typeof callback === 'function')
        args[0] = givenReal(callback as AnyFunction, self, position);
      const proxy = recordingProxy(host, self, view);
      const result: unknown = apply(native, proxy, args);
      return result === proxy ? self : result;
    },
  }.method;
  return disguise(method, native);
}

/** `callback`, given the view itself where the method would give its Proxy. */
const givenReal = (callback: AnyFunction, self: object, position: number): AnyFunction =>
  function (this: unknown, ...given: unknown[]): unknown {
    given[position] = self;
    return apply(callback, this, given);
  };

/** `self`; whatever is refused throws what the engine says of the view, not of a Proxy. */
export function recordingProxy(host: Host, self: object, view: SharedView): object {
  const stack = host.callStack();
  const target = self as Record<PropertyKey, unknown>;
  return new NativeProxy(target, {
    get(_, key) {
      const index = canonicalIndex(key);
      if (index >= 0) host.native.elements(view, index, 1, PLAIN_READ, stack);
      return target[key];
    },
    set(_, key, value) {
      target[key] = value;
      const index = canonicalIndex(key);
      if (index >= 0) host.native.elements(view, index, 1, PLAIN_WRITE, stack);
      return true;
    },
    deleteProperty: (_, key) => delete target[key],
  });
}

/**
 * How a replaced function keeps the face of the original: name, length, the property's descriptor, and the
 * text that `Function.prototype.toString` gives. Programs and libraries look at all of these. A replacement
 * should be written as a method (`({ load() {…} }).load`), which has no `prototype` either; where the last
 * nanosecond is no matter `intercept` sees to it all. A Proxy serves only for `Worker` and async functions:
 * since Node 26 `util.inspect` shows that it is one.
 */
import { isAsyncFunction } from '../platform.ts';
import { withoutOwnFrames } from './user-error.ts';

const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { defineProperty } = Object;

// biome-ignore lint/suspicious/noExplicitAny: the functions of the platform, of every shape
export type AnyFunction = (...args: any[]) => any;
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyConstructor = new (...args: any[]) => any;
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Handler = (original: AnyFunction, self: any, args: any[]) => unknown;

/** What a function is made with. */
const FIXED: readonly PropertyKey[] = ['arguments', 'caller', 'prototype'];

const originals: WeakMap<object, object> = new WeakMap();

/** Notes that `replacement` stands for `original`. A Proxy has name and length by itself. */
export function disguised<T extends object>(replacement: T, original: object): T {
  originals.set(replacement, originals.get(original) ?? original);
  return replacement;
}

/** `replacement`, with the name, length, source text and other properties of `original`. */
export function disguise<F extends AnyFunction>(replacement: F, original: AnyFunction): F {
  for (const key of ownKeys(original)) {
    if (FIXED.includes(key)) continue;
    const descriptor = getOwnPropertyDescriptor(original, key)!;
    const configurable = key === 'name' || key === 'length' || descriptor.configurable === true;
    defineProperty(replacement, key, { ...descriptor, configurable });
  }
  return disguised(replacement, original);
}

/** Replaces the method `owner[key]` by what `make` returns, its descriptor unchanged. */
export function replace(owner: object, key: PropertyKey, make: (original: AnyFunction) => AnyFunction): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (descriptor === undefined || typeof descriptor.value !== 'function') return;
  defineProperty(owner, key, { ...descriptor, value: disguise(make(descriptor.value), descriptor.value) });
}

/** A function that looks like `original`, whose calls go to `handler`. */
export function standIn(original: AnyFunction, handler: Handler): AnyFunction {
  if (isAsyncFunction(original)) return disguised(new Proxy(original, { apply: handler }), original);
  const call = Object.hasOwn(original, 'prototype')
    ? function (this: unknown, ...args: unknown[]): unknown {
        return handler(original, this, args);
      }
    : {
        method(this: unknown, ...args: unknown[]): unknown {
          return handler(original, this, args);
        },
      }.method;
  return disguise(call, original);
}

/**
 * A native class whose instances `make` makes, given the class to make an instance of. A bound function is a
 * constructor that needs no `prototype` of its own, and shows as the native function that it stands for.
 */
export function standInClass(
  original: AnyConstructor,
  make: (args: unknown[], newTarget: AnyConstructor) => object,
): AnyConstructor {
  function construct(this: unknown, ...args: unknown[]): unknown {
    try {
      if (new.target === undefined) return apply(original as unknown as AnyFunction, this, args);
      const newTarget = new.target === (construct as unknown) ? original : new.target;
      return make(args, newTarget as unknown as AnyConstructor);
    } catch (error) {
      throw withoutOwnFrames(error);
    }
  }
  construct.prototype = original.prototype;
  const bound = construct.bind(undefined);
  setPrototypeOf(bound, getPrototypeOf(original));
  for (const key of FIXED) {
    const descriptor = getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) defineProperty(bound, key, descriptor);
  }
  return disguise(bound, original as unknown as AnyFunction) as unknown as AnyConstructor;
}

/** Has `handler` called in place of the method `owner[key]`, if there is one. */
export function intercept(owner: object, key: PropertyKey, handler: Handler): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (typeof descriptor?.value !== 'function') return;
  defineProperty(owner, key, { ...descriptor, value: standIn(descriptor.value, handler) });
}

/** `handler`, for platform functions that can throw: the errors do not show that we are in between. */
export function throwingAsOriginal(handler: Handler): Handler {
  return (original, self, args) => {
    try {
      return handler(original, self, args);
    } catch (error) {
      throw withoutOwnFrames(error);
    }
  };
}

/** Replaces the value of a property, which may be lazy: an accessor until its first use (globals in Node 20). */
export function replaceValue(owner: object, key: PropertyKey, value: unknown): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (descriptor === undefined || !descriptor.configurable) return;
  const { enumerable = false, get } = descriptor;
  const becomeValue = (): unknown => {
    defineProperty(owner, key, { value, enumerable, writable: true, configurable: true });
    return value;
  };
  if (get === undefined) defineProperty(owner, key, { ...descriptor, value });
  else defineProperty(owner, key, { ...descriptor, get: standIn(get, becomeValue) });
}

/** Makes `Function.prototype.toString` answer for a disguised function what it answers for the original. */
export function disguiseSourceText(prototype: object = Function.prototype): void {
  const textOf: Handler = (original, self, args) => apply(original, originals.get(self) ?? self, args);
  intercept(prototype, 'toString', throwingAsOriginal(textOf));
}

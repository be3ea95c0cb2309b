/**
 * How a replaced function keeps the face of the original: name, length, properties, kind (async, class), the
 * property's descriptor, and the text that `Function.prototype.toString` gives. Programs and libraries look
 * at all of these. A Proxy has all but the last by itself, for 20 ns a call.
 */
import { withoutOwnFrames } from './user-error.ts';

const { apply, getOwnPropertyDescriptor } = Reflect;
const { defineProperty } = Object;

// biome-ignore lint/suspicious/noExplicitAny: the functions of the platform, of every shape
export type AnyFunction = (...args: any[]) => any;
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyConstructor = new (...args: any[]) => any;
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Replacement = (original: AnyFunction, self: any, args: any[]) => unknown;

const originals: WeakMap<object, object> = new WeakMap();

/** A function that looks like `original` and behaves as `replacement`. */
export function disguise(original: AnyFunction, replacement: Replacement): AnyFunction {
  return disguised(
    new Proxy(original, {
      apply(target, self, args) {
        try {
          return replacement(target, self, args);
        } catch (error) {
          throw withoutOwnFrames(error);
        }
      },
    }),
    original,
  );
}

/** Notes that `standIn`, a Proxy, is to be taken for `original`. */
export function disguised<T extends object>(standIn: T, original: T): T {
  originals.set(standIn, original);
  return standIn;
}

/** Replaces the method `owner[key]`, its descriptor unchanged. */
export function replace(owner: object, key: PropertyKey, replacement: Replacement): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (typeof descriptor?.value !== 'function') return;
  defineProperty(owner, key, { ...descriptor, value: disguise(descriptor.value, replacement) });
}

/** Replaces the getter of `owner[key]`. */
export function replaceGetter(owner: object, key: PropertyKey, replacement: Replacement): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (descriptor?.get === undefined) return;
  defineProperty(owner, key, { ...descriptor, get: disguise(descriptor.get, replacement) });
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
  else defineProperty(owner, key, { ...descriptor, get: disguise(get, becomeValue) });
}

/** Makes `Function.prototype.toString` answer for a disguised function what it answers for the original. */
export function discloseOriginalText(): void {
  replace(Function.prototype, 'toString', (original, self, args) =>
    apply(original, originals.get(self) ?? self, args),
  );
}

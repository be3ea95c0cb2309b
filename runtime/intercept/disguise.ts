/**
 * How a replaced function keeps the face of the original: name, length, property descriptor, and the text
 * that `Function.prototype.toString` gives. Programs and libraries look at all of these.
 */
const { apply, getOwnPropertyDescriptor } = Reflect;
const { defineProperty } = Object;

// biome-ignore lint/suspicious/noExplicitAny: the functions of the platform, of every shape
export type AnyFunction = (...args: any[]) => any;
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyConstructor = new (...args: any[]) => any;

const originals: WeakMap<object, object> = new WeakMap();

/** `replacement`, with the name, length and source text of `original`. */
export function disguise<F extends AnyFunction>(replacement: F, original: AnyFunction): F {
  for (const key of ['name', 'length'] as const) {
    defineProperty(replacement, key, { ...getOwnPropertyDescriptor(original, key), configurable: true });
  }
  return disguised(replacement, original);
}

/** Notes that `replacement` (a Proxy has name and length by itself) stands for `original`. */
export function disguised<T extends object>(replacement: T, original: object): T {
  originals.set(replacement, original);
  return replacement;
}

/** Replaces the method `owner[key]` by what `make` returns, its descriptor unchanged. */
export function replace(owner: object, key: PropertyKey, make: (original: AnyFunction) => AnyFunction): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (descriptor === undefined || typeof descriptor.value !== 'function') return;
  defineProperty(owner, key, { ...descriptor, value: disguise(make(descriptor.value), descriptor.value) });
}

/** Replaces the value of a property that may be lazy (an accessor, as Node 20's globals are). */
export function replaceValue(owner: object, key: PropertyKey, value: unknown): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (descriptor === undefined || !descriptor.configurable) return;
  if (descriptor.get === undefined) defineProperty(owner, key, { ...descriptor, value });
  else defineProperty(owner, key, { ...descriptor, get: disguise(() => value, descriptor.get) });
}

/** Makes `Function.prototype.toString` answer for a disguised function what it answers for the original. */
export function disguiseSourceText(): void {
  const descriptor = getOwnPropertyDescriptor(Function.prototype, 'toString')!;
  const original = descriptor.value as AnyFunction;
  const toString = new Proxy(original, {
    apply: (target, self, args) => apply(target, originals.get(self as object) ?? self, args),
  });
  defineProperty(Function.prototype, 'toString', { ...descriptor, value: disguised(toString, original) });
}

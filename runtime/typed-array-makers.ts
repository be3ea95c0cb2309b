/**
 * Which constructors copy the typed array that they are given: those of the language, in every realm, and
 * classes derived from them without a constructor of their own, which hand their arguments on.
 */
const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { hasOwn } = Object;
const sourceText = Function.prototype.toString;
const TypedArray = getPrototypeOf(Int32Array) as object;

const natives: ReadonlySet<unknown> = new Set(
  ownKeys(globalThis)
    // Node makes many globals when they are first looked at (fetch, streams: 18 ms)
    .filter((name) => typeof name === 'string' && name.endsWith('Array'))
    .map((name) => getOwnPropertyDescriptor(globalThis, name)?.value as unknown)
    .filter((value) => typeof value === 'function' && getPrototypeOf(value) === TypedArray),
);

/** A constructor of this realm's language: what it makes for a method lies in memory of its own. */
export const isNative = (maker: unknown): boolean => natives.has(maker);

export const nativeMakers: () => Iterable<unknown> = () => natives;

export function makesTypedArrays(maker: unknown): boolean {
  for (let at = maker; typeof at === 'function'; at = getPrototypeOf(at)) {
    if (natives.has(at)) return true;
    const text = apply(sourceText, at, []) as string;
    if (text.endsWith('{ [native code] }')) return hasOwn(at, 'BYTES_PER_ELEMENT');
    // a class whose text does not even mention one has no constructor
    if (!text.startsWith('class') || text.includes('constructor')) return false;
  }
  return false;
}

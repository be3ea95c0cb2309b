/**
 * Keys of elements. `view[key]` converts a key that is an object when the access is made, and that may run code of
 * the user's (`toString`). The hook comes before the access and must know the element, so it converts first,
 * and then has the key answer the engine's own conversion with what came out, once.
 */
const { ownKeys, getOwnPropertyDescriptor, defineProperty, deleteProperty } = Reflect;

export const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** ToPropertyKey, once: a computed property name is converted by exactly that. */
export function propertyKey(key: unknown): PropertyKey {
  if (!isObject(key)) return key as PropertyKey;
  const holder = { [key as unknown as string]: 0 };
  return ownKeys(holder)[0] as PropertyKey;
}

/** Converts `key` and has its next conversion give the same. A key that is frozen is converted twice. */
export function convertAhead(key: object): PropertyKey {
  const converted = propertyKey(key);
  const own = getOwnPropertyDescriptor(key, Symbol.toPrimitive);
  defineProperty(key, Symbol.toPrimitive, {
    configurable: true,
    value() {
      if (own === undefined) deleteProperty(key, Symbol.toPrimitive);
      else defineProperty(key, Symbol.toPrimitive, own);
      return converted;
    },
  });
  return converted;
}

/** The element index that a primitive key names (CanonicalNumericIndexString), or -1. */
export function canonicalIndex(key: unknown): number {
  if (typeof key === 'number') return Number.isInteger(key) && key >= 0 ? key : -1;
  if (typeof key !== 'string' && typeof key !== 'bigint') return -1;
  const text = String(key);
  const number = Number(text);
  return Number.isInteger(number) && number >= 0 && String(number) === text ? number : -1;
}

/** Has `keys` the index, as a number or as text? */
export function holds(keys: readonly PropertyKey[] | undefined, index: number): boolean {
  if (keys === undefined) return false;
  for (let i = 0; i < keys.length; i++) if (keys[i] === index || keys[i] === `${index}`) return true;
  return false;
}

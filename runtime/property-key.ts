/**
 * Keys that are objects. `view[key]` converts such a key when the access is made, and that may run code of
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

/** Keeps the stamp out of what a program sees of its own objects. Nothing else reaches a symbol nobody has. */

import { type AnyFunction, replace } from './disguise.ts';
import type { Realm } from './realms.ts';

export function installReflection(key: symbol, realm: Pick<Realm, 'Reflect' | 'Object'>): void {
  const without = (keys: PropertyKey[]): PropertyKey[] => {
    const at = keys.indexOf(key);
    if (at >= 0) keys.splice(at, 1);
    return keys;
  };
  const { apply } = Reflect;
  const hidden = (original: AnyFunction) =>
    ({
      method(this: unknown, ...args: unknown[]) {
        return without(apply(original, this, args) as PropertyKey[]);
      },
    }).method;
  replace(realm.Reflect, 'ownKeys', hidden);
  replace(realm.Object, 'getOwnPropertySymbols', hidden);
  replace(
    realm.Object,
    'getOwnPropertyDescriptors',
    (original) =>
      ({
        method(this: unknown, ...args: unknown[]) {
          const descriptors = apply(original, this, args) as Record<symbol, unknown>;
          if (Object.hasOwn(descriptors, key)) delete descriptors[key];
          return descriptors;
        },
      }).method,
  );
}

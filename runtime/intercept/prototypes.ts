/** A view whose prototype goes no longer inherits the stamp's getter: it gets its stamp before. */
import { type AnyFunction, disguise, replace } from './disguise.ts';
import type { Realm } from './realms.ts';

const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { isView } = ArrayBuffer;

export function installPrototypes(key: symbol, realm: Pick<Realm, 'Object' | 'Reflect'>): void {
  const stamp = (value: unknown): void => {
    if (isView(value)) void (value as unknown as Record<symbol, unknown>)[key];
  };
  for (const owner of [realm.Object, realm.Reflect]) {
    replace(
      owner,
      'setPrototypeOf',
      (native) =>
        ({
          method(this: unknown, ...args: unknown[]) {
            stamp(args[0]);
            return apply(native, this, args);
          },
        }).method,
    );
  }
  const { prototype } = realm.Object;
  const descriptor = getOwnPropertyDescriptor(prototype, '__proto__');
  const native = descriptor?.set as AnyFunction | undefined;
  if (native === undefined) return;
  const setting = {
    set(this: unknown, value: unknown) {
      stamp(this);
      return apply(native, this, [value]);
    },
  };
  defineProperty(prototype, '__proto__', { ...descriptor, set: disguise(setting.set, native) });
}

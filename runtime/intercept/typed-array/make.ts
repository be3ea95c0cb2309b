/** `T.from` and `T.of` where T makes its instances over shared memory: as many elements are written as were given. */
import type { Host } from '../../thread.ts';
import { isNative } from '../../typed-array-makers.ts';
import { type AnyFunction, replace } from '../disguise.ts';
import { TypedArray, viewOf, writes } from './receiver.ts';

const { apply } = Reflect;

export function installMakers(host: Host): void {
  replace(
    TypedArray,
    'of',
    (native) =>
      ({
        method(this: unknown, ...items: unknown[]) {
          const made: unknown = apply(native, this, items);
          if (!isNative(this)) writes(host, viewOf(host, made), 0, items.length);
          return made;
        },
      }).method,
  );

  replace(
    TypedArray,
    'from',
    (native) =>
      ({
        method(this: unknown, ...args: unknown[]) {
          const mapped = args[1] as AnyFunction | undefined;
          if (!host.buffers.met || isNative(this) || (mapped !== undefined && typeof mapped !== 'function'))
            return apply(native, this, args);
          let count = 0;
          const counting = function (this: unknown, element: unknown, index: number): unknown {
            const value: unknown = mapped === undefined ? element : apply(mapped, this, [element, index]);
            count = index + 1;
            return value;
          };
          const made: unknown = apply(native, this, [args[0], counting, args[2]]);
          writes(host, viewOf(host, made), 0, count);
          return made;
        },
      }).method,
  );
}

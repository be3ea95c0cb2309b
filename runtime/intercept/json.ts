/**
 * `JSON.stringify` of a view, or of what holds views at any depth, reads their elements. A view comes out as an
 * object with indices for keys; only where the text has such a key is the value looked through for shared views.
 * The look runs no code of the user's, so what an accessor, a Proxy or a `toJSON` gave is not found.
 */
import { isProxy } from '../platform.ts';
import { canonicalIndex, isObject } from '../property-key.ts';
import type { Host } from '../thread.ts';
import { type AnyFunction, replace } from './disguise.ts';
import { reads, viewOf } from './typed-array/receiver.ts';

const { apply, getOwnPropertyDescriptor } = Reflect;
const { keys } = Object;
const { exec } = RegExp.prototype;
const INDEX_KEY = /"(?:0|[1-9]\d*)":/;

export function installJson(host: Host): void {
  /** `listed`: the only keys that count, if there is a list. */
  function look(value: unknown, listed: ReadonlySet<string> | undefined, seen: Set<object>): void {
    if (!isObject(value) || isProxy(value) || seen.has(value)) return;
    seen.add(value);
    const view = viewOf(host, value);
    if (view !== undefined) {
      if (listed === undefined) reads(host, view, 0, view.count());
      else for (const key of listed) reads(host, view, canonicalIndex(key), canonicalIndex(key) < 0 ? 0 : 1);
      return;
    }
    if (typeof value === 'function' || ArrayBuffer.isView(value)) return;
    for (const key of keys(value)) {
      if (listed !== undefined && !listed.has(key) && !Array.isArray(value)) continue;
      look(getOwnPropertyDescriptor(value, key)?.value, listed, seen);
    }
  }

  replace(
    JSON,
    'stringify',
    (native) =>
      ({
        method(this: unknown, value: unknown, replacer: unknown, space: unknown) {
          if (!host.buffers.met) return native(value, replacer, space);
          if (typeof replacer === 'function') return native(value, reading(replacer as AnyFunction), space);
          const text = native(value, replacer, space) as string | undefined;
          if (typeof text === 'string' && apply(exec, INDEX_KEY, [text]) !== null) {
            const isList = Array.isArray(replacer) && !isProxy(replacer);
            try {
              look(value, isList ? new Set(replacer.map(String)) : undefined, new Set());
            } catch (error) {
              host.detector.survive(error);
            }
          }
          return text;
        },
      }).method,
  );

  /** `replacer`; a view that it lets pass is read next. */
  function reading(replacer: AnyFunction): AnyFunction {
    const stack = host.callStack();
    return function (this: unknown, key: string, value: unknown): unknown {
      const result: unknown = apply(replacer, this, [key, value]);
      const view = viewOf(host, result);
      if (view !== undefined) reads(host, view, 0, view.count(), stack);
      return result;
    };
  }
}

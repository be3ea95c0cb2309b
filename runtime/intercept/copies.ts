/**
 * Functions of `Object` and `Reflect` that read a view they are given, or write its elements. An
 * argument that is no view is left alone, so nobody's Proxy or accessor is asked twice.
 */

import { PLAIN_READ, PLAIN_WRITE } from '../core/shadow/kind.ts';
import { isProxy } from '../platform.ts';
import { canonicalIndex, isObject, propertyKey } from '../property-key.ts';
import type { SharedView } from '../shared-view.ts';
import type { Host } from '../thread.ts';
import { makesTypedArrays } from '../typed-array-makers.ts';
import { type ArrayMethods, recordingProxy } from './array-methods.ts';
import { replace } from './disguise.ts';
import { reads, viewOf } from './typed-array/receiver.ts';

const { apply, getOwnPropertyDescriptor } = Reflect;
const { keys } = Object;

/** A property descriptor that gives a value; nobody's Proxy is asked. */
const hasValue = (descriptor: unknown): boolean =>
  isObject(descriptor) && !isProxy(descriptor) && 'value' in descriptor;

export function installCopies(host: Host, borrowed: ArrayMethods): void {
  const readAll = (value: unknown): void => {
    const view = viewOf(host, value);
    reads(host, view, 0, Number.POSITIVE_INFINITY);
  };

  for (const name of ['values', 'entries', 'getOwnPropertyDescriptors']) {
    replace(
      Object,
      name,
      (native) =>
        ({
          method(this: unknown, source: unknown) {
            const result: unknown = apply(native, this, [source]);
            readAll(source);
            return result;
          },
        }).method,
    );
  }

  replace(
    Object,
    'assign',
    (native) =>
      ({
        method(this: unknown, ...args: unknown[]) {
          const [target] = args;
          const view = viewOf(host, target);
          if (view !== undefined) args[0] = recordingProxy(host, target as object, view);
          const result: unknown = apply(native, this, args);
          if (host.buffers.met) for (let i = 1; i < args.length; i++) readAll(args[i]);
          return view === undefined ? result : target;
        },
      }).method,
  );

  /** A function whose second argument names an element, which `after` is told once the call is made. */
  const keyed = (
    owner: object,
    name: string,
    after: (view: SharedView, index: number, args: unknown[], result: unknown) => void,
  ): void =>
    replace(
      owner,
      name,
      (native) =>
        ({
          method(this: unknown, ...args: unknown[]) {
            const view = viewOf(host, args[0]);
            if (view === undefined) return apply(native, this, args);
            args[1] = propertyKey(args[1]);
            const result: unknown = apply(native, this, args);
            const index = canonicalIndex(args[1]);
            if (index >= 0) after(view, index, args, result);
            return result;
          },
        }).method,
    );
  const read = (view: SharedView, index: number): void => host.native.elements(view, index, 1, PLAIN_READ);
  const written = (view: SharedView, index: number): void =>
    host.native.elements(view, index, 1, PLAIN_WRITE);

  keyed(Object, 'getOwnPropertyDescriptor', read);
  keyed(Reflect, 'getOwnPropertyDescriptor', read);
  keyed(Reflect, 'get', read);
  keyed(Object, 'defineProperty', (view, index, args) => {
    if (hasValue(args[2])) written(view, index);
  });
  // … if the native function says that it is done
  keyed(Reflect, 'defineProperty', (view, index, args, done) => {
    if (done === true && hasValue(args[2])) written(view, index);
  });
  // … and to no other receiver
  keyed(Reflect, 'set', (view, index, args, done) => {
    if (done === true && (args.length < 4 || args[3] === args[0])) written(view, index);
  });
  replace(
    Object,
    'defineProperties',
    (native) =>
      ({
        method(this: unknown, ...args: unknown[]) {
          const result: unknown = apply(native, this, args);
          const view = viewOf(host, args[0]);
          if (view === undefined || isProxy(args[1])) return result;
          for (const key of keys(args[1] as object)) {
            const index = canonicalIndex(key);
            const given = getOwnPropertyDescriptor(args[1] as object, key)?.value as unknown;
            if (index >= 0 && hasValue(given)) written(view, index);
          }
          return result;
        },
      }).method,
  );

  // a list of arguments is read like any other
  replace(
    Reflect,
    'apply',
    (native) =>
      ({
        method(this: unknown, target: unknown, self: unknown, list: unknown) {
          if (host.buffers.met && typeof target === 'function') readAll(list);
          return native(borrowed.forReceiver(target, self) ?? target, self, list);
        },
      }).method,
  );
  replace(
    Reflect,
    'construct',
    (native) =>
      ({
        method(this: unknown, ...args: unknown[]) {
          if (host.buffers.met && typeof args[0] === 'function') {
            const [maker, list] = args;
            readAll(list);
            if (Array.isArray(list) && viewOf(host, list[0]) !== undefined && makesTypedArrays(maker))
              readAll(list[0]);
          }
          return apply(native, this, args);
        },
      }).method,
  );
}

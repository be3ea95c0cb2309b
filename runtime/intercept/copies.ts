/**
 * Functions of `Object` and `Reflect` that read a view they are given, or write its elements. An
 * argument that is no view is left alone, so nobody's Proxy or accessor is asked twice.
 */
import { types } from 'node:util';
import { PLAIN_READ, PLAIN_WRITE } from '../core/shadow/kind.ts';
import { isObject, propertyKey } from '../property-key.ts';
import type { Host } from '../thread.ts';
import { makesTypedArrays } from '../typed-array-makers.ts';
import { canonicalIndex } from '../views.ts';
import { type ArrayMethods, recordingProxy } from './array-methods.ts';
import { replace } from './disguise.ts';
import { reads, viewOf } from './typed-array/receiver.ts';

const { apply, getOwnPropertyDescriptor } = Reflect;
const { keys } = Object;
const { isProxy } = types;

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

  // the element that a key names is read
  for (const [owner, name] of [
    [Object, 'getOwnPropertyDescriptor'],
    [Reflect, 'getOwnPropertyDescriptor'],
    [Reflect, 'get'],
  ] as const) {
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
            if (index >= 0) host.native.elements(view, index, 1, PLAIN_READ);
            return result;
          },
        }).method,
    );
  }

  // … or written, if there is a value
  replace(
    Object,
    'defineProperty',
    (native) =>
      ({
        method(this: unknown, ...args: unknown[]) {
          const view = viewOf(host, args[0]);
          if (view === undefined) return apply(native, this, args);
          args[1] = propertyKey(args[1]);
          const result: unknown = apply(native, this, args);
          const index = canonicalIndex(args[1]);
          if (index >= 0 && hasValue(args[2])) host.native.elements(view, index, 1, PLAIN_WRITE);
          return result;
        },
      }).method,
  );
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
            if (index >= 0 && hasValue(given)) host.native.elements(view, index, 1, PLAIN_WRITE);
          }
          return result;
        },
      }).method,
  );

  // … or if the native function says so
  for (const name of ['set', 'defineProperty'] as const) {
    replace(
      Reflect,
      name,
      (native) =>
        ({
          method(this: unknown, ...args: unknown[]) {
            const view = viewOf(host, args[0]);
            if (view === undefined || (name === 'set' && args.length > 3 && args[3] !== args[0]))
              return apply(native, this, args);
            args[1] = propertyKey(args[1]);
            const done: unknown = apply(native, this, args);
            const index = canonicalIndex(args[1]);
            const written = name === 'set' || hasValue(args[2]);
            if (done === true && written && index >= 0) host.native.elements(view, index, 1, PLAIN_WRITE);
            return done;
          },
        }).method,
    );
  }

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

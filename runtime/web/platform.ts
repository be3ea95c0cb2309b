/**
 * runtime/platform.ts in a browser. A brand is asked of the native accessor or method that refuses all else, so
 * objects of other realms pass, and no code of the program's runs. Nothing tells a Proxy: those that the program
 * makes are noted when they are made.
 */
import type * as node from '../platform.ts';

export const MessagePort: typeof globalThis.MessagePort = globalThis.MessagePort;

/** An audio worklet has neither coders nor a clock. */
const { TextEncoder, TextDecoder, performance } = globalThis as Partial<typeof globalThis>;
const encoder = TextEncoder && new TextEncoder();
const decoder = TextDecoder && new TextDecoder();

export const encodeUtf8: typeof node.encodeUtf8 = (text) => {
  if (encoder !== undefined) return encoder.encode(text);
  const bytes = encodeURIComponent(text.toWellFormed()).replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
};

export const decodeUtf8: typeof node.decodeUtf8 = (bytes) => {
  if (decoder !== undefined) return decoder.decode(bytes);
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
};

export const now: typeof node.now = performance === undefined ? Date.now : performance.now.bind(performance);

const { apply, getOwnPropertyDescriptor } = Reflect;

type Test = (value: unknown) => boolean;

const getterOf = (owner: object, key: PropertyKey): (() => unknown) =>
  getOwnPropertyDescriptor(owner, key)?.get as () => unknown;

function accepts(probe: (this: never, ...args: never[]) => unknown, ...args: unknown[]): Test {
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    try {
      apply(probe as () => unknown, value, args);
      return true;
    } catch {
      return false;
    }
  };
}

export const isArrayBuffer = accepts(
  getterOf(ArrayBuffer.prototype, 'byteLength'),
) as typeof node.isArrayBuffer;
export const isSharedArrayBuffer = accepts(
  getterOf(SharedArrayBuffer.prototype, 'byteLength'),
) as typeof node.isSharedArrayBuffer;
export const isMap = accepts(getterOf(Map.prototype, 'size')) as typeof node.isMap;
export const isSet = accepts(getterOf(Set.prototype, 'size')) as typeof node.isSet;
export const isDataView = accepts(getterOf(DataView.prototype, 'byteLength')) as typeof node.isDataView;

const { toString: tagOf } = Object.prototype;
const { isArray } = Array;
const AsyncFunction = (async () => {}).constructor;

/** By its prototypes: what `then` accepts cannot be asked without a reaction. */
export const isPromise = ((value) => value instanceof Promise) as typeof node.isPromise;

export const isAsyncFunction = ((value) =>
  typeof value === 'function' && value instanceof AsyncFunction) as typeof node.isAsyncFunction;

/** `Error.isError` where there is one. A tag of the program's own makes it no error, and its `cause` is not looked at. */
export const isNativeError = ((value) => {
  const { isError } = Error as { isError?: Test };
  if (isError !== undefined) return isError(value);
  return value instanceof Error || (!isArray(value) && apply(tagOf, value, []) === '[object Error]');
}) as typeof node.isNativeError;

const proxies: WeakSet<object> = new WeakSet();
const { add, has } = WeakSet.prototype;

export const isProxy: typeof node.isProxy = (value) => apply(has, proxies, [value]) as boolean;

export const noteProxy: typeof node.noteProxy = (proxy) => {
  apply(add, proxies, [proxy]);
};

/** Asynchronous context is what a test runner needs, and there is none here: a store holds while its function runs. */
export class AsyncLocalStorage<T> {
  #store: T | undefined;

  getStore(): T | undefined {
    return this.#store;
  }

  enterWith(store: T): void {
    this.#store = store;
  }

  run<R>(store: T, body: () => R): R {
    const before = this.#store;
    this.#store = store;
    try {
      return body();
    } finally {
      this.#store = before;
    }
  }
}

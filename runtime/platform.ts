/**
 * What the runtime takes from Node wherever it runs. The build for browsers puts runtime/web/platform.ts in the
 * place of this module (scripts/build.mjs); what else imports `node:` is no part of that build.
 */
export { AsyncLocalStorage } from 'node:async_hooks';

import { TextDecoder, TextEncoder, types } from 'node:util';

// not the globals, which Node makes when they are first asked for
export { MessagePort } from 'node:worker_threads';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const encodeUtf8 = (text: string): Uint8Array => encoder.encode(text);
/** `bytes` are not in shared memory: browsers refuse that. */
export const decodeUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

/** in milliseconds, of a clock that never goes back */
export const now: () => number = performance.now.bind(performance);

// brands of objects, of whatever realm
export const isArrayBuffer: typeof types.isArrayBuffer = types.isArrayBuffer;
export const isAsyncFunction: typeof types.isAsyncFunction = types.isAsyncFunction;
export const isDataView: typeof types.isDataView = types.isDataView;
export const isMap: typeof types.isMap = types.isMap;
export const isNativeError: typeof types.isNativeError = types.isNativeError;
export const isPromise: typeof types.isPromise = types.isPromise;
export const isProxy: typeof types.isProxy = types.isProxy;
export const isSet: typeof types.isSet = types.isSet;
export const isSharedArrayBuffer: typeof types.isSharedArrayBuffer = types.isSharedArrayBuffer;

/** A Proxy of the program's was made, where nobody else can tell one. */
export const noteProxy = (_proxy: object): void => {};

/**
 * `tsrace/web`: the first code of each thread of a page. It runs once in a thread, however many bundles bring it, and
 * decides whether anything can be checked there; the runtime itself is run only then, since it needs shared memory to
 * exist. What cannot be checked runs on as it is, with hooks that do nothing.
 */

import { defineInertHooks } from '../../runtime/inert.ts';
import { GLOBAL_NAME } from '../../runtime/interface.ts';
import { host } from './host.ts';
import { type Kind, main } from './main.ts';

const NOT_ISOLATED =
  'tsrace: nothing is checked: this page is not cross-origin isolated, so it has no SharedArrayBuffer. ' +
  'Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.';

const globals = globalThis as { document?: unknown; Worker?: unknown; registerProcessor?: unknown };

/** undefined for service workers and others that run no thread of a page. */
function kindOfThread(): Kind | undefined {
  if (globals.document !== undefined) return 'page';
  if (globals.registerProcessor !== undefined) return 'worklet';
  // shared workers and service workers have no creator to post to
  return globals.Worker !== undefined && 'postMessage' in globalThis ? 'worker' : undefined;
}

/** The class of shared memory, if code of this thread may get any. */
function sharedMemoryClass(kind: Kind): SharedArrayBufferConstructor | undefined {
  // it has an origin of its own, and is not isolated: there is no such global, but what its creator posts does come
  if (kind === 'worker' && globalThis.location?.protocol === 'data:') {
    const { buffer } = new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true });
    return buffer.constructor as SharedArrayBufferConstructor;
  }
  // a worklet does not say
  if (kind !== 'worklet' && globalThis.crossOriginIsolated !== true) return undefined;
  return typeof SharedArrayBuffer === 'function' ? SharedArrayBuffer : undefined;
}

if (!Object.hasOwn(globalThis, GLOBAL_NAME)) {
  const kind = kindOfThread();
  const shared = kind && sharedMemoryClass(kind);
  if (shared === undefined && kind === 'page' && host === undefined) console.warn(NOT_ISOLATED);
  if (kind === undefined || shared === undefined || !main(shared).start(kind)) defineInertHooks(undefined);
}

/**
 * `tsrace/web`: the first code of each thread of a page. It runs once in a thread, however many bundles bring it, and
 * decides whether anything can be checked there; the runtime itself is run only then, since it needs shared memory to
 * exist. What cannot be checked runs on as it is, with hooks that do nothing.
 */
import { GLOBAL_NAME } from '../../runtime/interface.ts';
import { defineInertHooks } from '../../runtime/web/inert.ts';
import { main } from './main.ts';

const NOT_ISOLATED =
  'tsrace: nothing is checked: this page is not cross-origin isolated, so it has no SharedArrayBuffer. ' +
  'Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.';

const isPage = typeof document !== 'undefined';

if (!Object.hasOwn(globalThis, GLOBAL_NAME)) {
  const isolated = globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function';
  const kind = isPage ? 'page' : typeof Worker === 'function' && 'postMessage' in globalThis ? 'worker' : '';
  if (!isolated && isPage) console.warn(NOT_ISOLATED);
  if (!isolated || kind === '' || !main().start(kind)) defineInertHooks(undefined);
}

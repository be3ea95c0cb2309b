/**
 * The part of src/playwright/ in a page: an initial script of each of its documents. It tells the test of each race, and of
 * the last ones before the page goes away.
 */
import type { Tsrace } from '../api.ts';
import { READY } from '../ready.ts';
import { startCourier } from './courier.ts';

/** The test's side has these names, too (src/playwright/names.ts). */
const TELL = '__tsraceTell__';
const FLUSH = Symbol.for('tsrace.flush');

const scope = globalThis as {
  __tsrace__?: Tsrace;
  [TELL]?: (text: string) => Promise<unknown>;
  [FLUSH]?: () => Promise<unknown>;
};

function start(): void {
  const { __tsrace__: tsrace, [TELL]: tell } = scope;
  // a page may get this script twice
  if (tsrace === undefined || tell === undefined || scope[FLUSH] !== undefined) return;
  let told: Promise<unknown> = Promise.resolve();
  const courier = startCourier(tsrace, (text) => {
    // the test is over, or the page goes
    told = tell(text).catch(() => {});
  });
  const flush = (): Promise<unknown> => {
    courier.flush(true);
    return told;
  };
  Object.defineProperty(scope, FLUSH, { value: flush });
  // what a page says later is lost where another process of the browser takes over
  globalThis.addEventListener('beforeunload', flush);
}

if (scope.__tsrace__ === undefined) globalThis.addEventListener(READY, start);
else start();

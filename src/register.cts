/** The entry that `--require` runs first in every thread of every process; see preload.ts. */

/** Of the text of the bundle of preload.ts, which lies beside this file (scripts/build.mjs). */
declare const TSRACE_RUNTIME: string;

const { isHooksThread } =
  require('../runtime/node/node-capabilities.ts') as typeof import('../runtime/node/node-capabilities.ts');
// the main thread waits for that of the hooks, which has nothing to check
if (!isHooksThread()) {
  const { runCompiled } = require('./code-cache.ts') as typeof import('./code-cache.ts');
  const { preload } = runCompiled('runtime.cjs', TSRACE_RUNTIME, require) as typeof import('./preload.ts');
  // else it is a module that imports it (`tsrace build`)
  const { id } = (module.parent ?? {}) as { id?: string };
  preload(__filename, id === 'internal/preload');
}

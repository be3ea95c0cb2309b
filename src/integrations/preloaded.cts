/** What the preload left in this thread (preload.ts); required by Node's own `require` alone (handle.ts). */
exports.preloaded = (): unknown => (globalThis as { [STARTED]?: unknown })[STARTED];

const STARTED: symbol = Symbol.for('tsrace.started');

/**
 * What the preload left for integrations in this thread (preload.ts). CommonJS, since a test runner may load other
 * modules by a system of its own, or into a vm context: `require` always gets here.
 */
exports.handle = (): unknown => (globalThis as { [STARTED]?: unknown })[STARTED];

const STARTED: symbol = Symbol.for('tsrace.started');

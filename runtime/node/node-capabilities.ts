/** What differs between the versions of Node that matter here, each with the change that made the difference. */
import wt from 'node:worker_threads';

/**
 * A thread that Node made for itself, for the hooks of `module.register`; in Node 20 it runs the preload.
 * `isInternalThread`: https://github.com/nodejs/node/pull/56469 (22.14, 23.7). Before it such a thread is
 * told by its missing `parentPort`: https://github.com/nodejs/node/pull/44710 moved the hooks off thread.
 */
export function isHooksThread(): boolean {
  const { isInternalThread } = wt as { isInternalThread?: boolean };
  return !wt.isMainThread && (isInternalThread ?? wt.parentPort === null);
}

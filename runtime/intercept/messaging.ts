/**
 * Everything that one thread can do to start, reach or await another: installed once per thread, before user
 * code. Named ESM imports of `node:worker_threads` see it after `syncBuiltinESMExports`.
 */
import { syncBuiltinESMExports } from 'node:module';
import wt from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import { interceptContexts, interceptRealms } from './contexts.ts';
import { disguiseSourceText } from './disguise.ts';
import { interceptEnvironmentData } from './environment.ts';
import { interceptLocks } from './locks.ts';
import { interceptDispatch, interceptReceive } from './receive.ts';
import { interceptMessageChannel, interceptPost, interceptPostToThread } from './send.ts';
import { interceptWasmMemory } from './shared-memory.ts';
import { interceptStructuredClone } from './structured-clone.ts';
import { setOwnFile } from './user-error.ts';
import { addParentPort } from './user-ports.ts';
import { interceptWorker, type WorkerOptions } from './worker.ts';

const UNSEEN =
  'what its code reads and writes in shared memory is not recorded: only Atomics and DataView are';

const UNSEEN_WASM =
  'what its code reads and writes in shared memory is not recorded, only what JavaScript does';

export interface MessagingOptions extends WorkerOptions {
  /** names what weakens the result */
  uninstrumented?: ((item: { what: string; why: string }) => void) | undefined;
}

export function interceptMessaging(runtime: ThreadRuntime, options: MessagingOptions): void {
  setOwnFile(options.preload);
  addParentPort(wt.parentPort);
  interceptDispatch(runtime);
  interceptReceive(runtime);
  interceptMessageChannel();
  interceptPost(runtime);
  interceptPostToThread(runtime);
  interceptEnvironmentData();
  interceptStructuredClone(runtime);
  let namedWasm = false;
  interceptWasmMemory(runtime, () => {
    if (!namedWasm) options.uninstrumented?.({ what: 'WebAssembly', why: UNSEEN_WASM });
    namedWasm = true;
  });
  interceptContexts(runtime);
  let named = false;
  interceptRealms(runtime, () => {
    if (named) return;
    named = true;
    runtime.whenMet(() => options.uninstrumented?.({ what: 'node:vm', why: UNSEEN }));
  });
  interceptLocks(runtime, (wt as { locks?: object }).locks);
  interceptWorker(runtime, options);
  disguiseSourceText();
  syncBuiltinESMExports();
}

/** In a thread that is not checked: it sends plainly, but what comes in envelopes is taken out of them. */
export function openMessagesOnly(): void {
  interceptDispatch(undefined);
  interceptReceive(undefined);
  syncBuiltinESMExports();
}

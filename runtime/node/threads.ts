/**
 * What kind of thread the preload finds itself in, and the runtime that belongs there. Runs before user code:
 * in a worker the start envelope is taken out of `workerData`, so the user finds the data that was meant.
 */
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import wt from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import { openMessagesOnly } from '../intercept/messaging.ts';
import { removePreload } from '../intercept/preload.ts';
import { isStartEnvelope, openStart } from '../intercept/start-envelope.ts';
import { showThreadId } from '../intercept/thread-ids.ts';
import { attachRuntime, createMainRuntime } from '../thread.ts';
import { addressSpace } from './address-space.ts';

export interface Thread {
  readonly runtime: ThreadRuntime;
}

export interface StartOptions {
  /** absolute path of the preload, as given to `--require` */
  preload: string;
  /** a worker runs unchecked: it was not made by a checked thread through `worker_threads.Worker` */
  onUnchecked?: (thread: string) => void;
}

/** Undefined in a thread that is not checked: a worker without a start envelope. */
export function startThread(options: StartOptions): Thread | undefined {
  if (wt.isMainThread) return { runtime: createMainRuntime(mainFile(), addressSpace()) };
  const envelope: unknown = wt.workerData;
  if (!isStartEnvelope(envelope)) {
    openMessagesOnly();
    removePreload(options.preload, undefined);
    (options.onUnchecked ?? warn)(nameOf());
    return undefined;
  }
  const [, workerData, , , segments, seq, nodeOptions, , threadId] = envelope;
  const runtime = attachRuntime(segments, seq);
  (wt as { workerData: unknown }).workerData = workerData;
  showThreadId(threadId);
  syncBuiltinESMExports();
  openStart(runtime, envelope);
  removePreload(options.preload, nodeOptions);
  return { runtime };
}

/** As errors name it. */
function mainFile(): string {
  const { _eval: code } = process as { _eval?: string };
  return code === undefined ? (process.argv[1] ?? '[stdin]') : '[eval]';
}

function nameOf(): string {
  const { threadName } = wt as { threadName?: string };
  return `worker ${wt.threadId}${threadName ? ` (${threadName})` : ''}`;
}

function warn(thread: string): void {
  const text = `tsrace: ${thread} runs unchecked: it was started by code that is not checked\n`;
  try {
    // a worker's process.stderr goes through its creator, and is lost when the process ends soon
    writeSync(2, text);
  } catch {
    process.stderr.write(text);
  }
}

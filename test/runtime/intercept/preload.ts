/** A preload as src/register.cts is one, over the fake runtime. Bundled by harness.ts. */
import { writeSync } from 'node:fs';
import { interceptMessaging } from '../../../runtime/intercept/messaging.ts';
import { atExit } from '../../../runtime/node/exit.ts';
import { startThread } from '../../../runtime/node/threads.ts';

const thread = startThread({ preload: __filename });
if (thread !== undefined) {
  interceptMessaging(thread.runtime, {
    preload: __filename,
    instrumentEval: (code) => code.replaceAll('INSTRUMENTED = false', 'INSTRUMENTED = true '),
  });
  Object.defineProperty(globalThis, '__fake', { value: thread.runtime, configurable: true });
}
if (process.env['AT_EXIT'] !== undefined && thread?.runtime.seq === 0) {
  atExit(() => {
    writeSync(2, `last ${process.exitCode}\n`);
    if (process.env['AT_EXIT'] !== '') process.exitCode = Number(process.env['AT_EXIT']);
  });
}

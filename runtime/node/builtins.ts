/**
 * What Node's own modules read and write in shared memory. Functions that a program may take out of a module
 * when it starts (`const { readSync } = require('fs')`) are replaced before it runs; methods of prototypes,
 * which are looked up when they are called, only when the thread first meets shared memory.
 */
import { syncBuiltinESMExports } from 'node:module';
import type { ThreadRuntime } from '../contract.ts';
import { interceptText } from '../intercept/text.ts';
import { interceptBuffer } from './buffer.ts';
import { interceptCrypto } from './crypto.ts';
import { interceptFs } from './fs.ts';
import { operationsOf } from './operations.ts';
import { interceptStreams } from './streams.ts';

export function interceptBuiltins(runtime: ThreadRuntime): void {
  const operations = operationsOf(runtime);
  interceptFs(runtime, operations);
  interceptCrypto(runtime, operations);
  runtime.whenMet(() => {
    interceptBuffer(runtime);
    interceptText(runtime);
    interceptStreams(runtime, operations);
    syncBuiltinESMExports();
  });
}

import { expect, test } from 'vitest';
import { program, run } from '../intercept/harness.ts';

test('a worker started by code that is not checked runs unchecked, is named, and can still be talked to', async () => {
  const worker = `
    const { workerData, parentPort } = require('node:worker_threads');
    console.log(workerData, process.execArgv.length, globalThis.__fake === undefined);
    const channel = new BroadcastChannel('b');
    channel.onmessage = ({ data }) => { channel.postMessage(['answer', data]); setImmediate(() => channel.close()); };
    channel.postMessage('ready');
  `;
  // a thread for module hooks is one of Node's own
  const hooks = `
    import { Worker } from 'node:worker_threads';
    export function initialize() {
      globalThis.worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData: 5 });
    }
  `;
  const { stdout, stderr, code } = await run(
    program(`
      import module from 'node:module';
      const channel = new BroadcastChannel('b');
      channel.onmessage = ({ data }) => {
        if (data === 'ready') channel.postMessage({ hello: 1 });
        else { console.log(JSON.stringify(data)); process.exit(); }
      };
      module.register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
    `),
    true,
    [],
    { NODE_NO_WARNINGS: '1' },
  );
  expect(stdout).toContain('["answer",{"hello":1}]');
  expect(stderr).toMatch(/tsrace: worker \d+.* runs unchecked/);
  expect(code).toBe(0);
});

test('named imports of workerData see the data itself', async () => {
  const { stdout } = await run(
    program(`
      import { Worker, isMainThread, workerData } from 'node:worker_threads';
      import * as all from 'node:worker_threads';
      import { createRequire } from 'node:module';
      if (isMainThread) new Worker(new URL(import.meta.url), { workerData: { a: 1 } });
      else console.log(workerData, [all.workerData, all.default.workerData, createRequire(import.meta.url)('worker_threads').workerData].every((x) => x === workerData));
    `),
    true,
  );
  expect(stdout).toBe('{ a: 1 } true\n');
});

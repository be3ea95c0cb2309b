/**
 * A notify that comes between a wait's entry in our list and its sleep. In the order that tsrace records it is
 * after the wait, and so it must wake it. Here the native wait tells by a file that it is called, which
 * is after the entry, and falls asleep some milliseconds later.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tsrace-wait-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const slow = join(folder, 'slow.cjs');
writeFileSync(
  slow,
  `const { writeFileSync } = require('node:fs');
   const native = Atomics.wait;
   const bed = new Int32Array(new SharedArrayBuffer(4));
   let calls = 0;
   Atomics.wait = function wait(array, index, value, timeout) {
     if (array.length === 4) {
       writeFileSync(${JSON.stringify(folder)} + '/entered-' + calls++, '');
       native(bed, 0, 0, calls % 3);
     }
     return native(array, index, value, timeout);
   };`,
);

const ROUNDS = 60;
const program = join(folder, 'program.cjs');
writeFileSync(
  program,
  `const { Worker, isMainThread, workerData } = require('node:worker_threads');
   const { existsSync, writeFileSync } = require('node:fs');
   const file = (name) => ${JSON.stringify(folder)} + '/' + name;
   if (isMainThread) {
     const word = new Int32Array(new SharedArrayBuffer(16));
     const worker = new Worker(__filename, { workerData: word });
     let woken = 0;
     for (let i = 0; i < ${ROUNDS}; i++) {
       while (!existsSync(file('entered-' + i)));
       woken += Atomics.notify(word, 0, i % 2 === 0 ? 1 : Infinity);
     }
     while (!existsSync(file('left')));
     // nobody waits any more, and nobody who comes later is woken
     woken += Atomics.notify(word, 0) + Atomics.notify(word, 0, 5);
     writeFileSync(file('last'), '');
     worker.on('exit', (code) => console.log('woken', woken, 'asleep', code));
   } else {
     let asleep = 0;
     for (let i = 0; i < ${ROUNDS}; i++) if (Atomics.wait(workerData, 0, 0, 300) !== 'ok') asleep++;
     writeFileSync(file('left'), '');
     while (!existsSync(file('last')));
     if (Atomics.wait(workerData, 0, 0, 20) !== 'timed-out') asleep += 100;
     process.exit(asleep);
   }`,
);

test('a notify wakes each wait that was entered before it, and no more', { timeout: 100_000 }, () => {
  const { NODE_OPTIONS: _, TSRACE: __, ...env } = process.env;
  const args = ['--require', slow, '--require', './dist/register.cjs', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 60_000 });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe(`woken ${ROUNDS} asleep 0`);
});

/** What a worker is telling when the process ends is told to its end. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The threads say by files how far they are: files order nothing. */
const PROGRAM = `
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const fs = require('node:fs');
const nap = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const say = (word) => fs.writeFileSync(__filename + word, '');
const heard = (word) => fs.existsSync(__filename + word);
if (isMainThread) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  new Worker(__filename, { workerData: cell });
  cell[0] = 1;
  setImmediate(() => say('.written'));
  setInterval(() => heard('.telling') && process.exit(3), 1);
} else {
  // the report quotes the source, and has to wait for it
  const { readFileSync } = fs;
  fs.readFileSync = (...args) => {
    say('.telling');
    nap(500);
    return readFileSync(...args);
  };
  while (!heard('.written')) nap(1);
  workerData[0] = 2;
}
`;

test('a report that has begun when the main thread exits is whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrace-last-words-'));
  try {
    const program = join(folder, 'exits.cjs');
    writeFileSync(program, PROGRAM);
    const cli = join(process.cwd(), 'dist/src/cli/bin.js');
    const { status, stderr } = spawnSync(process.execPath, [cli, 'node', program], {
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect(stderr).toMatch(
      /^=+\nWARNING: DATA RACE\n[\s\S]*workerData\[0\] = 2;[\s\S]*\n=+\nFound 1 data race/,
    );
    expect(status).toBe(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The compiled form of what threads start with: kept for the next process, and only believed whole. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DIST } from './project.ts';

let folder: string;
let cache: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace-code-')));
  const dist = join(folder, 'node_modules/tsrace/dist');
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  for (const file of ['register.cjs', 'runtime.cjs', 'hooks.mjs'])
    copyFileSync(join(DIST, file), join(dist, file));
  cache = join(folder, 'node_modules/.cache/tsrace');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a program with two threads, which prints whether they are checked. */
function run(...flags: string[]): string {
  const code = `const checked = () => Reflect.ownKeys(globalThis).some((key) => String(key).includes('tsrace'));
    const { Worker, parentPort, isMainThread } = require('worker_threads');
    if (isMainThread) new Worker(process.env.CODE, { eval: true }).on('message', (it) => console.log(checked(), it));
    else parentPort.postMessage(checked());`;
  const register = join(folder, 'node_modules/tsrace/dist/register.cjs');
  return execFileSync(process.execPath, [...flags, '--require', register, '-e', code], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, CODE: code },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const kept = (): string[] => readdirSync(cache).filter((name) => name.startsWith('runtime.cjs-'));

test('is kept, and believed again', () => {
  expect(run()).toBe('true true\n');
  const names = kept();
  const [{ ino }] = names.map((name) => statSync(join(cache, name))) as [Stats];
  expect(run()).toBe('true true\n');
  expect(kept()).toEqual(names);
  // what V8 does not take is written anew, beside and renamed
  expect(statSync(join(cache, names[0]!)).ino).toBe(ino);
});

test('is made anew for other flags of V8', () => {
  run();
  const before = readFileSync(join(cache, kept()[0]!));
  expect(run('--no-opt')).toBe('true true\n');
  expect(readFileSync(join(cache, kept()[0]!)).equals(before)).toBe(false);
});

test.for([
  ['empty', () => Buffer.alloc(0)],
  ['cut', (data) => data.subarray(0, 50_000)],
  ['of zeros', (data) => Buffer.alloc(data.length)],
  [
    'with one other byte',
    (data) => Buffer.concat([data.subarray(0, 60_000), Buffer.of(~data[60_000]!), data.subarray(60_001)]),
  ],
] as [string, (data: Buffer) => Buffer][])('damaged: %s', ([, damage]) => {
  run();
  const file = join(cache, kept()[0]!);
  const good = readFileSync(file);
  const bad = damage(good);
  writeFileSync(file, bad);
  expect(run()).toBe('true true\n');
  expect(readFileSync(file).equals(bad), 'rebuilt').toBe(false);
});

test('a folder that cannot be written to', () => {
  mkdirSync(join(cache, '..'), { recursive: true });
  writeFileSync(cache, 'a file');
  expect(run()).toBe('true true\n');
});

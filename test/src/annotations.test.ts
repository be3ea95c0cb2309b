/** `tsrace/annotations` without tsrace: it does nothing, is tiny, and is gone from a bundle that does not use it. */
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'node20',
  });
  return outputFiles[0]!.text;
}

function run(args: string[]): string {
  const { NODE_OPTIONS: _, TSRACE: __, ...env } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  expect(stderr.replace(/^.*ExperimentalWarning.*\n.*\n/m, '')).toBe('');
  expect(status).toBe(0);
  return stdout.trim();
}

test('a bundle that uses nothing of it contains nothing of it', async () => {
  const all = 'acquire, ignoreReads, ignoreWrites, raceEnabled, raceErrors, release, releaseMerge';
  expect(await bundled(`import { ${all} } from 'tsrace/annotations'; console.log(1);`)).toBe(
    'console.log(1);\n',
  );
});

test('a bundle that uses all of it has less than 1 kB of it', async () => {
  const text = await bundled(`import * as race from 'tsrace/annotations'; console.log({ ...race });`);
  expect(text).toContain('__tsrace');
  expect(text.length).toBeLessThan(1000);
});

const uses = `
  const cell = new Int32Array(new SharedArrayBuffer(4));
  race.release(cell, 0); race.acquire(cell, 0); race.releaseMerge('name'); race.acquire('name');
  race.acquire(cell, 9); race.release(cell, -1); race.acquire(undefined, 0); race.acquire(Symbol.iterator);
  race.release({}, 0); race.release([1], 0); race.release(new Int32Array(1), 0); race.acquire('\\ud800');
  console.log(race.raceEnabled, race.raceErrors(), race.ignoreReads(() => 1), race.ignoreWrites(() => 2));`;

test.each([
  ['ES module', ['--input-type=module', '-e', `import * as race from 'tsrace/annotations'; ${uses}`]],
  ['CommonJS', ['--input-type=commonjs', '-e', `const race = require('tsrace/annotations'); ${uses}`]],
])('%s, without tsrace and with it', (_, args) => {
  expect(run(args)).toBe('false 0 1 2');
  expect(run(['--require', './dist/register.cjs', ...args])).toBe('true 0 1 2');
});

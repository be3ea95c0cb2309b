// tsc emits dist/{src,runtime,plugin}; esbuild then makes the files that a preloaded thread loads:
// dist/register.cjs (runtime and loader, one file so that a worker starts fast), dist/transform.cjs
// (the plugin; loaded only when a file is not in the transform cache; Babel stays outside), and for Node 20
// dist/hooks.mjs (the loader's thread). All of it is made beside the old files and renamed over them one by one, so
// that a program that runs meanwhile misses none.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const fast = process.argv.includes('--fast');
const dist = join(root, 'dist');
const fresh = join(dist, `.new-${process.pid}`);
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
if (!fast) execFileSync(process.execPath, [tsc, '--outDir', fresh], { cwd: root, stdio: 'inherit' });
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  absWorkingDir: root,
  legalComments: 'none',
};
// the sources find their own place by import.meta.url, which CommonJS lacks
const cjs = {
  ...common,
  format: 'cjs',
  define: { 'import.meta.url': 'tsraceFile' },
  banner: { js: '"use strict"; const tsraceFile = require("node:url").pathToFileURL(__filename).href;' },
};
await build({ ...cjs, entryPoints: ['src/register.cts'], outfile: join(fresh, 'register.cjs') });
// esbuild leaves such characters in comments only, and for one of them V8 keeps the whole text in two bytes each:
// 0.4 MB of every thread's heap
const register = join(fresh, 'register.cjs');
writeFileSync(register, readFileSync(register, 'utf8').replace(/[^\p{ASCII}]/gu, '?'));
await build({
  ...cjs,
  entryPoints: ['plugin/instrument.ts'],
  outfile: join(fresh, 'transform.cjs'),
  packages: 'external',
});
// the hooks thread of Node 20
await build({
  ...common,
  format: 'esm',
  entryPoints: ['src/loader/hooks-thread.ts'],
  outfile: join(fresh, 'hooks.mjs'),
});
const bin = join(fresh, 'src/cli/bin.js');
if (existsSync(bin)) chmodSync(bin, 0o755);
publish(fresh, dist);

function publish(from, to) {
  mkdirSync(to, { recursive: true });
  const entries = readdirSync(from, { withFileTypes: true });
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) publish(source, target);
    else renameSync(source, target);
  }
  const kept = new Set(entries.map(({ name }) => name));
  const stale = fast ? [] : readdirSync(to).filter((name) => !kept.has(name) && !name.startsWith('.'));
  for (const name of stale) rmSync(join(to, name), { recursive: true });
}

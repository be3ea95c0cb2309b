// tsc emits dist/{src,runtime,plugin}; esbuild then makes the files that a preloaded thread loads:
// dist/register.cjs (runtime and loader, one file so that a worker starts fast), dist/transform.cjs
// (the plugin; loaded only when a file is not in the transform cache; Babel stays outside), and for Node 20
// dist/hooks.mjs (the loader's thread).
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
if (!process.argv.includes('--fast')) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  execFileSync(process.execPath, [tsc], { cwd: root, stdio: 'inherit' });
}
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
await build({ ...cjs, entryPoints: ['src/register.cts'], outfile: 'dist/register.cjs' });
await build({
  ...cjs,
  entryPoints: ['plugin/instrument.ts'],
  outfile: 'dist/transform.cjs',
  packages: 'external',
});
// the hooks thread of Node 20
await build({
  ...common,
  format: 'esm',
  entryPoints: ['src/loader/hooks-thread.ts'],
  outfile: 'dist/hooks.mjs',
});
const bin = join(root, 'dist/src/cli/bin.js');
if (existsSync(bin)) chmodSync(bin, 0o755);

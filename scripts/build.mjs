// tsc emits dist/{src,runtime,plugin}; esbuild then makes the two files that a preloaded thread loads:
// dist/register.cjs (runtime and loader, one file so that a worker starts fast) and dist/transform.cjs
// (the plugin; loaded only when a file is not in the transform cache; Babel stays outside).
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
if (!process.argv.includes('--fast')) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  execFileSync(process.execPath, [tsc], { cwd: root, stdio: 'inherit' });
}
const common = { bundle: true, platform: 'node', target: 'node20.19', format: 'cjs', absWorkingDir: root, legalComments: 'none' };
await build({ ...common, entryPoints: ['src/register.cts'], outfile: 'dist/register.cjs', external: ['./transform.cjs'] });
await build({ ...common, entryPoints: ['plugin/instrument.ts'], outfile: 'dist/transform.cjs', packages: 'external' });
const bin = join(root, 'dist/src/cli/bin.js');
if (existsSync(bin)) chmodSync(bin, 0o755);

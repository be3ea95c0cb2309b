// node scripts/example.mjs [name]: runs an example of fixtures/programs/examples under tsrace, from a clone in which
// nothing is installed yet. Ends with tsrace's own exit code: 66 for a race.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const cli = join(root, 'dist/src/cli/bin.js');
const example = `fixtures/programs/examples/${process.argv[2] ?? 'race-counter'}.ts`;

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 1;
}

/** What npm says is worth reading only when it fails, and must not mix with the example's output. */
function npm(...args) {
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];
  // npm is a .cmd file on Windows, which needs a shell
  const status = run('npm', [...args, ...quiet], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status);
}

if (!existsSync(join(root, example))) {
  console.error(`there is no ${example}`);
  process.exit(2);
}
if (!existsSync(join(root, 'node_modules'))) {
  console.error('installing and building …');
  npm('ci');
} else if (!existsSync(cli)) {
  npm('run', 'build');
}
console.error(`tsrace node ${example}\n`);
process.exit(run(process.execPath, [cli, 'node', example]));

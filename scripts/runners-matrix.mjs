// fixtures/projects/runners under mocha 10 and 11, in one process and in several, and under jest 29 and 30. A test
// whose name starts with `race` must fail with a data race; every other test must pass. They are installed into a
// temporary folder.
//
//   node scripts/runners-matrix.mjs [--keep FOLDER]
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const keep = process.argv[2] === '--keep' ? process.argv[3] : undefined;
const folder = keep ?? mkdtempSync(join(tmpdir(), 'tsrace-runners-matrix-'));

const mocha = (json) => ({
  args: ['--reporter=json', `--reporter-option=output=${json}`, '*.test.js'],
  read: ({ tests }) => tests.map(({ title, err }) => ({ title, error: err.message ?? '' })),
});
const jest = (json) => ({
  args: ['--ci', '--json', `--outputFile=${json}`],
  read: ({ testResults }) =>
    testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .map(({ title, failureMessages }) => ({ title, error: failureMessages.join('\n') })),
});

let wrong = 0;
for (const [name, version, runner, ...more] of [
  ['mocha', '10', mocha],
  ['mocha', '11', mocha],
  ['mocha', '11', mocha, '--parallel'],
  ['jest', '29', jest],
  ['jest', '30', jest],
  ['jest', '30', jest, '--runInBand'],
]) {
  const project = prepare(name, version);
  const json = join(project, 'results.json');
  rmSync(json, { force: true });
  const { args, read } = runner(json);
  const { NODE_OPTIONS: _, TSRACE: __, VITEST: ___, FORCE_COLOR: ____, ...env } = process.env;
  const command = [join(root, 'dist/src/cli/bin.js'), name, ...args, ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: project,
    env: { ...env, NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 200_000,
  });
  const tests = existsSync(json) ? read(JSON.parse(readFileSync(json, 'utf8'))) : [];
  const unexpected = tests.filter(({ title, error }) =>
    title.startsWith('race') ? !error.includes('races with') : error !== '',
  );
  const good = tests.length === 8 && unexpected.length === 0 && status !== 0 && status !== 66;
  if (!good) wrong++;
  const title = [name, version, ...more].join(' ');
  console.log(`${title.padEnd(22)} ${good ? 'as declared' : 'WRONG'}  ${tests.length} tests, exit ${status}`);
  if (!good) console.log(unexpected, stdout, stderr);
}
if (keep === undefined) rmSync(folder, { recursive: true, force: true });
process.exitCode = wrong > 0 ? 1 : 0;

function prepare(name, version) {
  const project = join(folder, `${name}-${version}`);
  if (!existsSync(join(project, 'node_modules', name))) {
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    const install = ['install', '--silent', '--no-audit', '--no-fund', `${name}@${version}`];
    execFileSync('npm', install, { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  cpSync(join(root, 'fixtures/projects/runners'), project, { recursive: true });
  return project;
}

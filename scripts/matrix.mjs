// The parts of the test suite that run whole programs, under each supported version of Node. `npm run matrix`, or
//
//   node scripts/matrix.mjs [--node 20,22,24,26] [--names PATTERN] [--json FILE] [filter for test files …]
//
// Installs each version from npm into a temporary folder, and runs vitest itself with it, so that everything a
// test starts is of that version too. `--names`: only tests whose names match. Needs
// `npm run build` (npm run matrix does it). Ends with a table.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const PROGRAM_LEVEL = ['test/fixtures.test.ts', 'test/fixtures/', 'test/src/', 'test/runtime/'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: '20,22,24,26' },
    names: { type: 'string' },
    json: { type: 'string' },
  },
});
const names = values.names === undefined ? [] : ['--testNamePattern', values.names];
const filters = positionals.length > 0 ? positionals : PROGRAM_LEVEL;
const folder = mkdtempSync(join(tmpdir(), 'tsrace-matrix-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const rows = values.node.split(',').map((wanted) => test(wanted, install(wanted)));

console.table(Object.fromEntries(rows.map(({ wanted, failures, ...row }) => [wanted, row])));
for (const { version, failures } of rows) {
  for (const { name, message } of failures) console.log(`\n${version}: ${name}\n${message}`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
if (rows.some(({ failed }) => failed > 0)) process.exitCode = 1;

/** The binary of this version, from npm's package `node`. */
function install(wanted) {
  const prefix = join(folder, wanted);
  const args = [
    'install',
    `node@${wanted}`,
    '--prefix',
    prefix,
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  const binary = join(prefix, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return status === 0 ? binary : undefined;
}

function test(wanted, node) {
  const version = node && spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (!version) {
    const failures = [{ name: 'install', message: `node@${wanted} cannot be installed or does not run` }];
    return { wanted, version: '-', passed: 0, failed: 1, skipped: 0, seconds: 0, failures };
  }
  console.log(`\n── Node ${version}`);
  const started = Date.now();
  const report = join(folder, `${wanted}.json`);
  const { status } = spawnSync(
    node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...filters,
      ...names,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
        TSRACE_TEST_NODE: node,
      },
    },
  );
  const seconds = Math.round((Date.now() - started) / 1000);
  return { wanted, version, ...count(report, status), seconds };
}

function count(report, status) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    const failures = [{ name: 'vitest', message: `ended with ${status} and without results` }];
    return { passed: 0, failed: 1, skipped: 0, failures };
  }
  const failures = results.testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (failed.length > 0) {
      return failed.map((one) => ({ name: one.fullName, message: one.failureMessages.join('\n') }));
    }
    return message ? [{ name, message }] : [];
  });
  // an error outside of any test
  if (failures.length === 0 && status !== 0)
    failures.push({ name: 'vitest', message: `ended with ${status}` });
  if (failures.length === 0 && results.numPassedTests === 0)
    failures.push({ name: 'vitest', message: 'no test was run' });
  return {
    passed: results.numPassedTests,
    failed: failures.length,
    skipped: results.numPendingTests,
    failures,
  };
}

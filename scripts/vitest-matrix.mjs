// The project fixtures/projects/counter under vitest 3, 4 and 5, in each pool, with and without isolation, the workspace of
// four projects, and coverage by v8 and istanbul, whose totals must be those of a plain run. A test
// whose name starts with `race` must fail with a data race; every other test must pass. vitest is installed into a
// temporary folder; 5 needs Node >= 22.12 and is left out below that.
//
//   node scripts/vitest-matrix.mjs [--keep FOLDER] [versions, pools …]      e.g. node scripts/vitest-matrix.mjs 3 vmForks
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const keep = words[0] === '--keep' ? words.splice(0, 2)[1] : undefined;
const folder = keep ?? mkdtempSync(join(tmpdir(), 'tsrace-vitest-matrix-'));
const pick = (all) =>
  words.some((word) => all.includes(word)) ? all.filter((one) => words.includes(one)) : all;
const [major, minor] = process.versions.node.split('.').map(Number);
const versions = pick(['3', '4', '5']).filter(
  (one) => one !== '5' || major > 22 || (major === 22 && minor >= 12),
);
const pools = pick(['forks', 'threads', 'vmForks', 'vmThreads']);

let wrong = 0;
for (const version of versions) {
  const project = prepare(version);
  for (const pool of pools) {
    for (const isolate of pool.startsWith('vm') ? [true] : [true, false])
      report(
        version,
        pool,
        isolate ? 'isolate' : 'no isolate',
        run(project, pool, isolate ? [] : ['--no-isolate']),
      );
    report(version, pool, 'workspace', run(join(project, 'workspace'), pool, []));
  }
  for (const provider of ['v8', 'istanbul']) compareCoverage(version, project, provider);
}
if (keep === undefined) rmSync(folder, { recursive: true, force: true });
process.exitCode = wrong > 0 ? 1 : 0;

function prepare(version) {
  const project = join(folder, `vitest-${version}`);
  if (!existsSync(join(project, 'node_modules/vitest'))) {
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
    // not at once: npm stumbles over their peers
    for (const packages of [['vitest'], ['@vitest/coverage-v8', '@vitest/coverage-istanbul']]) {
      const versioned = packages.map((name) => `${name}@${version}`);
      execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...versioned], {
        cwd: project,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
    symlinkSync(root, join(project, 'node_modules/tsrace'));
  }
  for (const part of ['src', 'test', 'vitest.config.ts'])
    cpSync(join(root, 'fixtures/projects/counter', part), join(project, part), { recursive: true });
  cpSync(join(root, 'fixtures/projects/workspace'), join(project, 'workspace'), { recursive: true });
  cpSync(join(root, 'fixtures/projects/covered'), join(project, 'covered'), { recursive: true });
  return project;
}

function vitest(cwd, args, wrapper = [join(root, 'dist/src/cli/bin.js'), process.execPath]) {
  const { NODE_OPTIONS: _, TSRACE: __, VITEST: ___, FORCE_COLOR: ____, ...env } = process.env;
  const found = [cwd, dirname(cwd)]
    .map((one) => join(one, 'node_modules/vitest/vitest.mjs'))
    .find(existsSync);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...wrapper, found, 'run', ...args], {
    cwd,
    env: { ...env, NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 200_000,
  });
  return { status, output: stdout + stderr };
}

function compareCoverage(version, project, provider) {
  const totals = [[], undefined].map((wrapper) => {
    const { output } = vitest(
      join(project, 'covered'),
      [
        '--coverage.enabled',
        `--coverage.provider=${provider}`,
        '--coverage.include=src/**',
        '--coverage.reporter=json-summary',
        '--coverage.reportOnFailure',
        ...(version === '3' && provider === 'v8' ? ['--coverage.experimentalAstAwareRemapping'] : []),
      ],
      wrapper,
    );
    const summary = join(project, 'covered/coverage/coverage-summary.json');
    if (!existsSync(summary)) return output;
    const { total } = JSON.parse(readFileSync(summary, 'utf8'));
    rmSync(summary);
    return ['statements', 'branches', 'functions', 'lines'].map((name) => total[name].pct).join(' ');
  });
  const good = totals[0] === totals[1] && /^[\d.]+( [\d.]+){3}$/.test(totals[0]) && !/\b0\b/.test(totals[0]);
  if (!good) wrong++;
  console.log(
    `vitest ${version}  coverage   ${provider.padEnd(10)}  ${good ? 'as plain' : 'WRONG'}  ${totals.join(' | ')}`,
  );
}

function run(project, pool, more) {
  const json = join(project, 'results.json');
  rmSync(json, { force: true });
  const { status, output } = vitest(project, [
    `--pool=${pool}`,
    ...more,
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${json}`,
  ]);
  if (!existsSync(json)) return { status, output, tests: [], unexpected: ['no results'] };
  const tests = JSON.parse(readFileSync(json, 'utf8')).testResults.flatMap(
    ({ assertionResults }) => assertionResults,
  );
  const unexpected = tests
    .filter(({ title, status, failureMessages: [first = '', ...more] }) =>
      title.startsWith('race')
        ? status !== 'failed' || !first.startsWith('DataRaceError') || more.length > 0
        : status !== 'passed',
    )
    .map(
      ({ title, status, failureMessages }) =>
        `${title}: ${status} ${failureMessages.join(' | ').slice(0, 200)}`,
    );
  return { status, output, tests, unexpected };
}

function report(version, pool, what, { status, tests, unexpected, output }) {
  const good = unexpected.length === 0 && tests.length > 0 && status === 1;
  if (!good) wrong++;
  const failed = tests.filter((one) => one.status === 'failed').length;
  console.log(
    `vitest ${version}  ${pool.padEnd(9)}  ${what.padEnd(10)}  ${good ? 'as declared' : 'WRONG'}  ${failed} of ${tests.length} fail, exit ${status}`,
  );
  if (good) return;
  for (const line of unexpected) console.log(`    ${line}`);
  if (tests.length === 0 || process.env.VERBOSE) console.log(output);
}

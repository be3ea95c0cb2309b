// Slowdown of tsrace on the kernels: each run plain and under tsrace in interleaved pairs; the table shows the
// medians. Both run the same JavaScript (the kernels without their types), so only tsrace differs.
//
//   node bench/run.mjs [--rounds 5] [--barrier] [--json FILE] [kernel …]
//
// --barrier: the workers meet after every repetition, so that each is a new epoch (the slow path).
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '.build');
const cli = join(here, '../dist/src/cli/bin.js');

// size and repetitions: the plain run takes 0.3-1 s on a machine of two cores
const WORK = {
  sum: [4194304, 240],
  axpy: [1048576, 400],
  stencil: [1026, 200],
  matmul: [400, 8],
  sieve: [8388608, 20],
  histogram: [4194304, 8],
  mutex: [500000, 2],
  spsc: [500000, 5],
  sort: [1048576, 4],
  mandel: [500, 10],
  table: [4194304, 8],
  private: [400, 40],
  local: [1048576, 400],
  // the same loop over an array that fits the cache together with its shadow
  'sum-64Ki': [65536, 15360, 'sum'],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    barrier: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const names = positionals.length > 0 ? positionals : Object.keys(WORK);
const unknown = names.filter((name) => !(name in WORK));
if (unknown.length > 0 || !(rounds >= 1)) {
  console.error(
    `bench: ${unknown.length > 0 ? `no kernel ${unknown.join(', ')}` : '--rounds takes a number'}`,
  );
  process.exit(2);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
for (const file of readdirSync(join(here, 'kernels')).filter((name) => name.endsWith('.ts'))) {
  const source = readFileSync(join(here, 'kernels', file), 'utf8').replaceAll(
    /(from '\.\/[\w-]+)\.ts'/g,
    "$1.js'",
  );
  const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'es2022' });
  writeFileSync(join(out, file.replace(/\.ts$/, '.js')), code);
}

const main = join(out, 'main.js');

/** Seconds as the program measured them, peak memory in MiB of its process, and its checksum. */
function run(kernel, traced) {
  const [size, reps, program = kernel] = WORK[kernel];
  const args = [program, size, 2, reps, ...(values.barrier ? ['barrier'] : [])].map(String);
  const command = traced ? [cli, 'node', main, ...args] : [main, ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${join(here, 'peak.cjs')}`,
    },
  });
  const seconds = /seconds=([\d.]+)/.exec(stdout)?.[1];
  if (status !== 0 || seconds === undefined) throw new Error(`${kernel}: exit ${status}\n${stdout}${stderr}`);
  return {
    seconds: Number(seconds),
    peak: Math.max(...[...stderr.matchAll(/peak=(\d+)/g)].map(([, kib]) => Number(kib) / 1024)),
    checksum: /checksum=\S+/.exec(stdout)[0],
  };
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const mean = (list) => Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);

const rows = [];
for (const kernel of names) {
  const plain = [];
  const traced = [];
  run(kernel, true); // fills the transform cache
  for (let round = 0; round < rounds; round++) {
    plain.push(run(kernel, false));
    traced.push(run(kernel, true));
  }
  // which worker runs ahead may change what mutex and histogram sum up, nothing else
  const sums = new Set([...plain, ...traced].map(({ checksum }) => checksum));
  const of = (runs, key) => median(runs.map((r) => r[key]));
  const row = {
    kernel,
    plainSeconds: of(plain, 'seconds'),
    tsraceSeconds: of(traced, 'seconds'),
    slowdown: of(traced, 'seconds') / of(plain, 'seconds'),
    plainMiB: of(plain, 'peak'),
    overMiB: of(traced, 'peak') - of(plain, 'peak'),
    memory: of(traced, 'peak') / of(plain, 'peak'),
    sameResult: sums.size === 1,
  };
  rows.push(row);
  console.log(
    `${kernel.padEnd(10)} ${row.plainSeconds.toFixed(3)} s → ${row.tsraceSeconds.toFixed(3)} s` +
      `  ×${row.slowdown.toFixed(2).padStart(6)}   +${row.overMiB.toFixed(0).padStart(4)} MiB  ×${row.memory.toFixed(2)}` +
      `${row.sameResult ? '' : '   results differ!'}`,
  );
}
const geometricMean = mean(
  rows.filter(({ kernel }) => kernel !== 'local' && kernel !== 'sum-64Ki').map(({ slowdown }) => slowdown),
);
console.log(`geometric mean ×${geometricMean.toFixed(2)}${values.barrier ? ' (barrier regime)' : ''}`);
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify({ barrier: values.barrier, rows, geometricMean }, null, 2)}\n`,
  );

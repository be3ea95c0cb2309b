/**
 * The bench runs: every kernel and program of every section, with the same results plain and traced. No speed is claimed.
 * One regime, to save time: `mutex` of the section on growth is run as it is.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as machineLoad from '../bench/load.mjs';
import { interleaved } from '../bench/rounds.mjs';

interface Row {
  name: string;
  /** the program failed, or its results differ under tsrace */
  failed?: string;
  samples: Record<string, { checksum: string }[]>;
}
type Rows = { rows: Row[] };
interface Results {
  rounds: number;
  quick: boolean;
  machine: Record<string, unknown>;
  sections: {
    kernels: { barrier: Rows & { means: { kernels: string[]; slowdown: number }[] } };
    'start-up': Rows;
    transform: Rows;
    operations: Rows;
    growth: Record<'passes' | 'locks' | 'sizes' | 'sites', Row[]>;
    chromium: { regimes: { barrier: Rows & { means: { kernels: string[]; ratio: number } } } };
  };
}

/** The last one may be variables of its environment. */
const run = (
  script: string,
  ...args: (string | Record<string, string>)[]
): { status: number | null; stdout: string; stderr: string } => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  for (const arg of args) if (typeof arg !== 'string') Object.assign(env, arg);
  const words = args.filter((arg) => typeof arg === 'string');
  return spawnSync(process.execPath, [script, ...words], { encoding: 'utf8', env });
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsrace-bench-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a quick run', () => {
  let file: string;
  let results: Results;
  let text: string;
  beforeAll(() => {
    file = join(folder, 'quick.json');
    const { status, stdout, stderr } = run('bench/run.mjs', '--quick', '--regime', 'barrier', '--json', file);
    expect(status, stderr).toBe(0);
    text = stdout;
    results = JSON.parse(readFileSync(file, 'utf8'));
  }, 300_000);

  test('has every kernel, and their means without the extra ones', () => {
    const { rows, means } = results.sections.kernels.barrier;
    const names = [
      'sum',
      'axpy',
      'stencil',
      'matmul',
      'sieve',
      'histogram',
      'mutex',
      'spsc',
      'sort',
      'mandel',
    ];
    const twelve = [...names, 'table', 'private'];
    expect(rows.map(({ name }) => name)).toEqual([...twelve, 'local', 'sum-64Ki']);
    expect(means.map(({ kernels }) => kernels)).toEqual([
      twelve,
      ['sum', 'axpy', 'stencil', 'matmul', 'sieve', 'table'],
    ]);
    for (const { slowdown } of means) expect(slowdown).toBeGreaterThan(0);
  });

  test('has the same checksums plain and traced', () => {
    const { kernels, growth } = results.sections;
    const rows = [...kernels.barrier.rows, ...Object.values(growth).flat()];
    expect(rows).toHaveLength(14 + 4 * 2);
    for (const { name, samples } of rows) {
      const [plain, tsrace] = [samples['plain']![0]!.checksum, samples['tsrace']![0]!.checksum];
      expect(plain, name).toMatch(/\d/);
      expect(tsrace, name).toBe(plain);
    }
  });

  test('has all other sections, and nothing failed', () => {
    const { 'start-up': startUp, transform, operations, growth } = results.sections;
    expect(startUp.rows.map(({ name }) => name)).toEqual(['program', 'worker']);
    expect(transform.rows.map(({ name }) => name)).toEqual(['JavaScript', 'TypeScript']);
    expect(operations.rows).toHaveLength(10);
    expect(Object.keys(growth)).toEqual(['passes', 'locks', 'sizes', 'sites']);
    const rows = [startUp, transform, operations].flatMap((section) => section.rows);
    expect(rows.filter(({ failed }) => failed !== undefined)).toEqual([]);
  });

  test('has the kernels in Chromium, with the checksums of Node', () => {
    const { rows, means } = results.sections.chromium.regimes.barrier;
    const inNode = results.sections.kernels.barrier;
    expect(rows.map(({ name, failed }) => ({ name, failed }))).toEqual(
      inNode.rows.map(({ name }) => ({ name, failed: undefined })),
    );
    for (const [at, { name, samples }] of rows.entries()) {
      const { checksum } = inNode.rows[at]!.samples['plain']![0]!;
      const all = ['nodePlain', 'nodeTsrace', 'plain', 'tsrace'].map((kind) => samples[kind]![0]!.checksum);
      expect(all, name).toEqual(Array(4).fill(checksum));
    }
    expect(means.kernels).toEqual(inNode.means[0]!.kernels);
    expect(means.ratio).toBeGreaterThan(0);
  });

  test('prints a table of each', () => {
    const titles = text.split('\n').filter((line) => line.startsWith('── '));
    expect(titles).toHaveLength(9);
    expect(text).toContain('geometric mean of 12');
  });

  test('does not get into README, and a longer one does', () => {
    const readme = join(folder, 'README.md');
    const before = 'Before.\n<!-- bench -->\nOutdated.\n<!-- /bench -->\nAfter.\n';
    writeFileSync(readme, before);
    const refused = run('scripts/bench-table.mjs', file, readme);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^bench-table: .*quick.*\n$/);
    expect(readFileSync(readme, 'utf8')).toBe(before);

    const longer = join(folder, 'longer.json');
    writeFileSync(longer, JSON.stringify({ ...results, quick: false }));
    expect(run('scripts/bench-table.mjs', '--check', longer, readme).status).toBe(1);
    expect(run('scripts/bench-table.mjs', longer, readme)).toMatchObject({ status: 0, stderr: '' });
    const written = readFileSync(readme, 'utf8');
    expect(written).toMatch(/^Before\.\n<!-- bench -->\n[\s\S]*<!-- \/bench -->\nAfter\.\n$/);
    expect(written).toMatch(/^\| sum-64Ki \|/m);
    expect(written).not.toContain('Outdated');
    expect(run('scripts/bench-table.mjs', '--check', longer, readme).status).toBe(0);
  });
});

describe('rounds', () => {
  /** Rounds whose load by others is given, as shares of the machine. */
  async function rounds(others: (number | undefined)[], options: { rounds: number; quick?: boolean }) {
    const order: string[] = [];
    let round = 0;
    let waited = 0;
    const measured = await interleaved(
      { quick: false, ...options },
      {
        plain: () => order.push('plain') && round,
        tsrace: () => order.push('tsrace') && round,
      },
      {
        ...machineLoad,
        watchLoad: () => () => others[round++],
        untilQuiet: async () => {
          waited++;
        },
      },
    );
    return { ...measured, order, waited };
  }

  test('run every variant in turn', async () => {
    const { order, samples, repeated, disturbed } = await rounds([0, 0.01], { rounds: 2 });
    expect(order).toEqual(['plain', 'tsrace', 'plain', 'tsrace']);
    expect(samples).toEqual({ plain: [0, 1], tsrace: [0, 1] });
    expect({ repeated, disturbed }).toEqual({ repeated: 0, disturbed: 0 });
  });

  test('that are disturbed are repeated once it is quiet, and count no more', async () => {
    const { samples, repeated, disturbed, waited } = await rounds([0.5, 0, 0.3, 0.02], { rounds: 2 });
    expect(samples['plain']).toEqual([1, 3]);
    expect({ repeated, disturbed, waited }).toEqual({ repeated: 2, disturbed: 0, waited: 2 });
  });

  test('are repeated up to a bound; the least disturbed ones count, and are marked', async () => {
    const { samples, repeated, disturbed } = await rounds([0.5, 0.2, 0, 0.4, 0], { rounds: 2 });
    expect(samples['plain']).toEqual([2, 1]);
    expect({ repeated, disturbed }).toEqual({ repeated: 2, disturbed: 1 });
  });

  test('count as they are where nobody knows the load, and in a quick run', async () => {
    expect(await rounds([undefined, undefined], { rounds: 2 })).toMatchObject({ repeated: 0, disturbed: 0 });
    expect(await rounds([0.9], { rounds: 1, quick: true })).toMatchObject({ repeated: 0, waited: 0 });
  });
});

describe('what is asked wrongly is told in one line', () => {
  test.each([
    ['there is no section or kernel "summ"', ['summ']],
    ['--rounds must be a whole number', ['--rounds', '0']],
    ['--regime must be both, as-is or barrier, not "x"', ['--regime', 'x']],
    ["Unknown option '--fast'", ['--fast']],
    ['cannot be written (ENOENT)', ['--json', 'no/such/folder/x.json']],
  ])('%s', (message, args) => {
    const { status, stdout, stderr } = run('bench/run.mjs', ...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^bench: [^\n]*\n$/);
  });

  test('Chromium that is not there', () => {
    const { status, stderr } = run('bench/run.mjs', 'chromium', { CHROMIUM: '/no/such/chromium' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bench: chromium: there is no \/no\/such\/chromium: [^\n]*\n$/);
  });

  test.each([
    ['cannot be read (ENOENT)', undefined],
    ['is no JSON', '{'],
    ['is nothing that npm run bench wrote', '{"sections":{"kernels":{}}}'],
  ])('results whose file %s', (message, content) => {
    const file = join(folder, 'bad.json');
    if (content === undefined) rmSync(file, { force: true });
    else writeFileSync(file, content);
    const { status, stderr } = run('scripts/bench-table.mjs', file, join(folder, 'README.md'));
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^bench-table: [^\n]*\n$/);
  });
});

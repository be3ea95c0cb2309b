/** `tsrace vitest` in projects of other shapes than those of fixtures/projects, made here: packages, and what goes wrong. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CLI, type Outcome, Project } from './project.ts';

const VITEST = resolve('node_modules/vitest/vitest.mjs');

/** A project with vitest installed, and links from places in node_modules to folders of its own. */
function projectOf(files: Record<string, string>, links: Record<string, string> = {}): Project {
  const project = new Project({ 'package.json': '{ "type": "module" }', ...files }).link('vitest', 'tsrace');
  for (const [name, folder] of Object.entries(links)) project.linkTo(name, join(project.root, folder));
  return project;
}

async function run(
  project: Project,
  args: string[] = [],
  plain = false,
): Promise<Outcome & { output: string }> {
  const env = { NO_COLOR: '1', VITEST: '' };
  const command = ['node', VITEST, 'run', ...args];
  const outcome = await (plain ? project.node(command.slice(1), { env }) : project.tsrace(command, { env }));
  return { ...outcome, output: stripVTControlCharacters(outcome.stdout + outcome.stderr) };
}

/** The tests that failed, as the default reporter heads their errors. */
const failed = (output: string): string[] =>
  [...new Set([...output.matchAll(/^ FAIL {2}(.* > .*)$/gm)].map(([, name = '']) => name))].sort();

const SHARED = `import { Worker } from 'node:worker_threads';
export const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
/** A worker that runs that code, over that view; resolves at its end. */
export function run(code: string, view: Int32Array): Promise<unknown> {
  const source = 'const view = require("node:worker_threads").workerData; ' + code;
  const worker = new Worker(source, { eval: true, workerData: view });
  return new Promise((resolve) => worker.once('exit', resolve));
}
export async function racy(): Promise<void> {
  const view = shared();
  const done = run('view[0]++', view);
  view[0]++;
  await done;
}
export async function fixed(): Promise<void> {
  const view = shared();
  await run('view[0]++', view);
  view[0]++;
}
`;

const stripTypes = (code: string): string => code.replace(/: [A-Z]\w*(?:<\w+>)?|: string/g, '');

describe('packages', () => {
  const put = (exported: string): string => `// writes to a SharedArrayBuffer
${exported}function put(view, value) { view[0] = value; }
${exported}function set(view, value) { Atomics.store(view, 0, value); }
`;
  const tests = ['esm-dep', 'cjs-dep', '@mono/linked']
    .map(
      (name, i) => `import * as dep${i} from '${name}';
test('race: by ${name}', async () => {
  const view = shared();
  const done = run('view[0] = 1', view);
  dep${i}.put(view, 2);
  await done;
});
test('atomic on both sides by ${name}', async () => {
  const view = shared();
  const done = run('Atomics.store(view, 0, 1)', view);
  dep${i}.set(view, 2);
  await done;
});
`,
    )
    .join('');
  const files = {
    'src/shared.ts': SHARED,
    'test/a.test.ts': `import { test } from 'vitest';\nimport { run, shared } from '../src/shared.ts';\n${tests}`,
    'node_modules/esm-dep/package.json': '{ "name": "esm-dep", "type": "module", "exports": "./index.js" }',
    'node_modules/esm-dep/index.js': put('export '),
    'node_modules/cjs-dep/package.json': '{ "name": "cjs-dep", "main": "./index.js" }',
    'node_modules/cjs-dep/index.js': `${put('')}exports.put = put;\nexports.set = set;\n`,
    'packages/linked/package.json':
      '{ "name": "@mono/linked", "type": "module", "exports": "./src/index.ts" }',
    'packages/linked/src/index.ts': put('export ').replace(/view, value/g, 'view: Int32Array, value: number'),
  };

  test.for(['forks', 'threads'])('of npm and of the monorepo are watched, in %s', async (pool) => {
    using project = projectOf(files, { '@mono/linked': 'packages/linked' });
    const { code, output } = await run(project, ['--pool', pool]);
    expect(failed(output), output).toEqual([
      'test/a.test.ts > race: by @mono/linked',
      'test/a.test.ts > race: by cjs-dep',
      'test/a.test.ts > race: by esm-dep',
    ]);
    expect(output).toContain('3 passed (6)');
    for (const place of [
      'node_modules/esm-dep/index.js',
      'node_modules/cjs-dep/index.js',
      'packages/linked/src/index.ts',
    ])
      expect(output).toMatch(new RegExp(`❯ (?:Module\\.)?put ${place}:2:`));
    expect(code).toBe(1);
  });
});

describe('flags', () => {
  const testOf = (name: string, body: string, more = ''): string =>
    `import { test } from 'vitest';\nimport { ${body} } from '../src/${name}.ts';\ntest('${body === 'racy' ? 'race: ' : ''}${name}', ${body});\n${more}`;
  const files = {
    '.gitignore': 'node_modules',
    'src/a.ts': SHARED,
    'src/b.ts': SHARED,
    'src/c.ts': SHARED,
    'test/a.test.ts': testOf('a', 'racy', "test('after a', () => {});\n"),
    'test/b.test.ts': testOf('b', 'fixed'),
    'test/c.test.ts': testOf('c', 'racy'),
  };

  test('reporters', async () => {
    using project = projectOf(files);
    const reporters = ['verbose', 'github-actions', 'json', 'junit'].map((name) => `--reporter=${name}`);
    const places = ['--outputFile.json=out.json', '--outputFile.junit=out.xml'];
    const { code, output } = await run(project, [...reporters, ...places]);
    expect(output).toMatch(/[×✗] test\/a\.test\.ts > race: a/);
    expect(output).toMatch(/✓ test\/a\.test\.ts > after a/);
    expect(output.match(/^::error .*race%3A [ac],.*DataRaceError/gm), output).toHaveLength(2);
    const { numFailedTests, numPassedTests } = JSON.parse(project.read('out.json')) as Record<string, number>;
    expect([numFailedTests, numPassedTests]).toEqual([2, 2]);
    const junit = project.read('out.xml');
    expect(junit).toContain('tests="4" failures="2" errors="0"');
    expect(
      junit.match(/<failure message="update of 4 bytes at view\[0\][^"]*" type="DataRaceError">/g),
    ).toHaveLength(2);
    expect(code).toBe(1);
  });

  test('--bail, --shard', async () => {
    using project = projectOf(files);
    const { output } = await run(project, ['--bail=1', '--no-file-parallelism', '--sequence.shuffle=false']);
    expect(failed(output), output).toHaveLength(1);
    const shards = [1, 2, 3].map((i) => run(project, [`--shard=${i}/3`]));
    const failures = (await Promise.all(shards)).flatMap((shard) => failed(shard.output));
    expect(failures.sort()).toEqual(['test/a.test.ts > race: a', 'test/c.test.ts > race: c']);
  });

  test('--changed', async () => {
    using project = projectOf(files);
    const git = (...args: string[]): Promise<Outcome> =>
      project.run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
    await git('init', '-q');
    await git('add', '.');
    await git('commit', '-qm', 'all');
    project.write({ 'src/c.ts': `${SHARED}// changed\n` });
    const { output, code } = await run(project, ['--changed']);
    expect(failed(output), output).toEqual(['test/c.test.ts > race: c']);
    expect(output).toContain('1 failed (1)');
    expect(code).toBe(1);
  });

  test('--experimental.viteModuleRunner=false', async () => {
    using project = projectOf({
      'shared.mjs': stripTypes(SHARED),
      'a.test.mjs': `import { test } from 'vitest';
import { fixed, racy } from './shared.mjs';
test('race: a', racy);
test('mended', fixed);
`,
    });
    const { output, code } = await run(project, ['--experimental.viteModuleRunner=false']);
    expect(failed(output), output).toEqual(['a.test.mjs > race: a']);
    expect(output).toContain('1 passed (2)');
    expect(code).toBe(1);
  });

  test('--typecheck', async () => {
    using project = projectOf(
      {
        ...files,
        'tsconfig.json':
          '{ "compilerOptions": { "strict": true, "skipLibCheck": true, "module": "nodenext", "types": [] } }',
        'types.test-d.ts': `import { expectTypeOf, test } from 'vitest';
test('right', () => { expectTypeOf<1>().toEqualTypeOf<1>(); });
test('wrong', () => { expectTypeOf<1>().toEqualTypeOf<2>(); });
`,
      },
      { typescript: resolve('node_modules/typescript') },
    );
    const checker = `--typecheck.checker=${resolve('node_modules/.bin/tsc')}`;
    const { output, code } = await run(project, ['--typecheck', checker, 'a.test', 'types']);
    expect(failed(output), output).toEqual(['test/a.test.ts > race: a', 'types.test-d.ts > wrong']);
    expect(output).toContain('TypeCheckError');
    expect(code).toBe(1);
  });

  test('--watch: each run tells its own races', async () => {
    using project = projectOf(files);
    const { NODE_OPTIONS: _, VITEST: __, FORCE_COLOR: ___, ...inherited } = process.env;
    // both streams as one: what it prints is in order
    const command = [process.execPath, CLI, 'node', VITEST, '--watch', 'a.test', 'c.test'];
    const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', ...command], {
      cwd: project.root,
      env: { ...inherited, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let output = '';
      const runs: string[] = [];
      const waits: (() => void)[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += stripVTControlCharacters(text);
        if (!/(PASS|FAIL) {2}(Waiting|Tests failed)/.test(output)) return;
        runs.push(output);
        output = '';
        waits.shift()?.();
      });
      const ended = (): Promise<void> => new Promise((resolve) => waits.push(resolve));
      await ended();
      const mended = SHARED.replace('view[0]++;\n  await done;', 'await done;\n  view[0]++;');
      const [again, third] = [ended(), ended()];
      project.write({ 'src/c.ts': mended });
      await again;
      project.write({ 'src/c.ts': SHARED });
      await third;
      expect(runs.map(failed)).toEqual([
        ['test/a.test.ts > race: a', 'test/c.test.ts > race: c'],
        [],
        ['test/c.test.ts > race: c'],
      ]);
    } finally {
      child.kill();
    }
  });
});

describe('what goes wrong is told as in a plain run', () => {
  const same = (output: string): string =>
    output
      .replace(/^ {3}(?:Start at|Duration) .*$/gm, '')
      .replace(/timestamp-[\w-]+/g, '')
      .replace(/ \d+ms$/gm, '')
      .split('\n')
      .sort()
      .join('\n');
  const ok = "import { test } from 'vitest';\ntest('ok', () => {});\n";
  test.for([
    ['a file that does not compile', { 'b.test.ts': 'const x: = 1;\n' }, 'b.test.ts'],
    ['a config that throws', { 'vitest.config.ts': "throw new Error('it broke');\n" }, 'Error: it broke'],
    [
      'a setup file that fails',
      {
        'setup.ts': "throw new Error('it broke');\n",
        'vitest.config.ts': "export default { test: { setupFiles: ['./setup.ts'] } };\n",
      },
      'Error: it broke',
    ],
  ] as const)('%s', async ([, files, told]) => {
    using project = projectOf({ 'a.test.ts': ok, ...files });
    const plain = await run(project, [], true);
    const checked = await run(project);
    expect(plain.output).toContain(told);
    expect(same(checked.output)).toBe(same(plain.output));
    expect([checked.code, plain.code]).toEqual([1, 1]);
  });

  test('no vitest', async () => {
    using project = new Project({ 'a.test.ts': ok });
    const { stderr, code } = await project.tsrace(['vitest', 'run'], { env: { PATH: '/nowhere' } });
    expect(stderr).toBe('tsrace: command not found: vitest (looked in node_modules/.bin and PATH)\n');
    expect(code).toBe(127);
  });
});

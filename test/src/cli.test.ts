import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { help } from '../../src/cli/help.ts';
import type { RaceDocument } from '../../src/index.ts';
import { flagOf, OPTIONS } from '../../src/options.ts';
import { CLI, Project, REGISTER, racy } from './project.ts';

let project: Project;

beforeAll(() => {
  project = new Project({
    'package.json': '{ "scripts": { "race": "node racy.cjs" } }',
    'ok.cjs': 'console.log(JSON.stringify(process.argv.slice(2)))',
    'racy.cjs': racy(),
    'racy-3.cjs': racy('process.exit(3)'),
    'racy-throws.cjs': racy('{ throw new Error("mine") }'),
    'racy-killed.cjs': racy('process.kill(process.pid, "SIGKILL")'),
    'racy-waits.cjs': racy('(console.log("ready"), setInterval(() => {}, 1000))'),
    'exit.cjs': 'process.exit(Number(process.argv[2]))',
    'abort.cjs': 'process.kill(process.pid, process.argv[2]); setInterval(() => {}, 1000)',
    'waits.cjs':
      'process.on("SIGTERM", () => process.exit(9)); console.log("ready"); setInterval(() => {}, 1000)',
    'child.cjs':
      'require("node:child_process").execFileSync(process.execPath, ["racy.cjs"], { stdio: "inherit" })',
    'two.cjs':
      'const c = require("node:child_process"); for (const f of ["racy.cjs", "racy-3.cjs"]) c.spawnSync(process.execPath, [f], { stdio: "inherit" })',
    'node_modules/.bin/local': '#!/bin/sh\necho local "$@"\n',
  });
  chmodSync(join(project.root, 'node_modules/.bin/local'), 0o755);
});
afterAll(() => project[Symbol.dispose]());

const REPORTS = /^WARNING: DATA RACE$/gm;
const reports = (text: string): number => text.match(REPORTS)?.length ?? 0;

describe('words and exit codes', () => {
  test.for<[args: string[], code: number, stdout: string | RegExp, stderr: string | RegExp]>([
    [['--version'], 0, /^tsrace \d+\.\d+\.\d+ \(node \d+/, ''],
    [
      ['--help'],
      0,
      /^Usage: tsrace \[options\] command[\s\S]*--halt-on-error[\s\S]*TSRACE=[\s\S]*--json races\.json/,
      '',
    ],
    [[], 2, '', /^tsrace: missing command: .*\n$/],
    [['--exitcode', '3'], 2, '', /^tsrace: missing command/],
    [['--nonsense', 'node'], 2, '', /^tsrace: unknown option --nonsense: .*\n$/],
    [['-x', 'node'], 2, '', /^tsrace: unknown option -x: .*\n$/],
    [['--exitcode', 'many', 'node'], 2, '', /^tsrace: --exitcode must be a whole number .*\n$/],
    [['--halt-on-error=maybe', 'node'], 2, '', /^tsrace: --halt-on-error must be 0 or 1.*\n$/],
    [['--color', 'pink', 'node'], 2, '', /^tsrace: --color must be one of auto, always, never.*\n$/],
    [['--json'], 2, '', 'tsrace: --json needs a value, as in --json FILE\n'],
    [
      ['--json', 'gone/x.json', 'ok.cjs'],
      2,
      '',
      /^tsrace: cannot write --json .*: there is no folder .*gone\n$/,
    ],
    [['--json', '.', 'ok.cjs'], 2, '', /^tsrace: cannot write --json .*: it is a folder\n$/],
    [['--log-path', 'ok.cjs/x', 'ok.cjs'], 2, '', /^tsrace: cannot write --log-path .*: there is no folder /],
    [['-h'], 0, /^Usage: tsrace /, ''],
    [['--halt-on-error', '1', 'ok.cjs'], 0, '[]\n', ''],
    [['--halt_on_error', '0', 'racy-3.cjs'], 3, '', /Found 1/],
    [['--halt-on-error', '--', '1'], 127, '', /^tsrace: command not found: 1 /],
    [['--exclude', '', 'ok.cjs'], 2, '', 'tsrace: --exclude must be a glob, not ""\n'],
    [['--exitcode', '256', 'ok.cjs'], 2, '', /^tsrace: --exitcode must be a whole number from 0 to 255, not/],
    [['no-such-command'], 127, '', /^tsrace: command not found: no-such-command .*\n$/],
    [['no-such.ts'], 127, '', 'tsrace: no such file: no-such.ts\n'],
    [['node', 'ok.cjs', '--json', '-x', '--', 'a b'], 0, '["--json","-x","--","a b"]\n', ''],
    [['ok.cjs', '--help'], 0, '["--help"]\n', ''],
    [['--', 'node', 'ok.cjs'], 0, '[]\n', ''],
    [['local', '--x'], 0, 'local --x\n', ''],
    [['node', 'exit.cjs', '0'], 0, '', ''],
    [['node', 'exit.cjs', '7'], 7, '', ''],
    [['racy.cjs'], 66, '', /WARNING: DATA RACE[\s\S]*Found 1 data race \(seen 1 time\)\.\n$/],
    [['--exitcode', '5', 'racy.cjs'], 5, '', /Found 1/],
    [['--exitcode=0', 'racy.cjs'], 0, '', /Found 1/],
    [['racy-3.cjs'], 3, '', /Found 1/],
    [['racy-throws.cjs'], 1, '', /Error: mine[\s\S]*Found 1/],
    [['child.cjs'], 66, '', /Found 1/],
  ])('tsrace %j → %s', async ([args, code, stdout, stderr]) => {
    const outcome = await project.tsrace(args);
    expect(outcome).toEqual({
      code,
      signal: null,
      stdout: typeof stdout === 'string' ? stdout : expect.stringMatching(stdout),
      stderr: typeof stderr === 'string' ? stderr : expect.stringMatching(stderr),
    });
  });

  test.for([40, 80, 100, 300])('--help is short, aligned and fits %s columns', (columns) => {
    const lines = help(columns).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(Math.max(columns, 79));
    expect(lines.join('\n')).not.toMatch(/\[(?:array|string|boolean)\]|--\w+_/);
    for (const { name } of OPTIONS)
      expect(lines.filter((line) => line.includes(flagOf(name)))).not.toEqual([]);
    const columnsOf = lines.flatMap((line) => / {2}--.*? {2,}(?=\S)/.exec(line)?.[0].length ?? []);
    expect(new Set(columnsOf).size).toBe(1);
    expect(lines.at(-2)).toMatch(/^ {2}others +those of the command$/);
  });

  test('npm run finds the race in its child', async () => {
    const { code, stderr } = await project.tsrace(['npm', 'run', '--silent', 'race']);
    expect({ code, reports: reports(stderr) }).toEqual({ code: 66, reports: 1 });
  });

  test('a bad pair in TSRACE', async () => {
    const outcome = await project.tsrace(['node', 'ok.cjs'], { env: { TSRACE: 'exitcode=x' } });
    expect(outcome).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^tsrace: TSRACE: exitcode must/),
    });
  });
});

describe('places that cannot be written', () => {
  test('no temporary folder', async () => {
    const outcome = await project.tsrace(['racy.cjs'], { env: { TMPDIR: join(project.root, 'gone') } });
    expect(outcome).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^tsrace: cannot make a folder in .*gone \(ENOENT\): set TMPDIR .*\n$/),
    });
  });

  test.for(['> /dev/full 2>&1', '>&- 2>&-', '2>&1 | true'])(
    '%s: the exit code stands',
    async (redirection) => {
      const json = join(project.root, 'nowhere.json');
      const command = '"$0" "$1" --json "$2" racy.cjs';
      const line = redirection.includes('|')
        ? `{ ${command} 2>&1; echo $? > code; } | true; sleep 0; while ! test -s code; do sleep 0.05; done; exit $(cat code)`
        : `${command} ${redirection}`;
      const { code } = await project.run('bash', ['-c', line, process.execPath, CLI, json]);
      expect(code).toBe(66);
      expect((JSON.parse(readFileSync(json, 'utf8')) as RaceDocument).races).toHaveLength(1);
    },
  );

  test('a document that cannot be written in the end is told, and its races with it', async () => {
    const outcome = await project.tsrace(['--json', '/dev/full', 'racy.cjs']);
    expect(outcome).toMatchObject({
      code: 66,
      stderr: expect.stringMatching(
        /Found 1 data race[\s\S]*tsrace: cannot write --json \/dev\/full: ENOSPC/,
      ),
    });
  });
});

describe('signals', () => {
  test.for(['SIGTERM', 'SIGKILL', 'SIGINT'])('the end of a command by %s is mirrored', async (signal) => {
    expect(await project.tsrace(['node', 'abort.cjs', signal])).toMatchObject({ code: null, signal });
  });

  test('are forwarded', async () => {
    const outcome = await project.tsrace(['waits.cjs'], { kill: { signal: 'SIGTERM', when: 'ready' } });
    expect(outcome).toMatchObject({ code: 9, signal: null });
  });

  test('a killed process loses no report', async () => {
    const json = join(project.root, 'killed.json');
    const outcome = await project.tsrace(['--json', json, 'racy-killed.cjs']);
    expect(outcome).toMatchObject({
      signal: 'SIGKILL',
      stderr: expect.stringContaining('Found 1 data race'),
    });
    const document = JSON.parse(readFileSync(json, 'utf8')) as RaceDocument;
    expect(document.races).toHaveLength(1);
    expect(document.threads.map(({ name }) => name)).toContain('main');
  });
});

describe('options', () => {
  test('log_path gets everything, stderr nothing', async () => {
    const log = join(project.root, 'log');
    const { stderr } = await project.tsrace(['--log-path', log, 'racy.cjs']);
    expect(stderr).toBe('');
    const [name] = readdirSync(project.root).filter((file) => /^log\.\d+$/.test(file));
    expect(readFileSync(join(project.root, name!), 'utf8')).toMatch(
      /^=+\nWARNING: DATA RACE[\s\S]*Found 1 data race/,
    );
  });

  test('halt_on_error ends the program at once', async () => {
    const outcome = await project.tsrace(['--halt-on-error', 'racy-waits.cjs']);
    expect(outcome).toMatchObject({ code: 66, signal: null });
    expect(reports(outcome.stderr)).toBe(1);
  });

  test('colours only when asked or on a terminal', async () => {
    const coloured = await project.tsrace(['--color', 'always', 'racy.cjs']);
    expect(coloured.stderr).toContain('\u001b[31m');
    expect((await project.tsrace(['racy.cjs'], { env: { TSRACE: 'color=auto' } })).stderr).not.toContain(
      '\u001b',
    );
  });

  test('exclude leaves a file alone', async () => {
    const json = join(project.root, 'excluded.json');
    const { code, stderr } = await project.tsrace(['--exclude', 'racy.*', '--json', json, 'racy.cjs']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { summary } = JSON.parse(readFileSync(json, 'utf8')) as RaceDocument;
    expect(summary.uninstrumented).toEqual([
      { what: join(project.root, 'racy.cjs'), why: 'excluded by an option' },
    ]);
  });

  test('globs are relative to where the command was started, in every process', async () => {
    const command = ['node', 'elsewhere.cjs'];
    project.write({
      'elsewhere.cjs':
        "process.exit(require('node:child_process').spawnSync(process.execPath, ['racy.cjs'], { cwd: 'sub', stdio: 'inherit' }).status)",
      'sub/racy.cjs': racy(),
    });
    expect(await project.tsrace(['--exclude', './racy.cjs', ...command])).toMatchObject({ code: 66 });
    const env = { TSRACE: 'exclude=./sub/racy.cjs' };
    expect(await project.tsrace(command, { env })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('--json', () => {
  test('holds the whole process tree', async () => {
    const json = join(project.root, 'tree.json');
    const temporary = join(project.root, 'temporary');
    mkdirSync(temporary);
    const { code } = await project.tsrace(['--json', json, 'two.cjs'], { env: { TMPDIR: temporary } });
    expect(code).toBe(66);
    const document = JSON.parse(readFileSync(json, 'utf8')) as RaceDocument;
    expect(document).toMatchObject({
      schemaVersion: 1,
      tool: { name: 'tsrace', version: expect.stringMatching(/^\d/) },
      command: ['two.cjs'],
      summary: { races: 2, threads: 5, sharedBuffers: 2, uninstrumented: [] },
    });
    const mains = document.threads.filter(({ parent }) => parent === null);
    expect(mains.map(({ name, state, file }) => `${name} ${state} ${file}`).sort()).toEqual([
      'main finished racy-3.cjs',
      'main finished racy.cjs',
      'main finished two.cjs',
    ]);
    expect(
      document.races.map((race) =>
        race.accesses.map(({ frames }) => `${frames[0]!.file}:${frames[0]!.line}`).sort(),
      ),
    ).toEqual(
      expect.arrayContaining([
        ['racy.cjs:5', 'racy.cjs:7'],
        ['racy-3.cjs:5', 'racy-3.cjs:7'],
      ]),
    );
    expect(readdirSync(temporary).filter((name) => !name.startsWith('tsrace-cache-'))).toEqual([]);
  });

  test('is written for a program without a race, which prints nothing', async () => {
    const json = join(project.root, 'none.json');
    expect(await project.tsrace(['--json', json, 'ok.cjs'])).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      races: [],
      summary: { races: 0, threads: 1 },
    });
  });

  test('has the same id for the same race in two runs', async () => {
    const ids: string[] = [];
    for (const name of ['a.json', 'b.json']) {
      await project.tsrace(['--json', join(project.root, name), 'racy.cjs']);
      ids.push((JSON.parse(readFileSync(join(project.root, name), 'utf8')) as RaceDocument).races[0]!.id);
    }
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('without the CLI', () => {
  test.for(['--require', '--import'])('node %s tsrace/register', async (flag) => {
    const json = join(project.root, `${flag}.json`);
    const outcome = await project.node([flag, REGISTER, 'racy.cjs'], { env: { TSRACE: `json="${json}"` } });
    expect(outcome.code).toBe(66);
    expect(outcome.stderr).toMatch(/WARNING: DATA RACE[\s\S]*Found 1 data race/);
    expect(existsSync(json)).toBe(true);
  });

  test('a bad option is named and the program runs', async () => {
    const outcome = await project.node(['--require', REGISTER, 'ok.cjs'], { env: { TSRACE: 'what=1' } });
    expect(outcome).toMatchObject({
      code: 0,
      stdout: '[]\n',
      stderr: expect.stringMatching(/^tsrace: TSRACE: unknown option what/),
    });
  });
});

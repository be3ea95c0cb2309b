/** `tsrace build`: what it makes runs by itself, and is what the sources say. */
import { chmodSync, existsSync, statSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { describe, expect, test } from 'vitest';
import { CLI, Project } from '../project.ts';

const MODULE = '{ "type": "module" }';

const ADD = `export type Counter = Int32Array;

export function add(counter: Counter): void {
  counter[0]!++;
}
`;
const SAFE_ADD = ADD.replace('counter[0]!++', 'Atomics.add(counter, 0, 1)');
const APP = `import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { add, type Counter } from './lib/add.ts';

const counter: Counter = new Int32Array(new SharedArrayBuffer(4));
const workers = [1, 2].map(() => new Worker(new URL('./worker.ts', import.meta.url), { workerData: counter }));
await Promise.all(workers.map((worker) => once(worker, 'exit')));
add(counter);
console.log('counted');
`;
const WORKER = `import { workerData } from 'node:worker_threads';
import { add } from './lib/add.js';
add(workerData);
`;
/** Prints the code that V8 was given for the main thread's `add`. */
const LOADED = `import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => {
  if (isMainThread && url.endsWith('/lib/add.js'))
    session.post('Debugger.getScriptSource', { scriptId }, (error, { scriptSource }) =>
      console.log(JSON.stringify(scriptSource)));
});
session.post('Debugger.enable');
`;

const program = (add = ADD): Record<string, string> => ({
  'package.json': MODULE,
  'src/app.ts': APP,
  'src/worker.ts': WORKER,
  'src/lib/add.ts': add,
});

const build = (project: Project, ...args: string[]): ReturnType<Project['tsrace']> =>
  project.tsrace(['build', 'src', ...args]);

describe('the result', () => {
  test('runs under plain node, and reports a race at its original lines', async () => {
    using project = new Project(program());
    expect(await build(project)).toMatchObject({ code: 0, stdout: '' });
    const { code, stdout, stderr } = await project.node(['dist-race/app.js']);
    expect({ code, stdout }).toEqual({ code: 66, stdout: 'counted\n' });
    expect(stderr).toContain('add               src/lib/add.ts:4:3\n  <module>          src/worker.ts:3:1\n');
    expect(stderr).toContain('<module>          src/app.ts:5:41');
    expect(stderr).toContain('Found 1 data race (seen 1 time).');
  });

  test('is silent without a race', async () => {
    using project = new Project(program(SAFE_ADD));
    await build(project);
    expect(await project.node(['dist-race/app.js'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'counted\n',
      stderr: '',
    });
  });

  test('is not instrumented again under tsrace', async () => {
    using project = new Project({ ...program(), 'loaded.mjs': LOADED });
    await build(project);
    const json = join(project.root, 'races.json');
    const words = ['--json', json, 'node', '--import', './loaded.mjs', 'dist-race/app.js'];
    const { code, stdout } = await project.tsrace(words);
    expect(code).toBe(66);
    expect(JSON.parse(stdout.replace('counted\n', ''))).toBe(project.read('dist-race/lib/add.js'));
    const { races } = JSON.parse(project.read('races.json'));
    expect(races).toHaveLength(1);
    expect(races[0].accesses[0].frames.map(({ file }: { file: string }) => file)).toEqual([
      'src/lib/add.ts',
      'src/worker.ts',
    ]);
  });

  test('reads TSRACE', async () => {
    using project = new Project(program());
    await build(project);
    const { code } = await project.node(['dist-race/app.js'], { env: { TSRACE: 'exitcode=7' } });
    expect(code).toBe(7);
  });

  test('names the package where it is installed', async () => {
    using project = new Project(program()).link('tsrace');
    await build(project);
    expect(project.read('dist-race/app.js')).toMatch(/^import "tsrace\/register";/);
    expect((await project.node(['dist-race/app.js'])).code).toBe(66);
  });

  test('checks accessors, whose callers are on the real stack alone', async () => {
    using project = new Project({
      'package.json': MODULE,
      'src/app.ts': `import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

const view: Int32Array = isMainThread ? new Int32Array(new SharedArrayBuffer(8)) : workerData;
const holder = {
  get value(): number {
    return view[1]!++;
  },
};
function use(): number {
  return holder.value;
}
if (isMainThread) new Worker(fileURLToPath(import.meta.url), { workerData: view });
use();
`,
    });
    await build(project);
    const { stderr } = await project.node(['dist-race/app.js']);
    expect(stderr).toContain(
      'get value         src/app.ts:7:12\n  use               src/app.ts:11:17\n  <module>          src/app.ts:14:1\n',
    );
  });
});

describe('workers whose code was not built are checked', () => {
  const PROGRAM = `import wt = require('node:worker_threads');
const view = new Int32Array(new SharedArrayBuffer(8));
const code = "require('node:worker_threads').workerData[0]++";
const log = "console.log(process.execArgv.join())";
new wt.Worker(code, { eval: true, workerData: view });
new wt.Worker(code + ';' + log, { eval: true, workerData: view, OPTIONS });
`;
  test.for([
    ['as their creator', '', '--no-deprecation\n'],
    ['with an environment', "env: { A: '1' }", '--expose-gc,--no-deprecation\n'],
    ['with flags', "execArgv: ['--no-warnings']", '--no-warnings\n'],
  ])('%s', async ([, options, shown]) => {
    using project = new Project({ 'src/app.cts': PROGRAM.replace('OPTIONS', options!) });
    await build(project);
    // Node refuses a worker the first of these
    const { code, stdout, stderr } = await project.node([
      '--expose-gc',
      '--no-deprecation',
      'dist-race/app.cjs',
    ]);
    expect({ code, stdout }).toEqual({ code: 66, stdout: shown });
    expect(stderr).toContain('[worker eval]:1:');
  });
});

describe('what tsc would make', () => {
  test('of settings that say CommonJS', async () => {
    using project = new Project({
      'tsconfig.json': '{ "compilerOptions": { "module": "commonjs" } }',
      'src/app.ts': `import { mode, type Unused } from './mode';
import { Gone } from './mode';
export const gone: Gone = { a: 1 };
console.log(typeof require, mode, __filename.endsWith('app.js'));
`,
      'src/mode.ts':
        'export type Unused = 1; export interface Gone { a: 1 }; const enum M { A = 3 }; export const mode = M.A;',
    });
    await build(project);
    expect(await project.node(['dist-race/app.js'])).toMatchObject({
      stdout: 'function 3 true\n',
      stderr: '',
    });
  });

  test('of each extension, and of the names of files', async () => {
    using project = new Project({
      'tsconfig.json': '{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }',
      'src/a.mts': `import { b } from './b.cts'; import { c } from './c.tsx'; import d from './d.jsx'; export * from './e.ts';
const lazy = await import('./e.ts');
console.log(b, c, d, lazy.e, import.meta.resolve('./e.ts').slice(-4), './e.ts');
`,
      'src/b.cts': `import { join } from 'node:path'; const e = require('./e.ts'); export const b = e.e + join(__dirname, 'e.ts').slice(-4) + require.resolve('./e.ts').slice(-4);`,
      'src/c.tsx': 'const h = (name: string): string => name; export const c: string = <p />;',
      'src/d.jsx': 'const h = (name) => name; export default <q />;',
      'src/e.ts': 'exports.e = "e";',
    });
    await build(project);
    const { stdout, stderr } = await project.node(['dist-race/a.mjs']);
    expect(stderr).toBe('');
    expect(stdout).toBe('ee.jse.js p q e e.js ./e.ts\n');
  });

  test('keeps what is no code, and what tsc has left beside its sources', async () => {
    using project = new Project({
      'package.json': MODULE,
      'src/a.ts': 'export const a = 1;',
      'src/a.js': 'stale',
      'src/a.js.map': 'stale',
      'src/types.d.ts': 'declare const x: number;\n',
      'src/data/b.json': '{ "b": 2 }\n',
      'src/c.css': 'p {}',
      'src/.git/config': 'x',
      'src/node_modules/dep/index.js': 'export const dep = 1;',
      'src/node_modules/dep/package.json': '{ "name": "dep", "type": "module", "exports": "./index.js" }',
      'src/use.js': 'import { dep } from "dep"; console.log(dep);',
    });
    await build(project);
    expect(project.read('dist-race/types.d.ts')).toBe('declare const x: number;\n');
    expect(project.read('dist-race/data/b.json')).toBe('{ "b": 2 }\n');
    expect(project.read('dist-race/a.js')).not.toContain('stale');
    expect(existsSync(join(project.root, 'dist-race/.git'))).toBe(false);
    expect(await project.node(['dist-race/use.js'])).toMatchObject({ stdout: '1\n', stderr: '' });
  });

  test('a program keeps its first line and its permissions', async () => {
    using project = new Project({
      'src/tool.cjs': "#!/usr/bin/env node\n'use strict';\nconsole.log(this === exports);\n",
    });
    chmodSync(join(project.root, 'src/tool.cjs'), 0o755);
    await build(project);
    expect(project.read('dist-race/tool.cjs')).toMatch(/^#!\/usr\/bin\/env node\n.use strict/);
    expect(statSync(join(project.root, 'dist-race/tool.cjs')).mode & 0o111).toBe(0o111);
    expect(await project.node(['dist-race/tool.cjs'])).toMatchObject({
      code: 0,
      stdout: 'true\n',
      stderr: '',
    });
  });

  test('an ES module finds the names of CommonJS', async () => {
    using project = new Project({
      'src/names.cjs': `module.exports = { one, two, ...require('./more.cjs') };
var one = 1;
function two() { return 2; }
`,
      'src/more.cjs': "exports.three = 3; exports['fo-ur'] = 4;",
      'src/again.cjs': "module.exports = require('./names.cjs');",
      'src/app.mjs': `import { one, two, three, 'fo-ur' as four } from './again.cjs';
console.log(one, two(), three, four);
`,
    });
    expect((await project.node(['src/app.mjs'])).stdout).toBe('undefined 2 3 4\n');
    await build(project);
    expect(await project.node(['dist-race/app.mjs'])).toMatchObject({
      stdout: 'undefined 2 3 4\n',
      stderr: '',
    });
  });

  test('the kind of .js stays what it was', async () => {
    using project = new Project({
      'app/package.json': MODULE,
      'app/src/a.ts': 'import "node:fs"; console.log(import.meta.url.length > 0);',
    });
    expect((await project.tsrace(['build', 'app/src', '-o', 'out'])).code).toBe(0);
    expect(await project.node(['out/a.js'])).toMatchObject({ stdout: 'true\n', stderr: '' });
  });
});

test('source maps lead to the lines of the source', async () => {
  using project = new Project(program());
  await build(project);
  const lines = project.read('dist-race/app.js').split('\n');
  const map = new TraceMap(project.read('dist-race/app.js.map'));
  const source = APP.split('\n');
  for (const text of ['new SharedArrayBuffer', 'workers.map', "'counted'"]) {
    const line = lines.findIndex((one) => one.includes(text) && !one.startsWith('import "'));
    const original = originalPositionFor(map, { line: line + 1, column: lines[line]!.indexOf(text) });
    const expected = source.findIndex((one) => one.includes(text));
    expect(original).toMatchObject({
      source: '../src/app.ts',
      line: expected + 1,
      column: source[expected]!.indexOf(text),
    });
  }
});

test('code that was compiled is followed to what it was compiled from', async () => {
  using project = new Project(program());
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const flags = [
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--rewriteRelativeImportExtensions',
    '--sourceMap',
  ];
  const made = await project.node([
    tsc,
    ...flags,
    '--skipLibCheck',
    '--outDir',
    'dist',
    'src/app.ts',
    'src/worker.ts',
    '--types',
    'none',
  ]);
  expect(existsSync(join(project.root, 'dist/app.js')), made.stdout).toBe(true);
  project.write({ 'dist/app.js': project.read('dist/app.js').replace('./worker.ts', './worker.js') });
  expect((await project.tsrace(['build', 'dist'])).code).toBe(0);
  const { code, stderr } = await project.node(['dist-race/app.js']);
  expect(code).toBe(66);
  expect(stderr).toContain('src/lib/add.ts:4:');
});

describe('--exclude', () => {
  test('leaves JavaScript as it is, and only compiles the rest', async () => {
    using project = new Project({
      ...program(),
      'src/broken.js': 'nothing that parses {',
      'src/own.js': 'x = [ ]',
    });
    const { code, stderr } = await build(project, '--exclude', '**/*.js', '--exclude=src/lib');
    expect({ code, stderr: stderr.replace(/\(.*\)/, '') }).toEqual({
      code: 0,
      stderr: 'tsrace: 2 files instrumented, 1 only compiled, 2 copied in dist-race \n',
    });
    expect(project.read('dist-race/own.js')).toBe('x = [ ]');
    expect(project.read('dist-race/lib/add.js')).not.toMatch(/__tsrace|register/);
    expect(await project.node(['dist-race/app.js'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a second build', () => {
  test('takes away what is no longer made', async () => {
    using project = new Project({ ...program(), 'src/deep/er/old.ts': 'export {};' });
    await build(project);
    expect(existsSync(join(project.root, 'dist-race/deep/er/old.js'))).toBe(true);
    await project.run('rm', ['-r', 'src/deep']);
    expect((await build(project)).code).toBe(0);
    expect(existsSync(join(project.root, 'dist-race/deep'))).toBe(false);
    expect(existsSync(join(project.root, 'dist-race/app.js.map'))).toBe(true);
  });

  test('a hostile list takes away nothing outside', async () => {
    using project = new Project({ ...program(), 'precious.txt': 'x' });
    await build(project);
    project.write({ 'dist-race/.tsrace-build.json': '{ "files": ["../precious.txt", 1] }' });
    expect((await build(project)).code).toBe(0);
    expect(project.read('precious.txt')).toBe('x');
  });
});

describe('what is wrong is said in a line', () => {
  test('every file that does not parse', async () => {
    using project = new Project({
      ...program(),
      'src/bad.ts': 'const a = 1;\nlet b = ;\n',
      'src/worse\u001b[2J.js': '\n\n}',
      'src/late.cjs': 'new.target;\nawait 1;\nlet a; let a;',
    });
    const { code, stderr } = await build(project);
    expect(code).toBe(1);
    expect(stderr.split('\n').sort()).toEqual([
      '',
      'tsrace: build failed: 3 files could not be compiled (--exclude leaves JavaScript as it is)',
      'tsrace: src/bad.ts:2:9: Unexpected token',
      expect.stringMatching(/^tsrace: src\/late\.cjs:[23]/),
      expect.stringMatching(/^tsrace: src\/worse\\u001b\[2J\.js:3:1: Unexpected token/),
    ]);
  });

  test('two files for one name', async () => {
    using project = new Project({ 'src/a.ts': '', 'src/a.tsx': '' });
    const { code, stderr } = await build(project);
    expect(code).toBe(1);
    expect(stderr).toContain('src/a.ts and src/a.tsx would both become a.js: rename one of them');
  });

  test.for<[string[], string]>([
    [['nope'], 'build: there is no folder "nope"'],
    [['package.json'], 'build: "package.json" is a file: name the folder it is in'],
    [['src', '-o', 'src/out'], '--out-dir "src/out" is inside "src"'],
    [['src', '-o', 'src'], '--out-dir "src" is inside "src"'],
    [['src', '-o', 'link'], '--out-dir "link" is inside "src"'],
    [['src', '-o', '.'], '--out-dir "." has "src" in it'],
    [['src', '-o', 'package.json'], 'is a file: name a folder'],
    [['src', '-o', 'full'], 'has files that tsrace build did not write'],
    [['src', '-o', ''], '--out-dir must be a folder, not ""'],
    [[], 'build takes 1 folder, and 0 came'],
    [['src', '--outdir', 'x'], 'unknown option --outdir'],
  ])('%j', async ([args, message]) => {
    using project = new Project({ ...program(), 'full/mine.js': 'precious' });
    symlinkSync(join(project.root, 'src'), join(project.root, 'link'), 'junction');
    const { code, stdout, stderr } = await project.run(process.execPath, [CLI, 'build', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^tsrace: .*\n$/);
    expect(project.read('full/mine.js')).toBe('precious');
  });
});

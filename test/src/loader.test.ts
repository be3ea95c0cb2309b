/** Programs in every kind of module: they run as under Node, and their accesses are seen. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import Module from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RaceDocument } from '../../src/index.ts';
import { DIST, Project, REGISTER, type RunOptions } from './project.ts';

let project: Project;
beforeAll(() => {
  project = new Project({ 'package.json': '{}' });
  mkdirSync(join(project.root, 'node_modules'));
});
afterAll(() => project[Symbol.dispose]());

const CJS = `const { Worker, isMainThread, workerData } = require('node:worker_threads');
const file = __filename;
`;
const ESM = `import { Worker, isMainThread, workerData } from 'node:worker_threads';
const file = new URL(import.meta.url);
`;
/** Races at lines 6 and 9. */
const body = (view = 'view', type = ''): string => `if (isMainThread) {
  const view${type} = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(file, { workerData: view });
  ${view}[0] = 1;
  worker.on('exit', () => console.log('done'));
} else {
  const view${type} = workerData; view[0] = 2;
}
`;

let runs = 0;
async function check(
  args: string[],
): Promise<{ code: number | null; stdout: string; stderr: string; document: RaceDocument }> {
  const json = join(project.root, `out-${runs++}.json`);
  // a typeless ES module is warned of by Node, under tsrace and without
  const env = { NODE_NO_WARNINGS: '1' };
  const outcome = await project.tsrace(['--json', json, ...args], { env });
  return { ...outcome, document: JSON.parse(readFileSync(json, 'utf8')) as RaceDocument };
}
const places = ({ races }: RaceDocument): string[][] =>
  races.map(({ accesses }) =>
    accesses.map(({ frames: [at] }) => `${at!.file}:${at!.line}:${at!.column}`).sort(),
  );

describe('extensions and packages', () => {
  const enumeration = 'enum E { A = 1 }; interface I { x: number }\n';
  test.for<[name: string, code: string]>([
    ['a.cjs', CJS + body()],
    ['a.mjs', ESM + body()],
    ['typeless.js', CJS + body()],
    ['typeless-esm.js', ESM + body()],
    ['a.cts', CJS + body('view', ': Int32Array')],
    ['a.mts', ESM + body('view', ': Int32Array')],
    ['typeless.ts', CJS + body('view', ': Int32Array')],
    ['typeless-esm.ts', ESM + body('view', ': Int32Array')],
    ['module/package.json', '{ "type": "module" }'],
    ['module/a.js', ESM + body()],
    ['module/a.ts', ESM + body('view', ': Int32Array')],
    ['commonjs/package.json', '{ "type": "commonjs" }'],
    ['commonjs/a.js', CJS + body()],
    ['commonjs/a.ts', CJS + body('view', ': Int32Array')],
    ['module/a.tsx', ESM + body('view', ': Int32Array')],
    ['module/a.jsx', ESM + body()],
    [
      'module/enum.ts',
      ESM.replace('\n', `; ${enumeration}`).replace('x: number }\n', 'x: number };') +
        body('(view as Int32Array)'),
    ],
    // what Node cannot strip, in a file of which only the syntax tells what it is
    [
      'typeless-enum.ts',
      ESM.replace('\n', `; ${enumeration}`).replace('x: number }\n', 'x: number };') +
        body('(view as Int32Array)'),
    ],
  ])('%s', async ([name, code]) => {
    project.write({ [name]: code });
    if (name.endsWith('.json')) return;
    const { document, stdout, code: exit, stderr } = await check([name]);
    expect({ stdout, exit, stderr: stderr.replace(/^={18}[\s\S]*/, '') }).toEqual({
      stdout: 'done\n',
      exit: 66,
      stderr: '',
    });
    const lines = code.split('\n');
    const [first, last] = ['[0] = 1', '[0] = 2'].map(
      (text) => lines.findIndex((line) => line.includes(text)) + 1,
    );
    const column = /^ {2}\(/.test(lines[first! - 1]!) ? 3 : 3;
    const second = lines[last! - 1]!.indexOf('view[0]') + 1;
    expect(places(document)).toEqual([[`${name}:${first}:${column}`, `${name}:${last}:${second}`].sort()]);
    expect(document.summary.uninstrumented).toEqual([]);
  });

  /** As `body`, and shows where an error is from. */
  const shows = body().replace(
    "'done'",
    "[worker, new Error('x').stack.replace(/^.*\\n.*?<anonymous> /, '').split('\\n    at')[0]][1]",
  );
  test.for<[name: string, code: string]>([
    ['tool', `#!/usr/bin/env node\n${CJS}${shows}`],
    ['template.jst', CJS + shows],
    ['.hidden', CJS + shows],
    ['module/tool', ESM + shows],
    ['a b#c?d%20e%zz/a.cjs', CJS + shows],
    ['a b#c?d%20e%zz/a.mts', ESM + shows],
    ['ünï-日本/a.cts', CJS + shows],
    ['ünï-日本/a.mjs', ESM + shows],
    ['quo"te\'s\n$&[x]{a,b}(p)!/a.cjs', CJS + shows],
    ['quo"te\'s\n$&[x]{a,b}(p)!/a.mjs', ESM + shows],
    ['down/../up/./a.cjs', CJS + shows],
    ['link/a.cjs', CJS + shows],
    ['link/a.mjs', ESM + shows],
  ])('%j: an odd name', async ([name, code]) => {
    project.write({ 'module/package.json': '{ "type": "module" }', 'down/.keep': '', 'linked/.keep': '' });
    rmSync(join(project.root, 'link'), { force: true });
    symlinkSync('linked', join(project.root, 'link'));
    project.write({ [name]: code });
    // Node 20 does not know TypeScript
    const plain = name.endsWith('ts')
      ? { stdout: expect.stringMatching(/:7:48\)\n$/) }
      : await project.node([name], { env: { NODE_NO_WARNINGS: '1' } });
    const { document, stdout, stderr, code: exit } = await check([process.execPath, name]);
    expect({ stdout, exit }).toEqual({ stdout: plain.stdout, exit: 66 });
    const line = code.startsWith('#') ? 7 : 6;
    const file = normalize(name).replace(/^link\//, 'linked/');
    expect(places(document)).toEqual([[`${file}:${line}:3`, `${file}:${line + 3}:28`].sort()]);
    expect(stderr).toContain(` ${file.replace('\n', '\\u000a')}:${line}:3\n`);
    expect(stderr).toContain(`${line} |   view[0] = 1;\n`);
    expect(document.summary.uninstrumented).toEqual([]);
  });

  test('errors of a module without extension are as in a plain run', async () => {
    const code = 'const a = [1]; a[0]++; null[a[0]];\n';
    project.write({ 'module/throws': code, throws: code, 'requires-tool.cjs': "require('./throws');\n" });
    for (const name of ['module/throws', 'throws', 'requires-tool.cjs'])
      expect(await project.tsrace([process.execPath, '--stack-trace-limit=50', name])).toEqual(
        await project.node(['--stack-trace-limit=50', name]),
      );
  });

  test('mixed: ESM imports CommonJS by name, and TypeScript by the name of its output', async () => {
    project.write({
      'mixed/package.json': '{ "type": "module" }',
      'mixed/main.ts':
        "import { cjs } from './c.cjs'; import { again } from './re.cjs'; import { t } from './t.js'; import { m } from './m.mjs'; import { ct } from './ct.cjs';\nconst all: number[] = [cjs, again, t, m, ct]; console.log(all.join());\n",
      'mixed/c.cjs': 'exports.cjs = [1][0];\n',
      'mixed/re.cjs': "module.exports = require('./again.cjs');\n",
      'mixed/again.cjs': 'exports.again = 2;\n',
      'mixed/t.ts': 'export const t: number = 3;\n',
      'mixed/m.mts': 'export const m: number = 4;\n',
      'mixed/ct.cts': 'const ct: number = 5;\nexports.ct = ct;\n',
    });
    expect(await check(['mixed/main.ts'])).toMatchObject({ code: 0, stdout: '1,2,3,4,5\n', stderr: '' });
  });

  test('CommonJS that is written with `export` is imported by name', async () => {
    project.write({
      'names.mts':
        "import { x, f, z, shown, K } from './names-lib.cts';\nconsole.log(x, f(), z, shown, K.name);\n",
      'names-lib.cts':
        "export const x: number = 1;\nexport function f(): string { return 'f'; }\nexport { y as z } from './names-lib-2.cts';\nconst hidden = 3;\nexport { hidden as shown };\nexport class K {}\n",
      'names-lib-2.cts': 'export const y: number = 2;\n',
    });
    const { document, ...rest } = await check(['names.mts']);
    expect(rest).toMatchObject({ code: 0, stdout: '1 f 2 3 K\n', stderr: '' });
    expect(document.summary.uninstrumented).toEqual([]);
  });

  test("TypeScript's own CommonJS", async () => {
    project.write({
      'own.cts': "import lib = require('./own-lib.cts');\nconsole.log(lib.x as number);\n",
      'own-lib.cts': 'const lib: { x: number } = { x: 1 };\nexport = lib;\n',
    });
    expect(await check(['own.cts'])).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
  });

  test.for([
    [
      'types.cts',
      "import type { Stats } from 'node:fs';\nconst s: Stats | number = 1;\nconsole.log(s, typeof require);\n",
    ],
    [
      'esm-in.cts',
      "import { sep } from 'node:path';\nimport fs from 'node:fs';\nexport const x: string = sep;\nconsole.log(x === '/' && fs.statSync ? 1 : 0, typeof require);\n",
    ],
    [
      'commonjs/equals.ts',
      "import path = require('node:path');\nconsole.log(path.sep.length, typeof require);\n",
    ],
    [
      'commonjs/esm.ts',
      "import * as path from 'node:path';\nexport let n = 0;\nn++;\nconsole.log(exports.n, typeof require);\n",
    ],
    [
      'typeless-types.ts',
      "import type { Stats } from 'node:fs';\nconst s: Stats | number = 1;\nconsole.log(s, typeof require);\n",
    ],
  ])('%s: TypeScript that runs as CommonJS', async ([name, code]) => {
    project.write({ 'commonjs/package.json': '{ "type": "commonjs" }', [name!]: code! });
    expect(await check([name!])).toMatchObject({ code: 0, stdout: '1 function\n', stderr: '' });
  });

  test.for(['import.cjs', 'commonjs/import.js'])(
    '%s: ES module syntax in JavaScript is Node’s own error',
    async (name) => {
      project.write({
        'commonjs/package.json': '{ "type": "commonjs" }',
        [name]: "const a = [1];\na[0]++;\nimport fs from 'node:fs';\n",
      });
      const [plain, { code, stderr }] = [await project.node([name]), await project.tsrace([name])];
      expect(code).toBe(plain.code);
      const shown = (text: string): string[] =>
        text.split('\n').filter((line) => /SyntaxError|^import|\^/.test(line));
      expect(shown(stderr)).toEqual(shown(plain.stderr));
    },
  );

  test('require of an ES module', async () => {
    project.write({
      'esm.mjs': 'export const a = [1];\nexport const get = (i) => a[i];\n',
      'require-esm.cjs': "console.log(require('./esm.mjs').get(0));\n",
    });
    const { code, stdout } = await check(['require-esm.cjs']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n' });
  });

  test('a data: module, and a worker made from text', async () => {
    const text = 'const { workerData } = require("node:worker_threads"); workerData[0] = 2;';
    project.write({
      'data.mjs': `const view = new Int32Array(new SharedArrayBuffer(4));
import { Worker } from 'node:worker_threads';
const { get } = await import('data:text/javascript,' + encodeURIComponent('export const get = (a, i) => a[i];'));
new Worker(${JSON.stringify(text)}, { eval: true, workerData: view });
console.log(get(view, 0));
`,
    });
    const { document, stdout } = await check(['data.mjs']);
    expect(stdout).toBe('0\n');
    expect(places(document).flat().sort()).toEqual([
      '[worker eval]:1:56',
      expect.stringMatching(/^data:text\/javascript,.*:1:30$/),
    ]);
  });
});

describe('tsconfig.json', () => {
  test('experimentalDecorators through extends, and JSX by its factory', async () => {
    project.write({
      'ts/package.json': '{ "type": "module" }',
      'ts/base.json':
        '{ "compilerOptions": { "experimentalDecorators": true, "jsx": "react", "jsxFactory": "h" } }',
      'ts/tsconfig.json': '{ "extends": "./base.json" /* a comment */ }',
      'ts/main.tsx': `function log(target: object, key: string): void { console.log(typeof target, key); }
const h = (tag: string, props: object | null, ...children: string[]): string => tag + children.join('');
class A { @log method(): void {} }
console.log(<b>x</b>, new A() instanceof A);
`,
    });
    expect(await check(['ts/main.tsx'])).toMatchObject({
      code: 0,
      stdout: 'object method\nbx true\n',
      stderr: '',
    });
  });

  test('automatic JSX with its import source', async () => {
    project.write({
      'jsx/package.json': '{ "type": "module" }',
      'jsx/tsconfig.json': '{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "tiny" } }',
      'jsx/node_modules/tiny/package.json': '{ "name": "tiny", "exports": { "./jsx-runtime": "./r.js" } }',
      'jsx/node_modules/tiny/r.js': 'exports.jsx = (tag, { children }) => tag + children;\n',
      'jsx/main.tsx': 'const x: string = <i>1</i> as unknown as string;\nconsole.log(x);\n',
    });
    expect(await check(['jsx/main.tsx'])).toMatchObject({ code: 0, stdout: 'i1\n', stderr: '' });
  });
});

describe('tsconfig.json of a monorepo', () => {
  const native = Boolean((process.features as { typescript?: unknown }).typescript);
  const legacy = '{ "compilerOptions": { "experimentalDecorators": true } }';
  /** Says which decorators it has, and by its metadata key that it ran. */
  const decorated = `function kind(_: unknown, key: unknown): void { console.log(typeof key === 'string' ? 'legacy' : 'standard'); }
export class A { @kind method(): void {} }
`;
  const run = async (
    files: Record<string, string>,
    main = 'main.ts',
    options: string[] = [],
  ): Promise<{ code: number | null; stdout: string; stderr: string; broken: unknown[] }> => {
    using own = new Project({ 'package.json': '{ "type": "module" }', 'node_modules/.keep': '', ...files });
    const env = { NODE_NO_WARNINGS: '1' };
    const { code, stdout, stderr } = await own.tsrace(
      ['--json', 'out.json', process.execPath, ...options, main],
      { env },
    );
    const { summary } = JSON.parse(own.read('out.json')) as RaceDocument;
    const broken = summary.uninstrumented.map(({ what, why }) => [what.replace(`${own.root}/`, ''), why]);
    return { code, stdout, stderr, broken };
  };
  const right = { code: 0, stderr: '', broken: [] };

  test.for<[what: string, files: Record<string, string>]>([
    [
      'extends a list',
      { 'tsconfig.json': '{ "extends": ["./a", "./b.json"] }', 'a.json': legacy, 'b.json': '{}' },
    ],
    [
      'extends a package',
      {
        'tsconfig.json': '{ "extends": "@team/config" }',
        'node_modules/@team/config/package.json': '{ "name": "@team/config" }',
        'node_modules/@team/config/tsconfig.json': legacy,
      },
    ],
    [
      'extends a file of a package by its exports',
      {
        'tsconfig.json': '{ "extends": "config/base.json" }',
        'node_modules/config/package.json': '{ "name": "config", "exports": { "./base.json": "./b.json" } }',
        'node_modules/config/b.json': legacy,
      },
    ],
    [
      'comments, commas and a byte order mark',
      {
        'tsconfig.json': `\uFEFF// strict\n{ /* "a": 1, */ "compilerOptions": { "experimentalDecorators": true, // yes\n }, }\n`,
      },
    ],
    [
      'paths, baseUrl, references and a target in capitals',
      {
        'tsconfig.json':
          '{ "references": [{ "path": "./lib" }], "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./src/*"] }, "target": "ES2022", "experimentalDecorators": true } }',
      },
    ],
  ])('%s', async ([, files]) => {
    expect(await run({ ...files, 'main.ts': decorated })).toEqual({ ...right, stdout: 'legacy\n' });
  });

  test('each file has the nearest one: nested, of a linked package, above all, or none', async () => {
    using own = new Project({
      'app/package.json': '{ "type": "module" }',
      'app/src/old/tsconfig.json': legacy,
      'app/src/old/a.ts': decorated,
      'app/src/new.ts': decorated,
      'app/main.ts': "import './src/old/a.ts';\nimport './src/new.ts';\nimport '@team/lib';\n",
      'app/node_modules/@team/.keep': '',
      'packages/tsconfig.json': legacy,
      'packages/lib/package.json':
        '{ "name": "@team/lib", "type": "module", "exports": "./src/index.ts", "dependencies": {} }',
      'packages/lib/src/index.ts': decorated,
    });
    symlinkSync('../../../packages/lib', join(own.root, 'app/node_modules/@team/lib'));
    const env = { NODE_NO_WARNINGS: '1' };
    expect(await own.tsrace(['app/main.ts'], { env })).toMatchObject({
      code: 0,
      stdout: 'legacy\nstandard\nlegacy\n',
      stderr: '',
    });
  });

  test.for<[what: string, files: Record<string, string>, stdout: string, why: RegExp]>([
    [
      'cut off',
      { 'tsconfig.json': legacy.slice(0, -3) },
      'legacy',
      /^line \d is not valid JSON \(.*\): what can be/,
    ],
    ['a typing error', { 'tsconfig.json': '{\n  "files" [],\n}\n' }, 'standard', /^line 2 is not valid JSON/],
    [
      'extends what is not there',
      { 'tsconfig.json': '{ "extends": "./gone.json" }' },
      'standard',
      /^its settings cannot be used \(File '\.\/gone\.json' not found\.\): TypeScript's defaults apply$/,
    ],
    [
      'extends itself',
      { 'tsconfig.json': '{ "extends": "./tsconfig.json" }' },
      'standard',
      /^its settings cannot be used \(Circular/,
    ],
    [
      'a wrong type',
      { 'tsconfig.json': '{ "compilerOptions": { "target": 7 } }' },
      'standard',
      /^its settings/,
    ],
    ['a folder', { 'tsconfig.json/.keep': '' }, 'standard', /^its settings cannot be used/],
  ])('%s: the program runs, and the file is named', async ([, files, stdout, why]) => {
    expect(await run({ ...files, 'main.ts': decorated })).toEqual({
      ...right,
      stdout: `${stdout}\n`,
      broken: [['tsconfig.json', expect.stringMatching(why)]],
    });
  });

  test('names of JSX that are none are left', async () => {
    const files = {
      'tsconfig.json':
        '{ "compilerOptions": { "jsx": "react", "jsxFactory": 3, "jsxFragmentFactory": {}, "jsxImportSource": [] } }',
      'main.tsx':
        'const React = { createElement: (tag: string): string => tag };\nconsole.log(<b></b> as unknown);\n',
    };
    expect(await run(files, 'main.tsx')).toEqual({ ...right, stdout: 'b\n' });
  });

  const fields = `import { type Unused, unused } from './side.ts';
class A { set x(value: number) { console.log('assigned', value); } }
class B extends A { x: number = 1; y?: string; }
console.log(Object.keys(new B()).join() || 'none');
`;
  const side = "console.log('side');\nexport type Unused = 1;\nexport const unused: number = 1;\n";

  test('fields and unused imports are as Node has them where Node runs TypeScript, else as the settings say', async () => {
    const files = {
      'tsconfig.json': '{ "compilerOptions": { "useDefineForClassFields": false } }',
      'main.ts': fields,
      'side.ts': side,
    };
    const stdout = native ? 'side\nx,y\n' : 'assigned 1\nnone\n';
    expect(await run(files)).toEqual({ ...right, stdout });
    if (!native) return;
    using own = new Project({ 'package.json': '{ "type": "module" }', ...files });
    expect((await own.node(['main.ts'])).stdout).toBe(stdout);
    // what Node cannot run so
    const enumerated = { ...files, 'main.ts': `${fields}enum E { A }\n` };
    expect(await run(enumerated)).toEqual({ ...right, stdout: 'assigned 1\nnone\n' });
  });

  test('an older target assigns fields', async () => {
    const tsconfig = (target: string): string => `{ "compilerOptions": { "target": "${target}" } }`;
    const files = (target: string) => ({
      'tsconfig.json': tsconfig(target),
      'main.ts': `${fields}enum E { A }\n`,
      'side.ts': side,
    });
    expect(await run(files('ES2021'))).toEqual({ ...right, stdout: 'assigned 1\nnone\n' });
    expect(await run(files('esnext'))).toEqual({ ...right, stdout: 'x,y\n' });
  });
});

describe('node_modules', () => {
  const library = (name: string, mention: string): Record<string, string> => ({
    [`node_modules/${name}/package.json`]: `{ "name": "${name}", "version": "1.0.0" }`,
    [`node_modules/${name}/index.js`]: `exports.write = (view) => { view[0] = 7; };\n${mention}\n`,
  });
  test('a package is instrumented where it mentions shared memory, or is included', async () => {
    project.write({
      ...library('shares', 'exports.a = () => Atomics;'),
      ...library('innocent', ''),
      'packages.cjs': `const { Worker, isMainThread, workerData } = require('node:worker_threads');
const { write } = require(process.argv[2]);
if (isMainThread) new Worker(__filename, { argv: process.argv.slice(2), workerData: write(globalThis.v = new Int32Array(new SharedArrayBuffer(4))) ?? v }), write(v);
else write(workerData);
`,
    });
    const shares = await check(['packages.cjs', 'shares']);
    expect(places(shares.document)).toEqual([Array(2).fill('node_modules/shares/index.js:1:29')]);
    const innocent = await check(['packages.cjs', 'innocent']);
    expect(innocent).toMatchObject({ code: 0, stderr: '' });
    expect(innocent.document.summary.uninstrumented).toEqual([
      {
        what: join(project.root, 'node_modules/innocent'),
        why: expect.stringContaining('does not mention shared memory'),
      },
    ]);
    const included = await check(['--include', 'node_modules/innocent/**', 'packages.cjs', 'innocent']);
    expect(places(included.document)).toEqual([Array(2).fill('node_modules/innocent/index.js:1:29')]);
    const excluded = await check(['--exclude', '**/shares/**', 'packages.cjs', 'shares']);
    expect(excluded.code).toBe(0);
  });
});

/** As ts-node, pirates and esbuild-register hook `require`: the source goes to a compiler of theirs. */
const HOOK = `const { readFileSync } = require('node:fs');
for (const extension of ['.ts', '.js']) {
  const before = require.extensions[extension] ?? require.extensions['.js'];
  require.extensions[extension] = (module, file) => {
    const compile = module._compile;
    module._compile = function (code, file) {
      if (code !== readFileSync(file, 'utf8')) throw new Error('not the source: ' + code);
      return compile.call(this, code.replaceAll(': Int32Array', '').replace('DONE', "'done'"), file);
    };
    before(module, file);
  };
}
`;

describe('a hook of require()', () => {
  test.for(['hooked.ts', 'hooked.js'])(
    '%s: it gets the source, what it makes is instrumented',
    async (name) => {
      const racing = body('view', name.endsWith('.ts') ? ': Int32Array' : '').replace("'done'", 'DONE');
      project.write({
        'hook.cjs': HOOK,
        [`to-${name}`]: racing.replace(/^/, CJS.replace('__filename', '__dirname + "/start.cjs"')),
        'start.cjs': "require('./hook.cjs');\nrequire(process.env.START);\n",
      });
      const env = { START: `./to-${name}`, NODE_NO_WARNINGS: '1' };
      const plain = await project.node(['start.cjs'], { env });
      expect(plain).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
      const json = join(project.root, 'hooked.json');
      expect(await project.tsrace(['--json', json, 'start.cjs'], { env })).toMatchObject({
        code: 66,
        stdout: 'done\n',
      });
      const document = JSON.parse(readFileSync(json, 'utf8')) as RaceDocument;
      expect(document.races).toHaveLength(1);
      expect(places(document)[0]!.map((at) => at.replace(/:\d+$/, ''))).toEqual([
        `to-${name}:6`,
        `to-${name}:9`,
      ]);
    },
  );
});

describe('the cache', () => {
  /** Shows a column that only the source map knows. */
  const shows = `${CJS}${body().replace("'done'", "[view[1], new Error('x').stack.split('\\n')[1].match(/\\d+:\\d+/)[0]][1]")}`;
  const expected = { code: 66, stdout: '7:49\n' };
  const start = (): Project => new Project({ 'package.json': '{}', 'a.cjs': shows, 'node_modules/x': '' });
  const runs = async (
    own: Project,
    options?: RunOptions,
  ): Promise<{ code: number | null; stdout: string; summary: unknown; quiet: boolean }> => {
    const { code, stdout, stderr } = await own.tsrace(['--json', 'out.json', 'a.cjs'], options);
    const { summary } = JSON.parse(own.read('out.json')) as RaceDocument;
    return {
      code,
      stdout,
      summary: summary.uninstrumented,
      quiet: /^={18}\nWARNING[\s\S]*\.\n$/.test(stderr),
    };
  };
  const right = { ...expected, summary: [], quiet: true };
  const cacheOf = (own: Project): string => join(own.root, 'node_modules/.cache/tsrace');
  const entriesOf = (own: Project): string[] =>
    readdirSync(cacheOf(own))
      .filter((name) => readFileSync(join(cacheOf(own), name), 'utf8').includes('a.cjs'))
      .sort();

  test('is used, and a damaged entry is made again', async () => {
    using own = start();
    expect(await runs(own)).toEqual(right);
    const names = entriesOf(own);
    expect(names).toEqual([expect.stringMatching(/^\w+\.js$/), expect.stringMatching(/^\w+\.map$/)]);
    const [entry, map] = names.map((name) => join(cacheOf(own), name)) as [string, string];
    const good = [entry, map].map((file) => readFileSync(file, 'latin1'));
    const [head, ...code] = good[0]!.split('\n') as [string, ...string[]];
    const { sites, ...rest } = JSON.parse(head);
    const text = (...lines: string[]): string => lines.join('\n');
    const broken: [file: string, content: string | undefined][] = [
      [entry, ''],
      [entry, 'not json'],
      [entry, good[0]!.slice(0, -5)],
      [entry, text(JSON.stringify({ ...rest, sites: { ...sites, file: 7 } }), ...code)],
      [entry, text(head, ...code).replace('[0] = 1', '[1] = 1')],
      [entry, text(head, '\0'.repeat(text(...code).length))],
      [map, ''],
      [map, undefined],
    ];
    for (const [file, content] of broken) {
      if (content === undefined) rmSync(file);
      else writeFileSync(file, content, 'latin1');
      utimesSync(entry, 1, 1);
      expect({ content, ...(await runs(own)) }).toEqual({ content, ...right });
      expect([entry, map].map((name) => readFileSync(name, 'latin1'))).toEqual(good);
      expect(statSync(entry).mtimeMs).not.toBe(1000);
    }
    utimesSync(entry, 1, 1);
    expect(await runs(own)).toEqual(right);
    expect(statSync(entry).mtimeMs).toBe(1000);
    expect(readdirSync(cacheOf(own)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('an entry that cannot be replaced does no harm and leaves nothing behind', async () => {
    using own = start();
    await runs(own);
    for (const name of entriesOf(own)) {
      rmSync(join(cacheOf(own), name));
      mkdirSync(join(cacheOf(own), name));
    }
    for (const NODE_OPTIONS of ['', '--enable-source-maps'])
      expect(await runs(own, { env: { NODE_OPTIONS } })).toEqual(right);
    expect(readdirSync(cacheOf(own)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('no folder for it', async () => {
    using own = start();
    own.write({ 'node_modules/.cache': 'a file', 'tmp/note': '' });
    const env = { TMPDIR: join(own.root, 'tmp') };
    expect(await runs(own, { env })).toEqual(right);
    const [used, ...more] = readdirSync(join(own.root, 'tmp')).filter((name) => name !== 'note');
    expect({ used, more }).toEqual({ used: expect.stringMatching(/^tsrace-cache-/), more: [] });
    rmSync(join(own.root, 'tmp', used!), { recursive: true });
    own.write({ [`tmp/${used}`]: 'a file' });
    for (const NODE_OPTIONS of ['', '--enable-source-maps'])
      expect(await runs(own, { env: { ...env, NODE_OPTIONS } })).toEqual(right);
  });

  test('processes that fill it at once, and one that removes it meanwhile', async () => {
    using own = start();
    const both = async (): Promise<void> => {
      const outcomes = await Promise.all(['a.cjs', 'a.cjs'].map((name) => own.tsrace([name])));
      expect(outcomes).toEqual(Array(2).fill({ ...expected, signal: null, stderr: expect.any(String) }));
    };
    await both();
    expect(entriesOf(own)).toHaveLength(2);
    own.write({
      'a.cjs': `require('node:fs').rmSync('node_modules/.cache', { recursive: true });\nrequire('./b.cjs');\n`,
      'b.cjs': shows,
    });
    expect(await runs(own)).toEqual(right);
    expect(readdirSync(cacheOf(own))).not.toEqual([]);
  });

  test('is not for code that no file can hold', async () => {
    using own = start();
    own.write({
      'a.cjs':
        "const a = [0];\nfor (const half of ['\\ud800', '\\udfff']) console.log(eval('a[0] += 1; `' + half + '`.charCodeAt(0)').toString(16));\n",
    });
    for (let time = 0; time < 2; time++)
      expect(await own.tsrace(['a.cjs'])).toMatchObject({ code: 0, stdout: 'd800\ndfff\n', stderr: '' });
  });
});

describe('errors', () => {
  const thrower = `const list = [1, 2];
function fail(i) {
  list[i]++; list[i] = list[i] + null.x;
}
try { fail(0); } catch (error) { console.log(error.stack.split('\\n').slice(0, 3).join('\\n')); }
`;
  test.for(['stack.cjs', 'stack.mjs'])('%s: a stack is the same as in a plain run', async (name) => {
    project.write({ [name]: thrower });
    const plain = await project.node([name]);
    for (const time of ['made', 'cached']) {
      expect({ time, ...(await project.tsrace([name])) }).toEqual({ time, ...plain });
    }
  });

  test('a function without a name is not named after code of ours', async () => {
    project.write({
      'unnamed.cjs': `'use strict';
function Promised(handler) {
  const list = [];
  this.add = function (f) { list.push(f); };
  const resolve = function (x) { list.forEach(function (f) { f(x); }); };
  handler(function (result) { list[0]; resolve(result); }, function (e) { list[1]; throw e; });
}
let done;
new Promised(function (resolve, reject) { done = { resolve, reject }; })
  .add(function () { console.log(new Error('x').stack.split('\\n').slice(0, 7).join('\\n')); });
new Promised(function (resolve) { resolve(1); const f = resolve; done.method = f; });
const promised = new Promised(function (resolve) { done.again = resolve; });
promised.add(function () { console.log(new Error('y').stack.split('\\n').slice(0, 7).join('\\n')); });
done.again(1);
const { again } = done;
again(2);
new done.again(3);
`,
    });
    expect(await project.tsrace(['unnamed.cjs'])).toEqual(await project.node(['unnamed.cjs']));
  });

  test('all that shows a stack shows what it does in a plain run', async () => {
    project.write({
      // behind a wait: before it, whether Node's tick is on the stack is chance where a thread loads modules
      'stacks.mjs': `await new Promise(setImmediate);
const list = [1, 2]; function top() { list[0]++; list[1] = list[0] + 1; throw new Error('top ' + list[1]); }
console.log(Object.getOwnPropertyNames(Error).join(), String(Error.prepareStackTrace), Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'));
const old = Error.prepareStackTrace;
Error.prepareStackTrace = (e, sites) => \`\${e.message} \${sites.slice(0, 2).map((site) => site.getFunctionName())}\`;
try { list[0]++; top(); } catch (e) { console.log(e.stack); }
Error.prepareStackTrace = old;
console.log(Error.prepareStackTrace === old);
for (const limit of [0, 1, 2, Infinity]) {
  Error.stackTraceLimit = limit; try { list[0]++; top(); } catch (e) { console.log(limit, e.stack); }
}
Error.stackTraceLimit = 3;
const holder = {}; list[0]++; Error.captureStackTrace(holder); console.log(holder.stack);
function outer() { list[0]++; const h = {}; Error.captureStackTrace(h, outer); return h.stack; } list[1] += 1; console.log(outer());
try { try { list[0]++; top(); } catch (cause) { list[1]++; throw new Error('outer', { cause }); } } catch (e) { console.log(e); }
list[0]++; console.log(new AggregateError([new Error('a'), new TypeError('b')], 'many'));
list[0]++; console.trace('traced %d', list[0]);
list[0]++; console.warn(new Error('warned').stack);
list[0]++; Promise.reject(new RangeError('late'));
`,
    });
    for (const time of ['made', 'cached']) {
      expect({ time, ...(await project.tsrace(['stacks.mjs'])) }).toEqual({
        time,
        ...(await project.node(['stacks.mjs'])),
      });
    }
  });

  test('a program that formats stacks itself gets its own positions, and no site of ours', async () => {
    project.write({
      'formats.cjs': `// user's own prepareStackTrace, structured sites
const a = [1];
function inner(i) { a[i]++; a[i] = a[0] + a[i]; throw new Error('x' + a[i]); }
function outer() { a[0]++; return inner(0); }
const old = Error.prepareStackTrace;
Error.prepareStackTrace = (e, s) => s.slice(0, 4).map((c) => [c.getFunctionName(), c.getFileName(), c.getLineNumber(), c.getColumnNumber(), c.isNative(), c.isEval(), c.isConstructor(), c.getTypeName(), c.getMethodName(), String(c)].join('|')).join('\\n');
try { outer(); } catch (e) { console.log(e.stack.split('\\n').slice(0, 5).join('\\n')); }
const o = { m() { a[0]++; const h = {}; Error.captureStackTrace(h); return h.stack; } };
console.log(o.m());
class K { constructor() { a[0]++; this.h = new Error('k').stack; } static s() { a[0]++; return new Error('s').stack } async as() { await 1; a[0]++; return new Error('as').stack; } }
console.log(new K().h); console.log(K.s());
Error.prepareStackTrace = (e, s) => s;
{ a[0]++; const s = new Error('q').stack; console.log(Array.isArray(s), s[0].constructor.name, s[0].getLineNumber(), s[0].getColumnNumber(), s[0].getFileName(), Object.prototype.toString.call(s[0]), s[0].getThis(), typeof s[0].getFunction(), s[0].getPosition?.() > 0, s[0].getScriptNameOrSourceURL(), s[0].getEvalOrigin(), s[0].getPromiseIndex(), s[0].isAsync(), s[0].isToplevel(), s[0].getEnclosingLineNumber?.(), s[0].getEnclosingColumnNumber?.()); }
Error.prepareStackTrace = undefined;
try { outer(); } catch (e) { console.log(e.stack.split('\\n').slice(0, 5).join('\\n')); }
Error.prepareStackTrace = old;
try { outer(); } catch (e) { console.log(e.stack.split('\\n').slice(0, 5).join('\\n')); }
new K().as().then(console.log);
console.log(Error.prepareStackTrace === old, Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'), Reflect.getOwnPropertyDescriptor(Error, 'prepareStackTrace').value === old);
const mine = (e, s) => s.length; Error.prepareStackTrace = mine; console.log(Error.prepareStackTrace === mine, new Error('n').stack > 3, Object.keys(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')).join(), mine(0, []));
`,
    });
    for (const flags of [[], ['--enable-source-maps']]) {
      const args = [...flags, 'formats.cjs'];
      expect({ flags, ...(await project.tsrace([process.execPath, ...args])) }).toEqual({
        flags,
        ...(await project.node(args)),
      });
    }
  });

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: programs in strings
  test.for([
    ['throws.cjs', 'function f(a, i) {\n\ta[i] = 1; throw new Error(`no ${a[i]}`);\n}\nf([], 0);\n'],
    ['throws.mjs', 'function f(a, i) {\n  a[i] = 1; throw new TypeError(`no ${a[i]}`);\n}\nf([], 0);\n'],
    ['null.cjs', 'const a = [null];\nconsole.log(a[0].x);\n'],
    ['rejects.cjs', 'const a = [1];\nPromise.reject(Object.assign(new Error(`${a[0]}`), { code: a[0] }));\n'],
    ['later.cjs', 'setTimeout((a) => { throw Object.assign(new Error(`${a[0]}`), { a }); }, 1, [1]);\n'],
    [
      'custom.cjs',
      'class Mine extends Error {}\nconst a = [1]; a[0]++;\nthrow new Mine("x", { cause: new Error("y") });\n',
    ],
    ['value.cjs', 'throw 3;\n'],
    ['asserts.cjs', "const a = [1]; a[0]++;\nrequire('node:assert').strictEqual(a[0], 3);\n"],
    [
      'names.mjs',
      "import fs from 'node:fs'; const a = [1]; a[0]++;\nimport { noSuch,\n  other as that } from './names-dep.mjs'; console.log(noSuch, a[0]);\n",
    ],
    ['re-exports.mjs', "const a = [1]; a[0]++; export { default } from './names-dep.mjs';\n"],
    [
      'handled.cjs',
      'process.on("uncaughtException", (e) => console.log(e.message));\nsetTimeout(() => { throw new Error("later") }, 1);\nthrow new Error("now");\n',
    ],
    ['exits.cjs', 'process.on("exit", () => { process.exitCode = 4 });\nthrow new Error("now");\n'],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: programs in strings
  ])('%s: uncaught, everything is as in a plain run', async ([name, code]) => {
    project.write({ [name!]: code!, 'names-dep.mjs': 'const a = [1]; a[0]++;\n' });
    expect(await project.tsrace([name!])).toEqual(await project.node([name!]));
  });

  test.for([
    'no-such.js',
    'no-such.ts',
    'folder',
    'package',
    'requires.cjs',
    'imports.mjs',
    'bare.mjs',
    'links.mjs',
  ])('%s: what cannot be found is told as by Node', async (name) => {
    project.write({
      'folder/note.txt': '',
      'package/package.json': '{ "name": "no-main" }',
      'requires.cjs': "require('./no-such.cjs');\n",
      'imports.mjs': "import './no-such.mjs';\n",
      'bare.mjs': "import 'no-such-package';\n",
      'links.mjs': "import { sep, noSuchName } from 'node:path';\nconsole.log([1][0], sep, noSuchName);\n",
    });
    const plain = await project.node(['--stack-trace-limit=4', name]);
    const checked = await project.tsrace([process.execPath, '--stack-trace-limit=4', name]);
    if ('registerHooks' in Module || !/imports|bare/.test(name)) return expect(checked).toEqual(plain);
    // Node 20 resolves in a thread of its own where there are hooks
    const message = /^Error \[ERR_MODULE_NOT_FOUND\].*/m;
    expect(message.exec(checked.stderr)?.[0]).toBe(message.exec(plain.stderr)![0]);
    expect(checked).toMatchObject({ code: 1, stderr: expect.not.stringContaining(dirname(REGISTER)) });
  });

  test.for<[name: string, code: string]>([
    ['bad.cjs', 'const a = 1;\nconst b = ;\n'],
    ['bad.mjs', 'const a = 1;\nconst b = ;\n'],
    ['twice.mjs', 'await 1; let a = [1]; a[0]++;\nlet a = 2;\n'],
    ['expression.cjs', 'const a = [1]; a[0]++; const b = /(/;\n'],
    ['strict.mjs', 'with (a) {}\n'],
    ['break.cjs', 'let a = [1]; a[0]++; return;\nfor (;;) break x;\n'],
    [
      'caught.cjs',
      "for (const name of ['./bad.cjs', './expression.cjs', './break.cjs']) {\n  try { require(name); } catch (e) { console.log(e instanceof SyntaxError, e.message, e.stack); }\n}\n",
    ],
    [
      'dynamic.mjs',
      "for (const name of ['./bad.cjs', './bad.mjs', './strict.mjs']) {\n  await import(name).catch((e) => console.log(e instanceof SyntaxError, e.message, e.stack));\n}\n",
    ],
    [
      'workers.mjs',
      "import { Worker } from 'node:worker_threads'; import { once } from 'node:events';\nfor (const [code, options] of [['./bad.cjs'], ['./bad.mjs'], ['let x = ;', { eval: true }], ['let a = [1]; a[0]++; let b = /(/', { eval: true }]]) {\n  const [e] = await once(new Worker(code, options), 'error').catch((e) => [e]);\n  console.log(e.name, e.message, e.stack);\n}\n",
    ],
  ])('%s: a syntax error in JavaScript is Node’s own', async ([name, code]) => {
    project.write({ [name]: code });
    const args = ['--stack-trace-limit=2', name];
    expect(await project.tsrace([process.execPath, ...args])).toEqual(await project.node(args));
  });

  test.for(['bad.mts', 'bad.cts', 'imports-bad.mjs'])('%s: a syntax error in TypeScript', async (name) => {
    project.write({
      'bad.mts': 'const a: number = 1;\nconst b: string = ;\n',
      'bad.cts': 'const a: number = 1;\nconst b: string = ;\n',
      'imports-bad.mjs': "import './bad.mts';\n",
    });
    const checked = await project.tsrace([process.execPath, '--stack-trace-limit=2', name]);
    // Node 20 has no answer of its own
    if ('registerHooks' in Module)
      return expect(checked).toEqual(await project.node(['--stack-trace-limit=2', name]));
    expect(checked).toMatchObject({ code: 1, stderr: expect.not.stringContaining(DIST) });
    const file = join(project.root, name.replace('imports-bad.mjs', 'bad.mts'));
    expect(checked.stderr.split('\n    at ')[0]!.trimEnd().split('\n').slice(0, 5)).toEqual([
      `${file}:2`,
      'const b: string = ;',
      `${' '.repeat(18)}^`,
      '',
      'SyntaxError: Unexpected token',
    ]);
  });
});

describe('TypeScript that is no module and uses what only modules have', () => {
  const text =
    "import { join } from 'node:path';\ninterface Path { a: string }\nconst here: string = LINE;\njoin(here);\n";
  test.for([
    ['import.meta', 'import.meta.url', "Cannot use 'import.meta' outside a module", 21],
    ['await', 'await Promise.resolve(join(here))', 'await is only valid in async functions', 21],
  ] as const)('%s', async ([name, line, message, column]) => {
    const file = `commonjs/${name}.ts`;
    project.write({
      'commonjs/package.json': '{ "type": "commonjs" }',
      [file]: text.replace('LINE', line),
    });
    const checked = await project.tsrace([process.execPath, file]);
    // Node 20 has no answer of its own
    if ('registerHooks' in Module) {
      const withoutPid = ({ stderr, ...rest }: typeof checked) => ({
        ...rest,
        stderr: stderr.replace(/\(node:\d+\)/g, ''),
      });
      return expect(withoutPid(checked)).toEqual(withoutPid(await project.node([file])));
    }
    const { code, stderr } = checked;
    expect(stderr).toContain(
      [`${join(project.root, file)}:3`, `const here: string = ${line};`, `${' '.repeat(column)}^`].join('\n'),
    );
    expect(stderr).toContain(`SyntaxError: ${message}`);
    expect(stderr).not.toContain('__tsrace');
    expect(code).toBe(1);
  });
});

describe('compiled code', () => {
  const source = `interface Wide {
  name: string;
}

enum Kind {
  A,
}

${CJS}const wide: Wide = { name: 'x' };
const list: number[] = [Kind.A];
const seen = { get first(): number { return view[0]!++; } };
const view: Int32Array = isMainThread ? new Int32Array(new SharedArrayBuffer(4)) : workerData;
if (isMainThread) new Worker(file, { workerData: view }).on('exit', () => console.log('done'));
seen.first;
function fail(i: number): never { list[i]!++; throw new Error(wide.name + list[i]); }
try { fail(0); } catch (e) { console.log((e as Error).stack!.split('\\n').slice(0, 3).join('\\n')); }
`;

  test.for(['inline', 'external'] as const)(
    '%s source map: reports are of the source, stacks as in a plain run',
    async (sourcemap) => {
      const name = `compiled-${sourcemap}`;
      const { code, map } = transformSync(source, {
        loader: 'ts',
        format: 'cjs',
        sourcemap,
        sourcefile: `${name}.ts`,
      });
      const reference = sourcemap === 'inline' ? '' : `//# sourceMappingURL=${name}.cjs.map\n`;
      project.write({ [`${name}.cjs`]: code + reference, [`${name}.cjs.map`]: map, [`${name}.ts`]: source });
      const plain = await project.node([`${name}.cjs`]);
      const checked = await check([`${name}.cjs`]);
      expect(checked.stdout).toBe(plain.stdout);
      expect(places(checked.document)).toEqual([Array(2).fill(`${name}.ts:13:45`)]);
      expect(checked.document.races[0]!.accesses[0].frames[1]).toMatchObject({
        file: `${name}.ts`,
        line: 16,
      });
      expect(checked.document.summary.uninstrumented).toEqual([]);
    },
  );

  test.for<[what: string, map: string, reason: RegExp]>([
    ['garbage', '{ "version": 3, "mapp', /JSON/],
    ['version', '{ "version": 2, "sources": ["a.ts"], "names": [], "mappings": "AAAA" }', /version 2/],
    ['number', '7', /version undefined/],
    [
      'range',
      '{ "version": 3, "sources": ["a.ts"], "names": [], "mappings": "AAAA;AEAA" }',
      /a source that is not there/,
    ],
    ['letters', '{ "version": 3, "sources": ["a.ts"], "names": [], "mappings": 5 }', /./],
  ])('a broken source map (%s) is ignored, and named', async ([what, map, reason]) => {
    for (const inline of [true, false]) {
      const name = `broken-${what}-${inline}.cjs`;
      const url = inline
        ? `data:application/json;base64,${Buffer.from(map).toString('base64')}`
        : 'broken.map';
      project.write({ [name]: `${CJS}${body()}//# sourceMappingURL=${url}\n`, 'broken.map': map });
      for (const time of ['made', 'cached']) {
        const { document, code } = await check([name]);
        expect({ time, code, places: places(document) }).toEqual({
          time,
          code: 66,
          places: [[`${name}:6:3`, `${name}:9:28`]],
        });
        expect(document.summary.uninstrumented).toEqual([
          {
            what: join(project.root, name),
            why: expect.stringMatching(/^its source map cannot be used \(.*\): reports show/),
          },
        ]);
        expect(document.summary.uninstrumented[0]!.why).toMatch(reason);
      }
    }
  });

  test('a source map that is not there is no matter', async () => {
    project.write({ 'dangling.cjs': `${CJS}${body()}//# sourceMappingURL=gone.map\n` });
    const { document } = await check(['dangling.cjs']);
    expect(places(document)).toEqual([['dangling.cjs:6:3', 'dangling.cjs:9:28']]);
    expect(document.summary.uninstrumented).toEqual([]);
  });
});

describe('code made at run time', () => {
  const program = `const { Worker, isMainThread, workerData } = require('node:worker_threads');
const view = isMainThread ? new Int32Array(new SharedArrayBuffer(64)) : workerData;
const apply = Function;
function make(i) {
  eval(\`view[i] = 1;
view[i + 1]++\`);
  (0, eval)('(v) => { v[2] += 5 }')(view);
  new Function('a', 'i', 'const x = a[i];\\nreturn a[i] = x + 1')(view, 3);
  Function('return (v) => { for (let i = 4; i < 6; i++) v[i] = 1; }')()(view);
}
if (isMainThread) new Worker(__filename, { workerData: view });
make(0);
`;

  test('by eval and Function is instrumented', async () => {
    project.write({ 'made.cjs': program });
    const { document, code } = await check(['made.cjs']);
    expect(code).toBe(66);
    const found = document.races.map(({ accesses: [{ frames }] }) => frames[0]!);
    expect([...new Set(found.map(({ file, line }) => `${file}:${line}`))].sort()).toEqual([
      'made.cjs (Function at line 8):3',
      'made.cjs (Function at line 8):4',
      'made.cjs (Function at line 9):3',
      'made.cjs (eval at line 5):1',
      'made.cjs (eval at line 5):2',
      'made.cjs (eval at line 7):1',
    ]);
    expect(document.summary.uninstrumented).toEqual([]);
  });

  test('what cannot be instrumented is named, where memory is shared', async () => {
    const odd = "const f = new Function('{ a = [1] } = {}', 'return a[0]'); f(); new Function('a.', 'a[');";
    project.write({
      'odd.cjs': `try { ${odd} } catch (e) { console.log(e.name); }\n`,
      'odd-shared.cjs': `${program}try { ${odd} } catch (e) { console.log(e.name); }\n`,
    });
    const alone = await check(['odd.cjs']);
    expect(alone).toMatchObject({ code: 0, stdout: 'SyntaxError\n', stderr: '' });
    expect(alone.document.summary.uninstrumented).toEqual([]);
    const shared = await check(['odd-shared.cjs']);
    expect(shared.document.summary.uninstrumented).toEqual([
      {
        what: `${join(project.root, 'odd-shared.cjs')} (Function at line 13)`,
        why: 'code made by Function was not instrumented: its parameters are not plain names',
      },
    ]);
  });

  test('is as in a plain run', async () => {
    project.write({
      'made-plain.cjs': `let n = [1];
const log = [];
function f(a, b) { 'use strict'; let c = 3; return [eval('c += a[0]; c'), eval('var hidden = b[0]; hidden'), typeof hidden, (0, eval)('typeof c'), eval(), eval(7), eval('this === undefined')]; }
console.log(f([1], [2]));
function g() { eval('var shown = n[0]++'); return [shown, n[0], eval('arguments.length + arguments[0]'), eval('new.target === undefined')]; }
console.log(g(5));
function k(code) { function n() { return 1; } let seen = eval(code); return [seen, typeof n === 'function' ? [n.name, n.length, n()] : n, typeof m]; }
for (const code of ['var n = 2', '5; var n = 2, m = 1', 'var n; 3', 'var { n, m } = [7] && { n: [7][0] }', 'for (var n of [1, 2]);', 'function n(a) { return [a, 3] } 1', 'log; function m() {} // n', '{ var n = [4][0]; n }', '"use strict"; var n = 2; n', 'function (', 'let n = 5; n']) {
  try { console.log(k(code)); } catch (e) { console.log(e.name, e.message); }
  try { console.log(eval(k.toString().replace('{', '{ "use strict";').replace('k', ''))(code)); } catch (e) { console.log(e.name, e.message); }
}
class A { #x = [1]; get() { return eval('this.#x[0]'); } up() { return eval('super.toString()[0]'); } }
console.log(new A().get(), new A().up());
console.log((0, eval)('var made = [1]; made[0] + 1'), made, delete globalThis.made);
const h = new Function('a', 'b', '"use strict"; // comment\\n return [this, a[b], arguments.length] // end');
console.log(h([1], 0), h.name, h.length, Object.getPrototypeOf(h) === Function.prototype, new Function().toString(), h instanceof Function);
{ const Function = (...args) => args; console.log(Function('a', 'a[0]'), new Function.constructor('a', 'return a[0]')([4])); }
{ const eval_ = eval; console.log(eval_('[1][0]'), eval?.('[1][0]')); }
console.log(Function('a,b', 'c', 'return [a, b, c]')(1, 2, 3), Function(...['a', 'return a[0]'])([6]), Function({ toString() { log.push('x'); return 'return [1][0]'; } })(), log);
for (const make of [() => eval('null[[1][0]]'), () => new Function('a', '\\nreturn null[a[0]]')([1]), () => { throw new Error(eval('[1][0]')) }]) {
  try { make(); } catch (e) { console.log(e.message, e.stack.split('\\n').length, e.stack.split('\\n').filter((line) => line.includes('made-plain')).join('\\n').replace(/<anonymous>:(\\d+):\\d+/g, '$1')); }
}
for (const bad of ['[', 'let a = [1]; let a', 'return [1]']) { try { eval(bad); } catch (e) { console.log(e.name, e.message); } }
try { new Function('[', ''); } catch (e) { console.log(e.name, e.message); }
`,
    });
    expect(await project.tsrace(['made-plain.cjs'])).toEqual(await project.node(['made-plain.cjs']));
  });
});

test("the program's own hooks of modules run", async () => {
  using own = new Project({
    'hooks.mjs': `const seen = [];
export async function resolve(specifier, context, next) {
  seen[0] = specifier;
  if (seen[0] === 'virtual:seven') return { url: 'data:text/javascript,export default 7', shortCircuit: true };
  return next(specifier, context);
}
`,
    'main.mjs': `import { register } from 'node:module';
register('./hooks.mjs', import.meta.url);
register('data:text/javascript,const a = []; export async function resolve(s, c, n) { a[0] = s; return n(a[0], c); }');
console.log((await import('virtual:seven')).default);
`,
  });
  const plain = await own.node(['main.mjs']);
  expect(plain).toMatchObject({ code: 0, stdout: '7\n' });
  expect(await own.tsrace(['main.mjs'])).toEqual(plain);
});

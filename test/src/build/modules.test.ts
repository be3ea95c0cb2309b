/** What becomes of one module of a bundler's. */
import { describe, expect, test } from 'vitest';
import { fileOf } from '../../../src/build/bundler/ids.ts';
import { Modules } from '../../../src/build/bundler/modules.ts';
import { checkOptions } from '../../../src/build/bundler/options.ts';
import { Project } from '../project.ts';

describe('ids', () => {
  test.for([
    ['/a/b.ts', '/a/b.ts'],
    ['/a/b.js?v=1234', '/a/b.js'],
    ['/a/w.ts?worker_file&type=module', '/a/w.ts'],
    ['/a/App.vue', '/a/App.vue'],
    ['/a/App.vue?vue&type=script&setup=true&lang.ts', '/a/App.vue'],
    ['/a/App.svelte', '/a/App.svelte'],
    ['/a/App.vue?vue&type=style&index=0&lang.css'],
    ['/a/b.ts?raw'],
    ['/a/b.ts?url'],
    ['/a/w.ts?worker'],
    ['/a/w.ts?worker&inline'],
    ['/a/w.ts?sharedworker'],
    ['/a/b.css'],
    ['/a/b.json'],
    ['/@react-refresh'],
    ['\0virtual'],
    ['\0/a/b.js?commonjs-module'],
    ['virtual:x.js'],
    ['b.ts'],
  ])('%j is %j', ([id, file]) => {
    expect(fileOf(id!)).toBe(file);
  });
});

test('options that are right', () => {
  for (const options of [
    {},
    { enabled: false },
    { include: 'a', exclude: ['b', 'c'] },
    { target: 'node' as const },
  ])
    expect(() => checkOptions(options)).not.toThrow();
});

describe('modules', () => {
  const instrument = (
    project: Project,
    name: string,
    given: Partial<Parameters<Modules['instrument']>[0]> = {},
    options = {},
  ): { code: string | undefined; said: string[] } => {
    const said: string[] = [];
    const id = `${project.root}/${name}`;
    const modules = new Modules(options, project.root);
    const made = modules.instrument({ code: project.read(name), id, target: 'browser', ...given }, (line) =>
      said.push(line),
    );
    return { code: made?.code, said };
  };

  test('import the runtime first, and tell their sites', () => {
    using project = new Project({
      'src/a.ts': 'import x from "x";\nexport const f = (v: Int32Array) => v[0];\n',
    });
    const { code, said } = instrument(project, 'src/a.ts');
    expect(said).toEqual([]);
    expect(code).toMatch(
      /^import \{ tsraceHooks \} from "[^"]*\/web\.js";tsraceHooks\.module\(\d+,"\w+",\{"file":"src\/a\.ts"/,
    );
  });

  test('of CommonJS require it', () => {
    using project = new Project({ 'a.js': '"use strict"; exports.f = (v) => v[0];\n' });
    expect(instrument(project, 'a.js').code).toMatch(
      /^"use strict";require\("[^"]*\/web\.js"\);__tsrace\.module\(/,
    );
    expect(instrument(project, 'a.js', { modulesOnly: true }).code).toMatch(/^"use strict";import /);
    expect(instrument(project, 'a.js', { target: 'node', bareCommonJS: true }).code).toMatch(
      /^"use strict";__tsrace\.module\(/,
    );
  });

  test('that say neither may be modules', () => {
    using project = new Project({ 'a.js': 'onmessage = ({ data }) => data[0]++;\n' });
    expect(instrument(project, 'a.js').code).toMatch(/^import /);
    const { code } = instrument(project, 'a.js', { classic: '/@x.js' });
    expect(code).toMatch(/^importScripts\("\/@x\.js"\);__tsrace\.module\(/);
  });

  test('are left alone where they are instrumented already, excluded, or of a package without shared memory', () => {
    using project = new Project({
      'a.js': 'v[0]++;\n',
      'done.js': '__tsrace.d;\n',
      'node_modules/p/package.json': '{ "name": "p" }',
      'node_modules/p/i.js': 'export const f = (v) => v[0];\n',
      'node_modules/q/package.json': '{ "name": "q" }',
      'node_modules/q/i.js': 'export const f = (v) => Atomics.load(v, 0) + v[1];\n',
    });
    expect(instrument(project, 'done.js').code).toBeUndefined();
    expect(instrument(project, 'a.js', {}, { exclude: 'a.js' }).code).toBeUndefined();
    expect(instrument(project, 'node_modules/p/i.js').code).toBeUndefined();
    expect(instrument(project, 'node_modules/p/i.js', {}, { include: ['p'] }).code).toContain('__tsrace');
    expect(instrument(project, 'node_modules/q/i.js').code).toContain('__tsrace');
  });

  test('that do not parse stay, and it is said', () => {
    using project = new Project({ 'a.ts': 'let = = ;\n' });
    const { code, said } = instrument(project, 'a.ts');
    expect(code).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/a\.ts is not instrumented: .*\(1:\d+\)/)]);
  });

  test('of which no map tells where they come from are said, once', () => {
    using project = new Project({ 'a.ts': 'export const f = (v: Int32Array): number => v[0]!;\n' });
    const { code, said } = instrument(project, 'a.ts', { code: 'export const f = (v) => v[0];\n' });
    expect(code).toContain('export const f = (v) => v[0];');
    expect(said).toEqual([expect.stringContaining('without a source map')]);
  });

  test('keep JSX and what bundlers look for', () => {
    using project = new Project({
      'a.tsx': `export const a = <p>{v[0]}</p>;
new Worker(new URL('./w.ts', import.meta.url), { type: 'module' });
import.meta.hot?.accept('./b.ts', () => {});
const all = import.meta.glob('./x/*.ts', { eager: true });
import('./lazy.ts');
`,
    });
    const code = instrument(project, 'a.tsx', { keepsJsx: true }).code!;
    for (const text of [
      '<p>{',
      "new Worker(new URL('./w.ts', import.meta.url), { type: 'module' })",
      "import.meta.hot?.accept('./b.ts',",
      "import.meta.glob('./x/*.ts', { eager: true })",
      "import('./lazy.ts')",
    ])
      expect(code.slice(code.indexOf('\n'))).toContain(text);
  });
});

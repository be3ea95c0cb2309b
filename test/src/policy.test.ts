/** Which files `include` and `exclude` mean, as users write them. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Policy } from '../../src/loader/policy.ts';
import { defaults, parsePairs } from '../../src/options.ts';
import { Project } from './project.ts';

let project: Project;
const STORE = 'node_modules/.pnpm/lib@1.0.0/node_modules/lib';

beforeAll(() => {
  project = new Project({
    'app/[id]/{a,b} (c)/package.json': '{}',
    [`app/[id]/{a,b} (c)/${STORE}/package.json`]: '{ "name": "lib", "version": "1.0.0" }',
    [`app/[id]/{a,b} (c)/${STORE}/index.js`]: '',
    'packages/shared/src/a.ts': '',
  });
  mkdirSync(join(root(), 'node_modules/@team'));
  symlinkSync('.pnpm/lib@1.0.0/node_modules/lib', join(root(), 'node_modules/lib'));
  symlinkSync('../../../../../packages/shared', join(root(), 'node_modules/@team/shared'));
});
afterAll(() => project[Symbol.dispose]());

/** Its name is full of what globs are made of. */
const root = (): string => join(project.root, 'app/[id]/{a,b} (c)');

type Globs = { include?: string[]; exclude?: string[] };

function wants(file: string, globs: Globs): boolean {
  const directory = root();
  const policy = new Policy({ include: [], exclude: [], ...globs, directory }, '/tsrace', () => {});
  return policy.wants(join(directory, file));
}

describe('exclude', () => {
  test.for<[globs: string[], excluded: string[], others?: string[]]>([
    [['src/a.ts'], ['src/a.ts', 'x/src/a.ts'], ['src/a.tsx', 'xsrc/a.ts']],
    [['./src/a.ts'], ['src/a.ts'], ['x/src/a.ts']],
    [['src/*.ts'], ['src/a.ts', 'src/.a.ts'], ['src/x/a.ts']],
    [['**/*.{cjs,mjs}'], ['a.cjs', 'x/y/a.mjs'], ['a.js']],
    [['s{rc,x}/{a,b}.ts'], ['src/a.ts', 'sx/b.ts'], ['src/c.ts']],
    [['src'], ['src/a.ts', 'src/x/a.ts', 'x/src/a.ts'], ['srcs/a.ts', 'src.ts']],
    [['src/'], ['src/a.ts', 'src/x/a.ts']],
    [['./src'], ['src/a.ts'], ['x/src/a.ts']],
    [['s*'], ['src/a.ts', 'sx', 'x/src/a.ts'], ['a.ts']],
    [['../other/**'], ['../other/a.ts'], ['other/a.ts']],
    [['..'], ['a.ts', '../a.ts'], ['../../a.ts']],
    [['.'], ['a.ts', 'src/a.ts'], ['../a.ts']],
    [['src/[id]/a.ts'], ['src/[id]/a.ts', 'src/i/a.ts'], ['src/x/a.ts']],
    [['!src/**'], ['a.ts', 'lib/a.ts'], ['src/a.ts', 'src/x/a.ts']],
    [['src/**', '!src/keep.ts'], ['src/a.ts'], ['src/keep.ts', 'a.ts']],
    [['!src/keep.ts', 'src/**'], ['src/a.ts'], ['src/keep.ts', 'a.ts']],
    [['!(lib)/a.ts'], ['src/a.ts'], ['lib/a.ts']],
    [['nothing/**'], [], ['a.ts']],
    [['['], [], ['a.ts']],
    [['(('], [], ['a.ts']],
    [['a b/*'], ['a b/c.ts'], ['ab/c.ts']],
  ])('%j', ([exclude, excluded, others = []]) => {
    const seen = [...excluded, ...others].map((file) => [file, wants(file, { exclude })]);
    expect(seen).toEqual([...excluded.map((file) => [file, false]), ...others.map((file) => [file, true])]);
  });

  test('by the whole path', () => {
    expect(wants('src/a.ts', { exclude: [`${project.root}/app/**/src/a.ts`] })).toBe(false);
    expect(wants('src/a.ts', { exclude: [`${root()}/src/a.ts`] })).toBe(false);
    expect(wants('src/a.ts', { exclude: ['/src/a.ts'] })).toBe(true);
  });

  test('wins over include', () => {
    const globs = { include: ['lib'], exclude: ['**/index.js'] };
    expect(wants(`${STORE}/index.js`, globs)).toBe(false);
    expect(wants(`${STORE}/other.js`, globs)).toBe(true);
  });
});

describe('include', () => {
  test.for([
    'lib',
    'lib/**',
    '**/lib/**',
    'node_modules/lib',
    'node_modules/lib/',
    'node_modules/lib/**',
    './node_modules/lib/index.js',
    '../*/node_modules/**',
    'node_modules/{lib,other}/**',
    '**',
    '*',
    '!other',
  ])('%s takes the package, where pnpm put it', (glob) => {
    expect(wants(`${STORE}/index.js`, { include: [glob] })).toBe(true);
  });

  test.for(['li', 'lib/other.js', 'index', '!lib', './lib', 'nothing/**'])('%s does not', (glob) => {
    expect(wants(`${STORE}/index.js`, { include: [glob] })).toBe(false);
  });

  test('a linked workspace package is meant by its name here, too', () => {
    const file = '../../../packages/shared/src/a.ts';
    expect(wants(file, { exclude: ['node_modules/@team/shared'] })).toBe(false);
    expect(wants(file, { exclude: ['node_modules/@team/shared/src/*.ts'] })).toBe(false);
    expect(wants(file, { exclude: ['node_modules/@team/other'] })).toBe(true);
  });
});

test('globs of TSRACE', () => {
  const options = defaults();
  parsePairs(`include=lib exclude="a b/*" exclude='src/{a,b}.ts' exclude=!src/b.ts`, options);
  const files = [`${STORE}/index.js`, 'a b/c.ts', 'src/a.ts', 'src/b.ts'];
  expect(files.map((file) => wants(file, options))).toEqual([true, false, false, true]);
});

describe('a package', () => {
  test.for<[code: string, wanted: boolean]>([
    ['new SharedArrayBuffer(8)', true],
    ['Atomics.load(view, 0)', true],
    ['memory || new WebAssembly.Memory({initial:18,maximum:16384,shared:true})', true],
    ['new WebAssembly.Memory({ initial: 18 }); const shared = 1', false],
    ['export const MyAtomics = 1', false],
  ])('with %j: %s', ([code, wanted]) => {
    const package_ = new Project({
      'node_modules/lib/package.json': '{ "name": "lib", "version": "1.0.0" }',
      'node_modules/lib/index.js': code,
    });
    try {
      const policy = new Policy({ include: [], exclude: [], directory: package_.root }, '/tsrace', () => {});
      expect(policy.wants(join(package_.root, 'node_modules/lib/index.js'))).toBe(wanted);
    } finally {
      package_[Symbol.dispose]();
    }
  });
});

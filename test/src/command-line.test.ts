/** Programs that are no files: they run as under Node, and their accesses are seen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RaceDocument } from '../../src/index.ts';
import { type Outcome, Project, type RunOptions } from './project.ts';

let project: Project;
beforeAll(() => {
  project = new Project({
    'package.json': '{}',
    'dep.cjs': 'exports.x = 1;\n',
    'dep.mjs': 'export const x = 2;\n',
  });
});
afterAll(() => project[Symbol.dispose]());

/** Races with a worker at line 4. */
const RACE = `const { Worker } = require('node:worker_threads');
const view = new Int32Array(new SharedArrayBuffer(4));
new Worker('require("node:worker_threads").workerData[0]++', { eval: true, workerData: view });
view[0]++; view.length`;

async function documentOf(
  args: string[],
  options?: RunOptions,
): Promise<RaceDocument & { outcome: Outcome }> {
  const json = join(project.root, 'out.json');
  const outcome = await project.tsrace(['--json', json, process.execPath, ...args], options);
  return { ...(JSON.parse(readFileSync(json, 'utf8')) as RaceDocument), outcome };
}

describe('a race is found', () => {
  test.for<[args: string[], input: string | undefined, name: string, stdout: string]>([
    [['-e', RACE], undefined, '[eval]', ''],
    [['-p', RACE], undefined, '[eval]', '1\n'],
    [['-pe', `/\\bcrypto\\b/; ${RACE}`], undefined, '[eval]', '1\n'],
    [['--eval', `crypto.randomUUID();${RACE}`, 'word'], undefined, '[eval]', ''],
    [[], RACE, '[stdin]', ''],
    [['-', 'word'], RACE, '[stdin]', ''],
  ])('node %j', async ([args, input, name, stdout]) => {
    const { races, summary, outcome } = await documentOf(args, input === undefined ? {} : { input });
    expect(outcome).toMatchObject({ code: 66, stdout });
    expect(summary.uninstrumented).toEqual([]);
    const [access] = races[0]!.accesses.filter(
      ({ thread }) => thread.startsWith('main') || thread.endsWith(':0'),
    );
    expect({ file: access!.frames[0]!.file, line: access!.frames[0]!.line }).toEqual({ file: name, line: 4 });
  });
});

const PROGRAMS = [
  'var a = [1]; let b = a[0]++; const c = 2; function f(i) { return a[i]; } console.log(f(0), b, c, this.a, globalThis.f === f)',
  'const a = [7]; a[0]++',
  '"use strict"; const a = [7]; (() => typeof this)() + a[0]',
  'import("./dep.mjs").then(({ x }) => console.log([x][0])); require("./dep.cjs")',
  '[__filename, __dirname, module.id, module.paths.length, typeof exports, process.argv.length, process._eval, process.execArgv]',
  'const a = [1];\n a[0]++; null[a[0]].x',
  'const a = [1]; process.on("uncaughtException", (e) => console.log(e.stack.split("\\n").slice(0, 6)));\nthrow new Error("x" + a[0])',
  'let a = ;',
  'const a = [1]; a[0]++; let b = /(/',
  'const a: number[] = [1]; a[0]!++; console.log(a as number[])',
  'throw 3;',
  'crypto.createHash("sha1").update("x").digest("hex")',
  '[typeof fs, typeof path]',
  'setTimeout((a) => console.log(a[0]), 1, [5]); [1, 2][1]',
  'await 1',
  'import { x } from "./dep.mjs"; console.log([x][0], import.meta.url.length)',
];

/** The frames that run such a program are Node's own, and of other names. */
const comparable = ({ stdout, stderr, code }: Outcome): object => ({
  code,
  stdout,
  stderr: stderr.replace(/\n {4}at (?:.*\(?node:|\[(?:eval|stdin)\]-wrapper).*/g, ''),
});

describe('all else is as in a plain run', () => {
  test.for(PROGRAMS)('%s', async (program) => {
    const input = program;
    for (const [args, options] of [
      [['-p', program], {}],
      [['-'], { input }],
    ] as const) {
      const plain = await project.node([...args], options);
      expect({ args, ...comparable(await project.tsrace([process.execPath, ...args], options)) }).toEqual({
        args,
        ...comparable(plain),
      });
    }
  });
});

test.for<[args: string[], input?: string]>([
  [['--input-type=module', '-e', 'import fs from "node:fs"; console.log([1][0])']],
  [['--input-type=module', '-'], 'import fs from "node:fs"; console.log([1][0])'],
])('node %j: an ES module runs, and is named', async ([args, input]) => {
  const { summary, outcome } = await documentOf(args, input === undefined ? {} : { input });
  expect(outcome).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
  expect(summary.uninstrumented).toEqual([{ what: '[eval]', why: expect.stringMatching(/^an ES module /) }]);
});

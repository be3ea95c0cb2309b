/**
 * mocha and jest, played by the few lines of theirs that tsrace goes by. `npm run matrix:runners` runs the real ones.
 */
import { expect, test } from 'vitest';
import { Project } from './project.ts';

const SHARED = `const { Worker } = require('node:worker_threads');
const shared = () => new Int32Array(new SharedArrayBuffer(4));
function run(view) {
  const worker = new Worker('require("node:worker_threads").workerData[0]++', { eval: true, workerData: view });
  return new Promise((resolve) => worker.once('exit', () => resolve()));
}
async function racy() {
  const view = shared();
  const done = run(view);
  view[0]++;
  await done;
}
async function fixed() {
  const view = shared();
  await run(view);
  view[0]++;
}
`;

test('mocha: the test that races ends with an error, and a retry hides no race', async () => {
  using project = new Project({
    'node_modules/mocha/lib/runnable.js': `module.exports = class Runnable {
  constructor(type, title, fn, more) { Object.assign(this, { type, title, fn, file: __filename, ...more }); }
  titlePath() { return ['suite', this.title]; }
  run(ended) { this.fn().then(() => ended(), ended); }
};
`,
    'run.js': `const Runnable = require('mocha/lib/runnable.js');
${SHARED}
const end = (runnable) => new Promise((resolve) => runnable.run(resolve));
(async () => {
  let view;
  const first = new Runnable('test', 'racy', racy);
  const hooked = new Runnable('test', 'with its hook', async () => { const done = run(view); view[0] = 2; await done; });
  const runnables = [
    first,
    new Runnable('test', 'fixed', fixed),
    new Runnable('test', 'racy', async () => {}, { _retriedTest: first }),
    new Runnable('hook', 'before each', async () => { view = shared(); }, { ctx: { currentTest: hooked } }),
    hooked,
    new Runnable('hook', 'before all', racy),
  ];
  for (const runnable of runnables) {
    const error = await end(runnable);
    console.log(runnable.title + ': ' + (error ? error.name : 'passed'));
  }
})();
`,
  });
  const { stdout, stderr, code } = await project.tsrace(['run.js']);
  expect(stdout, stderr).toBe(
    'racy: DataRaceError\nfixed: passed\nracy: DataRaceError\nbefore each: passed\nwith its hook: DataRaceError\nbefore all: passed\n',
  );
  // what is no test's is told at once, by the hook's name; the rest is in the errors
  expect(stderr).toMatch(/by main in hook "suite > before all" \(node_modules\/mocha\/lib\/runnable\.js\):/);
  expect(stderr.match(/WARNING/g)).toHaveLength(1);
  expect(stderr).toContain('  1 data race in test "suite > racy" (');
  expect(code).toBe(66);
});

test('jest: code that it compiles into its contexts is watched, and the test that races has the error', async () => {
  const tests = `${SHARED}
test('racy', racy);
test('fixed', fixed);
test('racy, and tried again', racy);
`;
  using project = new Project({
    'a.test.js': tests,
    'node_modules/jest-runtime/build/index.js': `const vm = require('node:vm');
const { readFileSync } = require('node:fs');
const parameters = ['require', 'test'];
exports.compile = {
  function(file, context) {
    return vm.compileFunction(readFileSync(file, 'utf8'), parameters, { filename: file, parsingContext: context });
  },
  script(file, context) {
    const code = '({"Object.<anonymous>":function(' + parameters + '){' + readFileSync(file, 'utf8') + '\\n}});';
    return new vm.Script(code, { filename: file }).runInContext(context)['Object.<anonymous>'];
  },
};
`,
    'node_modules/jest-circus/build/runner.js': `Object.defineProperty(exports, '__esModule', { value: true });
exports.default = async (globalConfig, config, environment, compile, path) => {
  const root = { name: 'ROOT_DESCRIBE_BLOCK', children: [] };
  const state = { currentDescribeBlock: root };
  const send = (event) => environment.handleTestEvent?.(event, state);
  compile(path, environment.context)(require, (name, fn) => {
    root.children.push({ type: 'test', name, fn, parent: root, errors: [] });
    send({ name: 'add_test' });
  });
  for (const test of root.children) {
    for (const attempt of test.name.includes('again') ? [0, 1] : [0]) {
      test.errors = [];
      if (attempt === 0) await test.fn();
      await send({ name: 'test_done', test });
    }
    console.log(test.name + ': ' + test.errors.map(({ name }) => name));
  }
};
`,
    'run.js': `const vm = require('node:vm');
const { default: runFile } = require('jest-circus/build/runner.js');
const { compile } = require('jest-runtime/build/index.js');
const context = vm.createContext({ console, setTimeout });
runFile({}, {}, { context }, compile[process.argv[2]], require.resolve('./a.test.js'));
`,
  });
  for (const way of ['function', 'script']) {
    const { stdout, stderr, code } = await project.tsrace(['run.js', way]);
    expect(stdout, stderr).toBe('racy: DataRaceError\nfixed: \nracy, and tried again: DataRaceError\n');
    expect(stderr).toBe(
      `  1 data race in test "racy" (a.test.js)\n  1 data race in test "racy, and tried again" (a.test.js)\nFound 1 data race (seen 2 times).\n`,
    );
    expect(code).toBe(66);
  }
});

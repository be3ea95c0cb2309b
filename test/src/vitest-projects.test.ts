/** `tsrace vitest` in projects of other shapes than those of fixtures/projects, made here: packages, and what goes wrong. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Outcome, Project } from './project.ts';

const VITEST = resolve('node_modules/vitest/vitest.mjs');

/** A project with vitest installed, and links from places in node_modules to folders of its own. */
function projectOf(files: Record<string, string>, links: Record<string, string> = {}): Project {
  const project = new Project({ 'package.json': '{ "type": "module" }', ...files });
  const all = { vitest: resolve('node_modules/vitest'), tsrace: resolve('.'), ...links };
  for (const [name, target] of Object.entries(all)) {
    const path = join(project.root, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(resolve(project.root, target), path);
  }
  return project;
}

async function run(
  project: Project,
  args: string[] = [],
  plain = false,
): Promise<Outcome & { output: string }> {
  const env = { NO_COLOR: '1', VITEST: '', FORCE_COLOR: '' };
  const command = ['node', VITEST, 'run', ...args];
  const outcome = await (plain ? project.node(command.slice(1), { env }) : project.tsrace(command, { env }));
  return { ...outcome, output: stripVTControlCharacters(outcome.stdout + outcome.stderr) };
}

/** The tests that failed, as the default reporter heads their errors. */
const failed = (output: string): string[] =>
  [...new Set([...output.matchAll(/^ FAIL {2}(.*)$/gm)].map(([, name = '']) => name))].sort();

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

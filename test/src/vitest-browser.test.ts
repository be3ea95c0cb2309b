/** vitest's browser mode, in Chromium: the tests of fixtures/projects/browser, and projects of other shapes. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { LAUNCH } from '../../scripts/chromium.mjs';
import type { RaceDocument } from '../../src/report/report.ts';
import { type Outcome, Project } from './project.ts';
import { runProject, unexpected } from './vitest-run.ts';

// each starts vite and Chromium
vi.setConfig({ testTimeout: 180_000 });

describe('the test that races is the test that fails', () => {
  test.for([true, false])('isolate: %j', async (isolate) => {
    const { code, output, verdicts } = await runProject('browser', [`--browser.isolate=${isolate}`]);
    expect(unexpected(verdicts), output).toEqual([]);
    expect(verdicts.length).toBe(23);
    expect(code).toBe(1);
    expect(output.match(/^Found .*$/gm)).toEqual([expect.stringMatching(/^Found \d+ data races/)]);
    // lines of the source, in a worker and in the test
    expect(output).toMatch(/❯ count src\/racy\.worker\.ts:5:3\n[\s\S]*Caused by: Previous access:/);
    expect(output).toMatch(
      /Previous access: write of 4 bytes by main\n ❯ <anonymous> test\/counter\.test\.ts:19:5/,
    );
    expect(output.match(/ {6}5\| {3}view\[0\]!\+\+;/g)?.length).toBeGreaterThan(0);
  });

  test('with the plugin in the config, without the wrapper', async () => {
    const args = ['--config', 'vitest.plugin.config.ts', 'test/counter.test.ts'];
    const { code, output, verdicts } = await runProject('browser', args, false);
    expect(unexpected(verdicts), output).toEqual([]);
    expect(verdicts.length).toBe(4);
    expect(code).toBe(1);
    expect(output.match(/^Found .*$/gm)).toEqual(['Found 2 data races (seen 2 times).']);
  });
});

const CONFIG = `import { playwright } from '@vitest/browser-playwright';
const launchOptions = ${JSON.stringify(LAUNCH)};
export const browser = {
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions }),
  instances: [{ browser: 'chromium' }],
};
`;
const PAGE_TEST = `import { expect, test } from 'vitest';
test('race: of a page', async () => {
  const view = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./count.worker.ts', import.meta.url), { type: 'module' });
  const done = new Promise((resolve) => { worker.onmessage = resolve; });
  worker.postMessage(view);
  view[0]!++;
  await done;
});
test('no race of a page', () => {
  expect(document.body).toBeTruthy();
});
`;
const WORKER = `onmessage = ({ data }: { data: Int32Array }) => {
  data[0]!++;
  postMessage('done');
};
`;
const NODE_TEST = `import { Worker } from 'node:worker_threads';
import { test } from 'vitest';
test('race: of Node', async () => {
  const view = new Int32Array(new SharedArrayBuffer(4));
  const code = 'require("node:worker_threads").workerData[0]++';
  const worker = new Worker(code, { eval: true, workerData: view });
  view[0]!++;
  await new Promise((resolve) => worker.once('exit', resolve));
});
`;

/** A project with vitest and its provider of browsers installed. */
function projectOf(files: Record<string, string>): Project {
  const all = { 'package.json': '{ "type": "module" }', 'browser.ts': CONFIG, ...files };
  return new Project(all).link('vitest', '@vitest/browser-playwright', 'tsrace');
}

async function run(project: Project, ...flags: string[]): Promise<Outcome & { output: string }> {
  const command = [...flags, 'node', resolve('node_modules/vitest/vitest.mjs'), 'run'];
  const outcome = await project.tsrace(command, { env: { NO_COLOR: '1', VITEST: '' } });
  return { ...outcome, output: stripVTControlCharacters(outcome.stdout + outcome.stderr) };
}

const failed = (output: string): string[] =>
  [...new Set([...output.matchAll(/^ FAIL {2}(.* > .*)$/gm)].map(([, name = '']) => name))].sort();

const BOTH = `import { browser } from './browser.ts';
export default { test: { projects: [
  { test: { name: 'node', include: ['node/*.test.ts'] } },
  { test: { name: 'page', include: ['page/*.test.ts'], browser } },
] } };
`;

test('a project for Node beside one for browsers', async () => {
  using project = projectOf({
    'vitest.config.ts': BOTH,
    'node/a.test.ts': NODE_TEST,
    'page/a.test.ts': PAGE_TEST,
    'page/count.worker.ts': WORKER,
  });
  const { code, output } = await run(project, '--json', 'races.json');
  expect(failed(output), output).toEqual([
    '|node| node/a.test.ts > race: of Node',
    '|page (chromium)| page/a.test.ts > race: of a page',
  ]);
  expect(output).toContain('2 failed | 1 passed (3)');
  expect(output).toMatch(/^Found 2 data races \(seen 2 times\)\.$/m);
  expect(code).toBe(1);
  const { races, threads } = JSON.parse(
    readFileSync(join(project.root, 'races.json'), 'utf8'),
  ) as RaceDocument;
  const places = races.map(({ accesses }) =>
    accesses.map(({ frames: [at] }) => `${at?.file}:${at?.line}`).sort(),
  );
  expect(places.sort()).toEqual([
    ['[worker eval]:1', 'node/a.test.ts:7'],
    ['page/a.test.ts:7', 'page/count.worker.ts:2'],
  ]);
  const files = new Map(threads.map(({ id, file }) => [id, file]));
  const page = races.find(({ tests: [name] }) => name?.includes('of a page'));
  expect(page!.accesses.map(({ thread }) => files.get(thread)).sort()).toEqual([
    'page/a.test.ts',
    'page/count.worker.ts',
  ]);
});

test('a race that is suppressed fails no test', async () => {
  using project = projectOf({
    'vitest.config.ts': `import { browser } from './browser.ts';\nexport default { test: { browser } };\n`,
    'page/a.test.ts': PAGE_TEST,
    'page/count.worker.ts': WORKER,
    'tsrace.suppressions': 'race:page/count.worker.ts reason=known\n',
  });
  const { code, output } = await run(project);
  expect(failed(output), output).toEqual([]);
  expect(output).toContain('2 passed (2)');
  expect(code).toBe(0);
});

test('pages that are not isolated: one line says so', async () => {
  using project = projectOf({
    'vitest.config.ts': `import { browser } from './browser.ts';
export default { server: { headers: { 'Cross-Origin-Embedder-Policy': 'unsafe-none' } }, test: { browser } };
`,
    'a.test.ts': "import { test } from 'vitest';\ntest('ok', () => {});\n",
    'b.test.ts': "import { test } from 'vitest';\ntest('ok', () => {});\n",
  });
  const { code, output } = await run(project);
  expect(output.match(/^tsrace: .*$/gm), output).toEqual([
    expect.stringMatching(/^tsrace: vitest project chromium: its pages are not cross-origin isolated, /),
  ]);
  expect(output).toContain('2 passed (2)');
  expect(code).toBe(0);
});

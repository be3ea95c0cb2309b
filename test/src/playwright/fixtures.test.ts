/** `tsrace/playwright` under @playwright/test itself, in a project of a user's. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, prepare } from '../../../fixtures/bundlers/harness.mjs';
import { LAUNCH } from '../../../scripts/chromium.mjs';
import { serve } from '../../../scripts/site.mjs';
import { parseDocument } from '../../../src/report/document.ts';
import { Project } from '../project.ts';

const CONFIG = `
import { defineConfig } from '@playwright/test';
export default defineConfig({
  testDir: '.',
  workers: 1,
  reporter: [['json', { outputFile: 'results.json' }]],
  use: { launchOptions: ${JSON.stringify(LAUNCH)} },
});`;

const visiting = (url: string): string => `
const visit = async (page: any) => {
  await page.goto(${JSON.stringify(url)});
  await page.waitForFunction(() => document.title === 'finished');
};`;

const SPEC = `
test('passes by itself', async ({ page }) => {
  await visit(page);
});
test('is wrong besides', async ({ page }) => {
  await visit(page);
  expect(await page.title()).toBe('something else');
});
test('is expected to fail', async ({ page }) => {
  test.fail();
  await visit(page);
});
test('expects it', async ({ page, races }) => {
  await visit(page);
  const [race] = await races.take();
  expect(race!.accesses[0].frames[0]!.function).toBe('count');
});
test('has no browser', () => {
  expect(1).toBe(1);
});`;

interface Attempt {
  status: string;
  errors: { message: string; location?: { file: string; line: number } }[];
  attachments: { name: string; contentType: string; body: string }[];
}
interface Results {
  suites: { specs: { title: string; ok: boolean; tests: { results: Attempt[] }[] }[] }[];
}

let project: Project;
const urls: { racy: string; fixed: string } = { racy: '', fixed: '' };
const servers: { origin: string; close(): Promise<void> }[] = [];
beforeAll(async () => {
  project = new Project({ 'package.json': '{ "type": "module" }', 'playwright.config.ts': CONFIG });
  project.write({ 'src/lib/count.ts': '\n'.repeat(11) });
  for (const name of ['racy', 'fixed'] as const) {
    const folder = join(project.root, 'app', name);
    mkdirSync(folder, { recursive: true });
    prepare(folder, ['esbuild']);
    const server = await serve(await build(folder, 'esbuild', 'browser', { fixed: name === 'fixed' }));
    servers.push(server);
    urls[name] = `${server.origin}page`;
  }
  // as it is installed: what lies elsewhere playwright takes for sources of the project
  for (const name of ['dist', 'package.json'])
    cpSync(name, join(project.root, 'node_modules/tsrace', name), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  project.link('@playwright/test', ...Object.keys(dependencies));
}, 60_000);
afterAll(async () => {
  for (const server of servers) await server.close();
  project[Symbol.dispose]();
});

/** What becomes of the tests of one file, by their titles. */
async function playwright(
  spec: string,
  name = 'page.spec.ts',
): Promise<{ code: number | null; tests: Map<string, Attempt & { ok: boolean }> }> {
  project.write({ [name]: spec });
  const { code, stdout, stderr } = await project.run(
    process.execPath,
    ['node_modules/@playwright/test/cli.js', 'test', `/${name.replaceAll('.', '\\.')}$`],
    // our own runner's
    { env: { NODE_ENV: '', VITEST: '', TEST: '', CI: '' } },
  );
  if (!project.has('results.json')) expect.fail(stdout + stderr);
  const { suites } = JSON.parse(project.read('results.json')) as Results;
  const specs = suites.flatMap((suite) => suite.specs);
  return {
    code,
    tests: new Map(specs.map(({ title, ok, tests }) => [title, { ...tests[0]!.results[0]!, ok }])),
  };
}

const plain = stripVTControlCharacters;

const HEAD = `import { expect, test } from 'tsrace/playwright';\n`;

test('a page that races fails its test, whatever else that expects', { timeout: 120_000 }, async () => {
  const { code, tests } = await playwright(HEAD + visiting(urls.racy) + SPEC);
  expect(code).toBe(1);
  expect([...tests].map(([title, { ok }]) => [title, ok])).toEqual([
    ['passes by itself', false],
    ['is wrong besides', false],
    ['is expected to fail', false],
    ['expects it', true],
    ['has no browser', true],
  ]);
  const { errors, attachments } = tests.get('passes by itself')!;
  expect(errors).toHaveLength(1);
  const text = plain(errors[0]!.message);
  expect(text).toMatch(
    /^DataRaceError: =+\nWARNING: DATA RACE\nUpdate of 4 bytes at counter\[0\] by worker 1:\n/,
  );
  // the project has such a file, and its line is shown
  expect(text).toMatch(/\nFound 1 data race \(seen 1 time\)\.\n\n {3}at src\/lib\/count\.ts:11\n/);
  expect(errors[0]!.location).toMatchObject({ file: join(project.root, 'src/lib/count.ts'), line: 11 });
  expect(text.match(/^ {4}at /gm)).toHaveLength(1);
  const attached = attachments.find(({ name }) => name === 'races.json')!;
  expect(attached.contentType).toBe('application/json');
  const document = parseDocument(Buffer.from(attached.body, 'base64').toString('utf8'), attached.name);
  expect(document.races.map(({ accesses }) => accesses[0].frames[0])).toMatchObject([
    { function: 'count', file: 'src/lib/count.ts', line: 11 },
  ]);
  const both = tests.get('is wrong besides')!.errors.map(({ message }) => plain(message));
  expect(both).toEqual([
    expect.stringContaining('toBe(expected)'),
    expect.stringContaining('WARNING: DATA RACE'),
  ]);
});

test('a page without a race passes', { timeout: 60_000 }, async () => {
  const { code, tests } = await playwright(
    `${HEAD}${visiting(urls.fixed)}
    test('passes', async ({ page, races }) => {
      await visit(page);
      expect(await races.races()).toEqual([]);
    });`,
  );
  expect([code, tests.get('passes')]).toMatchObject([0, { ok: true, errors: [], attachments: [] }]);
});

test('a test of one’s own is extended, in CommonJS too', { timeout: 60_000 }, async () => {
  const { code, tests } = await playwright(
    `const { test: base } = require('@playwright/test');
    const { raceFixtures } = require('tsrace/playwright');
    const test = base.extend({ place: '${urls.racy}' }).extend(raceFixtures);
    test('is extended', async ({ page, place }) => {
      await page.goto(place);
      await page.waitForFunction(() => document.title === 'finished');
    });`,
    'own.spec.cjs',
  );
  expect(code).toBe(1);
  expect(plain(tests.get('is extended')!.errors[0]!.message)).toContain('WARNING: DATA RACE');
});

test('a context that is used again is watched again', { timeout: 60_000 }, async () => {
  const { tests } = await playwright(
    `${HEAD}${visiting(urls.racy)}
    test.use({ reuseContext: true });
    for (const title of ['first', 'second'])
      test(title, async ({ page, races }) => {
        await visit(page);
        if (title === 'first') expect(await races.take()).toHaveLength(1);
      });
    test('quiet', async ({ page }) => {
      await page.goto('about:blank');
    });`,
  );
  expect([...tests].map(([title, { errors }]) => [title, errors.length])).toEqual([
    // no failure, after which Playwright takes another process
    ['first', 0],
    ['second', 1],
    ['quiet', 0],
  ]);
});

test('known races fail nothing', { timeout: 60_000 }, async () => {
  project.write({ 'tsrace.suppressions': 'race:src/lib/count.ts reason=the example\n' });
  const { code, tests } = await playwright(
    `${HEAD}${visiting(urls.racy)}\ntest('is known', ({ page }) => visit(page));`,
  );
  expect([code, tests.get('is known')]).toMatchObject([0, { ok: true, errors: [] }]);
});

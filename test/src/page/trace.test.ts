/** The page of a trace, in a real browser. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../../../scripts/chromium.mjs';
import { Project } from '../project.ts';
import { open, urlOf } from './opened.ts';

/** Two threads that hand a turn to each other, so that there are two events and an edge for each. */
const TURNS = `const { Worker, isMainThread, workerData } = require('node:worker_threads');
const N = Number(process.env.TURNS ?? 3);
const view = isMainThread ? new Int32Array(new SharedArrayBuffer(8)) : workerData;
const me = isMainThread ? 0 : 1;
if (isMainThread) new Worker(__filename, { workerData: view });
for (let i = 0; i < N; i++) {
  while (Atomics.load(view, 0) !== i * 2 + me);
  view[1]++;
  Atomics.add(view, 0, 1);
}
`;

let browser: Browser;
let project: Project;
beforeAll(async () => {
  project = new Project({ 'turns.cjs': TURNS });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  project[Symbol.dispose]();
});

async function traced(turns: number, ...args: string[]): Promise<string> {
  const run = await project.tsrace(['--trace', 'run.trace', 'turns.cjs'], { env: { TURNS: `${turns}` } });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const made = await project.tsrace(['view', 'run.trace', '--html', 'run.html', ...args]);
  expect(made).toMatchObject({ code: 0, stderr: '', stdout: '' });
  return urlOf(join(project.root, 'run.html'));
}

test('has a lane for each thread, a dot for each event and an arrow for each edge', async () => {
  const opened = await open(browser, await traced(3));
  const { page } = opened;
  expect(await page.locator('h1').innerText()).toBe('What ordered the threads');
  const text = await project.tsrace(['view', 'run.trace']);
  const lines = text.stdout.trimEnd().split('\n').slice(0, -1);
  expect(await page.locator('.canvas .dot').count()).toBe(lines.length);
  expect(await page.locator('.canvas .edge').count()).toBeGreaterThan(4);
  expect(await page.locator('.lane-name title').allTextContents()).toEqual(['main', 'worker 1']);
  expect(await page.locator('.meta').innerText()).toBe(`All ${lines.length} events`);
  expect(await page.locator('.canvas .diamond').count()).toBe(0);
  expect((await page.locator('.plot').boundingBox())!.width).toBeGreaterThan(1000);
  await page.keyboard.press('t');
  await page.keyboard.press('End');
  await expect.poll(() => page.locator('.inspector-title').innerText()).toMatch(/ in main$/);
  expect(opened.troubles).toEqual([]);
  await opened.close();
});

test('says what a window leaves out', async () => {
  const opened = await open(browser, await traced(3, '--from', '4', '--to', '6'));
  expect(await opened.page.locator('.meta').innerText()).toMatch(
    /^Events 4 to 6 of \d+: tsrace view --from and --to/,
  );
  expect(await opened.page.locator('.canvas .dot').count()).toBe(3);
  expect(opened.troubles).toEqual([]);
  await opened.close();
});

test('stays usable with 10,000 events', { timeout: 120_000 }, async () => {
  const opened = await open(browser, await traced(3500));
  const { page } = opened;
  expect(await page.locator('.meta').innerText()).toMatch(/^Events 1 to 10,000 of 1\d,\d{3}/);
  const took = await page.evaluate(async () => {
    const plot = document.querySelector<HTMLElement>('.plot')!;
    plot.focus();
    const from = performance.now();
    for (const key of ['0', '+', '+', 'ArrowRight', 'ArrowDown', 'End', 'Home']) {
      plot.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      await new Promise((done) => requestAnimationFrame(done));
    }
    return performance.now() - from;
  });
  expect(took, 'seven moves, ms').toBeLessThan(5000);
  expect(opened.troubles).toEqual([]);
  await opened.close();
});

/** vite's development server with settings that change where pages find it. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { develop, prepare, type Server } from '../../../fixtures/bundlers/harness.mjs';
import { openBrowser } from '../../../scripts/chromium.mjs';

/** what comes at once, on a machine that does much else */
const SOON = { timeout: 20_000 };
const PATIENCE_MS = 60_000;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace vite ')));
let browser: Browser;
beforeAll(async () => {
  prepare(folder, ['vite']);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serving(
  settings: object,
  body: (server: Server, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const server = await develop(folder, 'vite', settings);
  const context = await browser.newContext();
  try {
    await body(server, context);
  } finally {
    await context.close();
    await server.close();
  }
}

test.each<[string, object, string]>([
  ['as it is', {}, ''],
  ['below a base', { base: '/app/' }, 'app/'],
  ['without a socket', { hmr: false }, ''],
  ['below a base, without a socket', { base: '/app/', hmr: false }, 'app/'],
])('%s: the terminal, the panel and its page', { timeout: PATIENCE_MS }, (_, settings, base) =>
  serving(settings, async ({ origin, said }, context) => {
    const page = await context.newPage();
    await page.goto(`${origin}${base}index.html`);
    const panel = page.locator('tsrace-overlay');
    const link = panel.getByRole('listitem').getByRole('link');
    const address = `${origin}${base}__tsrace__/`;
    expect(await link.getAttribute('href')).toMatch(`${address}#race=`);
    await expect.poll(said, SOON).toMatch(/^=+\nWARNING: DATA RACE\n[\s\S]*\nRace \w+\n=+\n$/);
    const [shown] = await Promise.all([context.waitForEvent('page'), link.click()]);
    await shown.waitForSelector('html[data-ready]', { state: 'attached' });
    expect(await shown.innerText('main')).toContain('count.ts');
  }),
);

test('the panel turned off', { timeout: PATIENCE_MS }, () =>
  serving({ plugin: { overlay: false } }, async ({ origin, said }, context) => {
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(`${origin}index.html`);
    await expect.poll(said, SOON).toContain('WARNING: DATA RACE');
    await page.clock.runFor(10_000);
    expect(await page.locator('tsrace-overlay').count()).toBe(0);
  }),
);

test('a plugin that is off serves nothing', { timeout: PATIENCE_MS }, () =>
  serving({ plugin: { enabled: false } }, async ({ origin, said }, context) => {
    const page = await context.newPage();
    await page.goto(`${origin}index.html`);
    await page.waitForFunction(() => document.title === 'finished');
    expect(await page.evaluate(() => '__tsrace__' in globalThis)).toBe(false);
    expect(
      (await page.request.get(`${origin}__tsrace__/races.json`)).headers()['content-type'],
    ).not.toContain('json');
    expect(said()).toBe('');
  }),
);

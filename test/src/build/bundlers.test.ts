/** The bundlers that are installed here; the others: npm run matrix:bundlers. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, check, prepare } from '../../../fixtures/bundlers/harness.mjs';
import { openBrowser } from '../../../scripts/chromium.mjs';
import { serve } from '../../../scripts/site.mjs';

let browser: Browser;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace bundlers ')));
beforeAll(async () => {
  prepare(folder, ['esbuild', 'vite', 'rolldown']);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** All that was built, but for maps. */
const textOf = (out: string): string =>
  readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:js|html)$/.test(name))
    .map((name) => readFileSync(join(out, name), 'utf8'))
    .join('\n');

/** `check` says what is not as it should be. */
// each is up to twenty pages in Chromium, of four builds
const PATIENCE_MS = 180_000;

describe.each(['esbuild', 'rolldown', 'vite'])('%s', (bundler) => {
  test.each([
    ['for Node', 'node'],
    ['for browsers', 'browser'],
    ['turned off', 'off'],
  ])(
    '%s',
    async (_, what) => {
      expect(await check(folder, bundler, what, browser)).toEqual([]);
    },
    PATIENCE_MS,
  );

  test('shows races on the page, if asked to', { timeout: PATIENCE_MS }, async () => {
    const without = await build(folder, bundler, 'browser', {});
    expect(textOf(without)).not.toContain('tsrace-overlay');
    const server = await serve(await build(folder, bundler, 'browser', { plugin: { overlay: true } }));
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(`${server.origin}${bundler === 'vite' ? 'index.html' : 'page'}`);
      const shown = await page.locator('tsrace-overlay li').innerText();
      expect(shown.match(/src\/lib\/count\.ts:11:5/g)).toHaveLength(2);
    } finally {
      await context.close();
      await server.close();
    }
  });
});

test.each([
  ["vite's development server", 'dev'],
  ["what vite's development server says of races", 'reports'],
])(
  '%s',
  async (_, what) => {
    expect(await check(folder, 'vite', what, browser)).toEqual([]);
  },
  PATIENCE_MS,
);

test.each([
  [
    { targets: 'node' },
    'tsrace: unknown option targets; known are enabled, target, include, exclude, overlay, report',
  ],
  [{ target: 'deno' }, "tsrace: target must be 'node' or 'browser', not \"deno\""],
  [{ overlay: 'no' }, 'tsrace: overlay must be true or false, not "no"'],
  [{ report: '' }, 'tsrace: report must be the name of a file, not ""'],
  [{ report: 'races.json' }, 'tsrace: report is kept by the development servers of vite, webpack and rspack'],
  [{ exclude: [''] }, 'tsrace: exclude must be a glob or a list of globs, not [""]'],
])('%j is refused', async (plugin, message) => {
  await expect(build(folder, 'esbuild', 'node', { plugin })).rejects.toThrow(message);
});

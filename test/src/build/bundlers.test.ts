/** The bundlers that are installed here; the others: npm run matrix:bundlers. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, check, prepare } from '../../../fixtures/bundlers/harness.mjs';
import { openBrowser } from '../../../scripts/chromium.mjs';

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
});

test(
  "vite's development server",
  async () => {
    expect(await check(folder, 'vite', 'dev', browser)).toEqual([]);
  },
  PATIENCE_MS,
);

test.each([
  [{ targets: 'node' }, 'tsrace: unknown option targets; known are enabled, target, include, exclude'],
  [{ target: 'deno' }, "tsrace: target must be 'node' or 'browser', not \"deno\""],
  [{ exclude: [''] }, 'tsrace: exclude must be a glob or a list of globs, not [""]'],
])('%j is refused', async (plugin, message) => {
  await expect(build(folder, 'esbuild', 'node', { plugin })).rejects.toThrow(message);
});

/** Chromium for the tests of a file, and a context of its own for each of them. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openBrowser } from '../../scripts/chromium.mjs';

/** `begin` comes before each test of the file. */
export function inChromium(begin: (context: BrowserContext, browser: Browser) => Promise<void>): void {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    context = await browser.newContext();
    await begin(context, browser);
  });
  afterEach(() => context?.close());
}

// The browser that the tests of pages run in: Chromium, or TSRACE_BROWSER=firefox.
import { openBrowser as openChromium } from './chromium.mjs';
import { openFirefox } from './firefox.mjs';

const BROWSERS = { chromium: openChromium, firefox: openFirefox };

export const BROWSER = process.env.TSRACE_BROWSER || 'chromium';

/** @returns {Promise<Pick<import('playwright-core').Browser, 'newContext' | 'close'>>} as far as they are alike */
export async function openBrowser() {
  const open = BROWSERS[BROWSER];
  if (open === undefined)
    throw new Error(`TSRACE_BROWSER=${BROWSER}: it is one of ${Object.keys(BROWSERS).join(', ')}`);
  return open();
}

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

/**
 * Calls `say` with all that a page says: the type of the console's message, `error` for what nobody catches, and `group`
 * for what is in a group, as tsrace's reports are.
 *
 * @param {Pick<import('playwright-core').Page, 'on'>} page
 * @param {(type: string, text: string) => void} say
 */
export function hear(page, say) {
  let isGrouped = false;
  page.on('console', (message) => {
    const type = message.type();
    if (type === 'startGroupCollapsed') isGrouped = true;
    else if (type === 'endGroup') isGrouped = false;
    else say(isGrouped ? 'group' : type, message.text());
  });
  page.on('pageerror', (error) => say('error', `${error.stack ?? error}`));
}

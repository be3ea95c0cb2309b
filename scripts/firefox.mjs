// Firefox, by WebDriver BiDi, with as much of playwright's browser as the tests of pages use: playwright drives only a
// Firefox of its own making.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

/** another one: FIREFOX=FILE */
export const FIREFOX = process.env.FIREFOX || '/usr/bin/firefox-esr';

export async function openFirefox() {
  const userDataDir = mkdtempSync(join(tmpdir(), 'tsrace-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    userDataDir,
    extraPrefsFirefox: { 'media.autoplay.default': 0 },
  });
  return {
    async newContext() {
      const context = await browser.createBrowserContext();
      return { newPage: async () => asPage(await context.newPage()), close: () => context.close() };
    },
    async close() {
      await browser.close();
      rmSync(userDataDir, { recursive: true, force: true });
    },
  };
}

/** BiDi has no message for the end of a group. */
const GROUP_ENDS = 'tsrace: the group ends';

async function asPage(page) {
  await page.evaluateOnNewDocument((text) => {
    const { groupEnd, debug } = console;
    console.groupEnd = () => {
      groupEnd.call(console);
      debug.call(console, text);
    };
  }, GROUP_ENDS);
  const named = (message) =>
    message.text() === GROUP_ENDS ? { type: () => 'endGroup', text: () => '' } : message;
  return {
    on(event, listener) {
      page.on(event, event === 'console' ? (message) => listener(named(message)) : listener);
    },
    goto: (url) => page.goto(url),
    evaluate: (body, argument) => page.evaluate(body, argument),
    innerText: (selector) => page.$eval(selector, (element) => element.innerText),
    waitForFunction: (body, argument, options) => page.waitForFunction(body, options, argument),
  };
}

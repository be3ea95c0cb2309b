/** A real browser for tests of the page, and a page that tells of all that it must not do. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const FILE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export function launch(): Promise<Browser> {
  if (!existsSync(FILE)) {
    throw new Error(`there is no ${FILE}: apt-get install chromium, or say in CHROMIUM where one is`);
  }
  return chromium.launch({
    executablePath: FILE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  });
}

export interface Opened {
  page: Page;
  /** errors, warnings, dialogs, violations of the policy, and requests for anything but the page itself */
  troubles: string[];
  close(): Promise<void>;
}

export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  const [own] = url.split('#');
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== own) troubles.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  return { page, troubles, close: () => context.close() };
}

export const urlOf = (file: string, hash = ''): string => `${pathToFileURL(file).href}${hash}`;

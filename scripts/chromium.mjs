// Where Chromium is, and how tests, the matrix of bundlers and the bench start it: without what it does by itself.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** another one: CHROMIUM=FILE */
export const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';

/** for playwright, and whoever starts it by a config */
export const LAUNCH = {
  executablePath: CHROMIUM,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
    '--no-first-run',
    '--autoplay-policy=no-user-gesture-required',
  ],
};

export const hasChromium = () => existsSync(CHROMIUM);

export function openBrowser() {
  if (!hasChromium())
    throw new Error(`there is no ${CHROMIUM}: apt-get install chromium, or say in CHROMIUM where one is`);
  return chromium.launch(LAUNCH);
}

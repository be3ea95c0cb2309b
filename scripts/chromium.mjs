// Where Chromium is, and how tests, the matrix of bundlers and the bench start it: without what it does by itself.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** another one: CHROMIUM=FILE */
export const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  '--autoplay-policy=no-user-gesture-required',
];

export const hasChromium = () => existsSync(CHROMIUM);

export const openBrowser = () => chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGS });

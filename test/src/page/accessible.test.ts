/** What axe finds wrong with the page: in both themes, contrast included. */
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '../../../scripts/chromium.mjs';
import { Project } from '../project.ts';
import { open, urlOf } from './opened.ts';
import { known, many } from './samples.ts';

let browser: Browser;
let project: Project;
beforeAll(async () => {
  project = new Project({ 'known.json': JSON.stringify(known()), 'many.json': JSON.stringify(many(60)) });
  for (const name of ['known', 'many'])
    await project.tsrace(['view', `${name}.json`, '--html', `${name}.html`]);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  project[Symbol.dispose]();
});

describe.for(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.for(['known', 'many'])('%s', async (name) => {
    const { page, close } = await open(browser, urlOf(join(project.root, `${name}.html`)), {
      colorScheme,
      // axe is no part of the page
      bypassCSP: true,
    });
    for (const summary of await page.locator('main .stack > li > details > summary').all())
      await summary.click();
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async () => {
      const { axe: here } = globalThis as unknown as { axe: typeof axe };
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const found = await here.run(document, { runOnly: { type: 'tag', values: tags } });
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
      );
    });
    expect(violations).toEqual([]);
    await close();
  });
});

test('the order of the focus is that of the page', async () => {
  const { page, close } = await open(browser, urlOf(join(project.root, 'known.html')));
  const order: string[] = [];
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press('Tab');
    order.push(
      await page.evaluate(() => {
        const at = document.activeElement!;
        return at.getAttribute('aria-label') ?? at.textContent ?? '';
      }),
    );
  }
  expect(order.slice(0, 8)).toEqual([
    'Skip to the race',
    'Keyboard shortcuts',
    'Use the dark theme',
    'Search races',
    'File',
    'Kind',
    'Order',
    'Races',
  ]);
  expect(order[8]).toMatch(/^pipeline\.ts, lines/);
  await close();
});

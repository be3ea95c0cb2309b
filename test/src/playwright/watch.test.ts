/** Races in tests that drive a browser by playwright-core: of all pages of a context, also of those that have gone. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { build, prepare } from '../../../fixtures/bundlers/harness.mjs';
import { serve } from '../../../scripts/site.mjs';
import { DataRaceError, watchRaces } from '../../../src/playwright-core.ts';
import { document as documentOf, race } from '../documents.ts';
import { inChromium } from '../in-chromium.ts';

let browser: Browser;
let context: BrowserContext;
let page: Page;
inChromium(async (...opened) => {
  [context, browser] = opened;
  page = await context.newPage();
});

/** what comes at once, on a machine that does much else */
const SOON = { timeout: 20_000 };
const LINE = 'src/lib/count.ts:11:5';

interface Told {
  __tsraceTell__(text: string): Promise<void>;
}

describe('a real page', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace playwright ')));
  const servers: { origin: string; close(): Promise<void> }[] = [];
  let racy: string;
  let fixed: string;
  beforeAll(async () => {
    prepare(folder, ['esbuild']);
    const urls: string[] = [];
    for (const isFixed of [false, true]) {
      const copy = join(folder, `${isFixed}`);
      prepare(copy, ['esbuild']);
      const server = await serve(await build(copy, 'esbuild', 'browser', { fixed: isFixed }));
      servers.push(server);
      urls.push(`${server.origin}page`);
    }
    [racy, fixed] = urls as [string, string];
  }, 60_000);
  afterAll(async () => {
    for (const server of servers) await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const visit = async (url: string, where = page): Promise<void> => {
    await where.goto(url);
    await where.waitForFunction(() => document.title === 'finished');
  };

  test('that races fails the check, with the text of the terminal', async () => {
    const watch = await watchRaces(page);
    await visit(racy);
    const error: unknown = await watch.check().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataRaceError);
    const { message, races } = error as DataRaceError;
    expect(message).toMatch(/^=+\nWARNING: DATA RACE\nUpdate of 4 bytes at counter\[0\] by worker 1:\n/);
    expect(message.split(LINE)).toHaveLength(3);
    expect(message).toMatch(/\nWhy: use after hand-over\n[\s\S]*\nFound 1 data race \(seen 1 time\)\.$/);
    expect(races).toHaveLength(1);
    // it is told
    await watch.check();
    expect((await watch.races()).map(({ id }) => id)).toEqual(races.map(({ id }) => id));
    const { races: kept, threads } = await watch.document();
    expect(kept).toMatchObject([{ id: races[0]!.id, count: 1 }]);
    expect(threads.length).toBeGreaterThan(1);
  });

  test('that was there before the watch', async () => {
    await visit(racy);
    const watch = await watchRaces(context);
    await expect(watch.check()).rejects.toThrow(LINE);
  });

  test('that does not race passes', async () => {
    const watch = await watchRaces(page);
    await visit(fixed);
    await watch.check();
    expect(await watch.races()).toEqual([]);
    expect((await watch.document()).summary.accessesChecked).toBeGreaterThan(0);
  });

  test('that is expected to race fails nothing', async () => {
    const watch = await watchRaces(page);
    await visit(racy);
    expect(await watch.take()).toHaveLength(1);
    expect(await watch.take()).toEqual([]);
    await visit(racy);
    await watch.check();
    expect(await watch.races()).toMatchObject([{ count: 2 }]);
  });

  test('that is asked for twice at a time is told once, and what comes later as ever', async () => {
    const watch = await watchRaces(page);
    await visit(racy);
    const both = await Promise.all([watch.take(), watch.take()]);
    expect(both.flat()).toHaveLength(1);
    await page.evaluate(
      (text) => (globalThis as unknown as Told).__tsraceTell__(text),
      JSON.stringify({ page: 'made up', document: documentOf([race()]), counts: [] }),
    );
    await expect(watch.check()).rejects.toThrow(race().id);
  });

  test('in a popup, in a frame, and in another page', async () => {
    const watch = await watchRaces(page);
    // isolated, and without a race of its own
    await page.goto(`${racy}.js`);
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate((url) => void open(url), racy),
    ]);
    await popup.waitForFunction(() => document.title === 'finished');
    expect(await watch.races()).toMatchObject([{ count: 1 }]);
    await page.evaluate((url) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      document.body.append(frame);
    }, racy);
    await expect.poll(() => page.frames().length, SOON).toBe(2);
    await page.frames()[1]!.waitForFunction(() => document.title === 'finished');
    expect(await watch.races()).toMatchObject([{ count: 2 }]);
    await visit(racy, await context.newPage());
    expect(await watch.races()).toMatchObject([{ count: 3 }]);
  });

  test('at the end of a block', async () => {
    const block = async (): Promise<void> => {
      await using _ = await watchRaces(page);
      await visit(racy);
    };
    await expect(block()).rejects.toThrow(DataRaceError);
  });

  test('watched twice is told to both', async () => {
    const [one, two] = [await watchRaces(page), await watchRaces(context)];
    await visit(racy);
    await expect(one.check()).rejects.toThrow(LINE);
    await expect(two.check()).rejects.toThrow(LINE);
  });
});

/** A page whose runtime is made up: it learns of its race only when it is asked. */
describe('the last race of a page', () => {
  const HTML = `<!doctype html><title>page</title><script>
    const empty = ${JSON.stringify(documentOf([]))};
    const race = ${JSON.stringify(race())};
    globalThis.__tsrace__ = {
      races: () => [race],
      document: () => ({ ...empty, races: globalThis.asked ? [race] : [] }),
      onRace: () => () => {},
    };
    dispatchEvent(new Event('tsrace'));
    globalThis.asked = true;
  </script>`;

  beforeEach(() =>
    context.route('http://localhost/**', (route) => route.fulfill({ contentType: 'text/html', body: HTML })),
  );

  test.each<[string, (page: Page) => Promise<unknown>]>([
    ['goes elsewhere', (one) => one.goto('about:blank')],
    ['is loaded again', (one) => one.goto('http://localhost/else')],
    ['is closed', (one) => one.close()],
    ['is closed with its context', (one) => one.context().close()],
    [
      'closes itself',
      (one) => Promise.all([one.waitForEvent('close'), one.evaluate(() => setTimeout(() => close()))]),
    ],
  ])('that %s is not lost', async (_, leave) => {
    const watch = await watchRaces(page);
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(() => void open('http://localhost/popup')),
    ]);
    await popup.waitForFunction(() => 'asked' in globalThis);
    await leave(popup);
    expect((await watch.races()).map(({ id }) => id)).toEqual([race().id]);
  });
});

test('a page without JavaScript is no matter', async () => {
  const scriptless = await browser.newContext({ javaScriptEnabled: false });
  try {
    const watch = await watchRaces(scriptless);
    const quiet = await scriptless.newPage();
    await quiet.goto('data:text/html,<p>quiet');
    await watch.check();
    await quiet.close();
  } finally {
    await scriptless.close();
  }
});

test.each(['page', 'context'] as const)('a %s that is closed is asked before', async (which) => {
  const steps: string[] = [];
  const made = {
    page: {
      context: () => made.context,
      frames: () => [{ evaluate: async () => steps.push('asked') }],
      close: async () => void steps.push('closed'),
    },
    context: {
      pages: () => [made.page],
      addInitScript: async () => {},
      exposeBinding: async () => {},
      on() {},
      close: async () => void steps.push('closed'),
    },
  };
  await watchRaces(made.context);
  steps.length = 0;
  await made[which].close();
  expect(steps).toEqual(['asked', 'closed']);
});

test('a context that is closed can be asked', async () => {
  const watch = await watchRaces(page);
  await context.close();
  await watch.check();
});

test('a page that spins is not waited for', { timeout: 30_000 }, async () => {
  const watch = await watchRaces(page);
  await page.goto('about:blank');
  await page.evaluate(() => {
    setTimeout(() => {
      for (;;);
    });
  });
  await watch.check();
});

test('what cannot be read is no silence', async () => {
  const watch = await watchRaces(page);
  await page.goto('about:blank');
  await page.evaluate(() => (globalThis as unknown as Told).__tsraceTell__('{}'));
  await expect(watch.check()).rejects.toThrow(
    'a page sent a report that cannot be read, and is left out: page must be a string',
  );
});

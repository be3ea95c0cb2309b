/** What a page shows of its races, in Chromium. The races are made up; those of real pages: test/src/build/bundlers.test.ts. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import type { Report, Tsrace } from '../../../src/web/api.ts';
import { access, document as documentOf, frame, race, thread } from '../documents.ts';
import { inChromium } from '../in-chromium.ts';
import { DIST } from '../project.ts';

/** what comes at once, on a machine that does much else */
const SOON = { timeout: 20_000 };
/** by then nobody waits for an answer of the server any more */
const LONG = 60_000;
const ORIGIN = 'http://localhost/';
const CLIENT = readFileSync(join(DIST, 'web.client.js'), 'utf8');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
const HTML = `<!doctype html><html lang="en"><title>a program</title><main><h1>A program</h1><input aria-label="its input" autofocus></main>
<script type="module">
  import { develop } from '/web.client.js';
  import { develop as again } from '/web.client.js?second';
  Object.assign(globalThis, { develop, again });
</script>`;

// a document that is XML runs no module of its own
const SVG = `<svg xmlns="http://www.w3.org/2000/svg"><script>
  import('/web.client.js').then(({ develop }) => Object.assign(globalThis, { develop }));
</script></svg>`;

const report = (id: string, more: Partial<Report['race']> = {}): Report => ({
  race: race({ id, ...more }),
  threads: [thread('7:0'), thread('7:1'), thread('7:2')],
  excerpts: [],
});

interface Scope {
  __tsrace__: Tsrace;
  tell(report: Report): void;
  develop(settings: object): void;
  again(settings: object): void;
}

interface Message {
  page: string;
  document: { races: { id: string }[] };
}
const bodyOf = (route: Route): Message => JSON.parse(route.request().postData()!) as Message;

let page: Page;
let complaints: string[];
let suppressed: string[];
let messages: Message[];
// after the context is closed: what comes first is done last
afterEach(() => expect(complaints).toEqual([]));
inChromium(async (context) => {
  complaints = [];
  suppressed = [];
  messages = [];
  await context.route(`${ORIGIN}**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/web.client.js') return route.fulfill({ contentType: 'text/javascript', body: CLIENT });
    if (pathname === '/svg') return route.fulfill({ contentType: 'image/svg+xml', body: SVG });
    if (pathname !== '/__tsrace__/races') return route.fulfill({ contentType: 'text/html', body: HTML });
    const message = bodyOf(route);
    messages.push(message);
    const judged = message.document.races.map(({ id }) => id);
    return route.fulfill({ json: { page: message.page, judged, suppressed } });
  });
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${error}`));
  page.on('console', (message) => complaints.push(message.text()));
});

/** A page whose runtime is made up. */
async function open(settings: object, path = ''): Promise<void> {
  await page.goto(ORIGIN + path);
  await page.waitForFunction(() => 'develop' in globalThis);
  await page.evaluate(
    ([empty, given]) => {
      const told: Report[] = [];
      const listeners: ((report: Report) => void)[] = [];
      const races = (): Report['race'][] => told.map((one) => one.race);
      const scope = globalThis as unknown as Scope;
      scope.__tsrace__ = {
        races,
        document: () => ({ ...empty, races: races() }),
        onRace(listener) {
          listeners.push(listener);
          return () => {};
        },
      };
      scope.tell = (one) => {
        told.push(one);
        for (const listener of listeners) listener(one);
      };
      scope.develop(given);
    },
    [documentOf([]), settings] as const,
  );
}

const tell = (...reports: Report[]): Promise<void> =>
  page.evaluate((all) => {
    for (const one of all) (globalThis as unknown as Scope).tell(one);
  }, reports);

const panel = () => page.locator('tsrace-overlay');

test('without a race there is nothing', async () => {
  await open({ overlay: true });
  expect(await page.content()).not.toContain('tsrace-overlay');
});

test('a race: what is wrong, and both places', async () => {
  await open({ overlay: true });
  const why = { ...whyOf(), diagnosis: 'lost-update' as const };
  await tell(
    report('a1', {
      why,
      accesses: [access('current'), access('previous', { frames: [frame('main', 'src/b.ts', 7, 2)] })],
    }),
  );
  expect(await panel().getByRole('status').innerText()).toBe('1 data race');
  expect((await panel().getByRole('listitem').innerText()).split(/\n+/)).toEqual([
    'lost update',
    'write of 4 bytes at counter[0] by worker 2',
    'src/counter.ts:14:5',
    'write of 4 bytes by worker 1',
    'src/b.ts:7:2',
  ]);
  expect(await panel().getByRole('link').count()).toBe(0);
});

const whyOf = (): NonNullable<Report['race']['why']> => ({
  lastPath: [],
  locks: { current: [], previous: [] },
  lockWord: false,
  diagnosis: null,
  value: null,
  events: [],
  clocks: [[], []],
});

test('many races: the newest, and how many more', async () => {
  await open({ overlay: true });
  const all = Array.from({ length: 7 }, (_, n) =>
    report(`${n}`, { kind: n === 6 ? 'read-write' : 'write-write' }),
  );
  await tell(...all);
  expect(await panel().getByRole('status').innerText()).toBe('7 data races');
  expect(await panel().getByRole('listitem').count()).toBe(5);
  expect(await panel().getByRole('listitem').first().innerText()).toMatch(/^read \/ write\n/);
  expect(await panel().locator('section').innerText()).toMatch(/and 2 more$/);
});

test('names of the program are text', async () => {
  await open({ overlay: true });
  const hostile = '<img src=x onerror="globalThis.ran = true">\u202e';
  const frames = [frame(hostile, hostile, 1)];
  await tell(
    report(hostile, {
      location: { ...race().location, name: hostile },
      accesses: [access('current', { frames }), access('previous', { frames })],
    }),
  );
  expect(await panel().locator('img').count()).toBe(0);
  expect(await panel().locator('section').innerText()).toContain(
    '<img src=x onerror="globalThis.ran = true">\\u202e:1:5',
  );
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
});

test.each([
  ['Escape', () => page.keyboard.press('Escape')],
  ['its button', () => panel().getByRole('button', { name: 'Close' }).click()],
])('%s closes it, until there are more', async (_, close) => {
  await open({ overlay: true });
  await tell(report('a'), report('b'));
  await panel().waitFor();
  await close();
  expect(await panel().count()).toBe(0);
  await open({ overlay: true });
  await tell(report('b'), report('a'));
  expect(await panel().count()).toBe(0);
  await tell(report('c'));
  expect(await panel().getByRole('status').innerText()).toBe('3 data races');
});

test('a program that uses Escape keeps it', async () => {
  await open({ overlay: true });
  await page.evaluate(() => document.addEventListener('keydown', (event) => event.preventDefault()));
  await tell(report('a'));
  await page.keyboard.press('Escape');
  expect(await panel().count()).toBe(1);
});

test('the program keeps its focus, its style and its body', async () => {
  await open({ overlay: true });
  const state = () =>
    page.evaluate(() => ({
      focus: document.activeElement?.tagName,
      body: document.body.outerHTML,
      sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
      font: getComputedStyle(document.querySelector('h1')!).font,
      place: JSON.stringify(document.querySelector('h1')!.getBoundingClientRect()),
    }));
  await page.focus('input');
  const before = await state();
  await tell(report('a'));
  await panel().waitFor();
  expect(await state()).toEqual(before);
  expect(before.focus).toBe('INPUT');
});

test('who reads the list is not thrown out of it', async () => {
  await page.clock.install();
  await open({ overlay: true, report: ['/__tsrace__/'] });
  await tell(report('a'));
  await panel().getByRole('listitem').getByRole('link').focus();
  await page.clock.runFor(LONG);
  expect(
    await page.evaluate(
      () => document.querySelector('tsrace-overlay')!.shadowRoot!.activeElement?.textContent,
    ),
  ).toBe('write / write');
});

test('a program that replaces its document still gets it', async () => {
  await open({ overlay: true });
  await tell(report('a'));
  await page.evaluate(() => document.documentElement.replaceChildren(document.createElement('body')));
  expect(await panel().count()).toBe(0);
  await tell(report('b'));
  expect(await panel().getByRole('status').innerText()).toBe('2 data races');
});

test.each(['light', 'dark'] as const)('everybody can use it: %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  await open({ overlay: true, report: ['/__tsrace__/'] });
  await tell(report('a'), report('b'));
  await panel().waitFor();
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
    return (await axe.run()).violations.map(({ id }) => id);
  });
  expect(violations).toEqual([]);
});

test('with a server: links to its page, and nothing of what is known there', async () => {
  suppressed = ['a'];
  await open({ overlay: true, report: ['/__tsrace__/'] });
  await tell(report('a'));
  await expect.poll(() => messages.length, SOON).toBe(1);
  await tell(report('b c'));
  await panel().waitFor();
  expect(await panel().getByRole('status').innerText()).toBe('1 data race');
  const links = await panel().getByRole('link').all();
  expect(await Promise.all(links.map((link) => link.getAttribute('href')))).toEqual([
    `${ORIGIN}__tsrace__/`,
    `${ORIGIN}__tsrace__/#race=b%20c`,
  ]);
});

test('what the server has not judged yet is not shown, whichever of its answers comes first', async () => {
  const asked: Route[] = [];
  await page.route(`${ORIGIN}__tsrace__/races`, (route) => void asked.push(route));
  /** The answer to the message that has that race. */
  const answer = async (id: string, known: string[]): Promise<void> => {
    const isOf = (route: Route): boolean => bodyOf(route).document.races[0]?.id === id;
    await expect.poll(() => asked.some(isOf), SOON).toBe(true);
    const route = asked.find(isOf)!;
    const heard = page.waitForEvent('requestfinished', (request) => request === route.request());
    await route.fulfill({ json: { page: bodyOf(route).page, judged: [id], suppressed: known } });
    await heard;
  };
  await page.clock.install();
  await open({ overlay: true, report: ['/__tsrace__/'] });
  for (const id of ['a', 'known', 'late']) await tell(report(id));
  const count = panel().getByRole('status');
  await answer('known', ['known']);
  await answer('a', []);
  await count.waitFor();
  expect(await count.innerText()).toBe('1 data race');
  await page.clock.runFor(LONG);
  expect(await count.innerText()).toBe('2 data races');
  await answer('late', []);
  expect(await count.innerText()).toBe('2 data races');
});

test('turned off: races go to the server, and nothing is shown', async () => {
  await page.clock.install();
  await open({ overlay: false, report: ['/__tsrace__/'] });
  await tell(report('a'), report('b'));
  await expect.poll(() => messages.length, SOON).toBe(1);
  await tell(report('c'));
  await expect.poll(() => messages.length, SOON).toBe(2);
  expect(messages.map(({ document }) => document.races.map(({ id }) => id))).toEqual([['a', 'b'], ['c']]);
  await page.clock.runFor(LONG);
  expect(await panel().count()).toBe(0);
});

test('a document that is no HTML is left alone, and reports', async () => {
  await page.clock.install();
  await open({ overlay: true, report: ['/__tsrace__/'] }, 'svg');
  await tell(report('a'));
  await expect.poll(() => messages.length, SOON).toBe(1);
  await page.clock.runFor(LONG);
  expect(await panel().count()).toBe(0);
});

test.each([
  ['more bytes than outlive a page', 'ä'.repeat(50_000)],
  ['more at a time', 'a'.repeat(40_000)],
])('reports of %s reach the server', async (_, text) => {
  await open({ overlay: false, report: ['/__tsrace__/'] });
  const sources = [{ file: 'a.ts', from: 1, lines: [text] }];
  await tell(report('a', { sources }));
  await tell(report('b', { sources }));
  await tell(report('c', { sources }));
  await expect
    .poll(() => messages.map(({ document }) => document.races[0]?.id).sort(), SOON)
    .toEqual(['a', 'b', 'c']);
});

test('two bundles in one page: once', async () => {
  await open({ overlay: true });
  await page.evaluate(() => (globalThis as unknown as Scope).again({ overlay: true }));
  await tell(report('a'));
  expect(await panel().count()).toBe(1);
});

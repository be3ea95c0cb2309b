/** The page as the CLI makes it, in a real browser. */
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '../../../scripts/chromium.mjs';
import type { RaceDocument } from '../../../src/report/report.ts';
import { access, frame, race, document as reportOf, thread } from '../documents.ts';
import { Project } from '../project.ts';
import { type Opened, open, urlOf } from './opened.ts';
import { known, large, many, threadsOf } from './samples.ts';

let browser: Browser;
let project: Project;
let opened: Opened | undefined;
beforeAll(async () => {
  project = new Project();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  project[Symbol.dispose]();
});
/** Whatever a test does, the page asks for nothing, complains of nothing and breaks no rule of its policy. */
afterEach(async () => {
  const found = opened;
  opened = undefined;
  await found?.close();
  expect(found?.troubles ?? []).toEqual([]);
});

const made = new Map<string, Promise<string>>();

/** The file of the page. A document is made into a page once. */
function pageOf(name: string, make: () => RaceDocument): Promise<string> {
  const found = made.get(name) ?? write(name, make());
  made.set(name, found);
  return found;
}

async function write(name: string, report: RaceDocument): Promise<string> {
  project.write({ [`${name}.json`]: JSON.stringify(report) });
  const { code, stderr } = await project.tsrace(['view', `${name}.json`, '--html', `${name}.html`]);
  expect([code, stderr]).toEqual([0, '']);
  return join(project.root, `${name}.html`);
}

async function show(
  name: string,
  make: () => RaceDocument,
  hash = '',
  options: BrowserContextOptions = {},
): Promise<Page> {
  opened = await open(browser, urlOf(await pageOf(name, make), hash), options);
  return opened.page;
}

const thousand = (): RaceDocument => many(1000);
const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();
const selected = (page: Page): Promise<string> => page.locator('.meta .id').innerText();

describe('one race', () => {
  test('says what races, and shows both places, stacks and where all comes from', async () => {
    const page = await show('known', known);
    expect(await page.locator('h1').innerText()).toBe(
      'Read of this.#state[0] by worker 2 "reader" races with write by worker 1 "writer"',
    );
    const [current, previous] = [
      page.locator('section.access.current'),
      page.locator('section.access.previous'),
    ];
    expect(await current.locator('h2').innerText()).toMatch(/current\s+read of 4 bytes by worker 2/i);
    expect(
      await current
        .locator('.line.current .here')
        .allInnerTexts()
        .then((found) => found.join('')),
    ).toBe('this.#state[HEAD]!');
    expect(await previous.locator('.line.previous .number').first().innerText()).toMatch(/^\s*14$/);
    expect(await previous.locator('.line.previous').innerText()).toContain('this.#state[HEAD] = 1;');
    const boxes = await Promise.all([current.boundingBox(), previous.boundingBox()]);
    expect(boxes[0]!.y).toBe(boxes[1]!.y);
    expect(boxes[0]!.x + boxes[0]!.width).toBeLessThan(boxes[1]!.x);
    expect(await texts(page, '#threads ~ h3')).toEqual([
      expect.stringMatching(/^Worker 2 "reader"\s*finished, current access/),
      expect.stringMatching(/^Worker 1 "writer"\s*finished, previous access/),
      expect.stringMatching(/^Main\s*finished/),
    ]);
    expect(await page.locator('section:has(> #memory)').innerText()).toMatch(
      /bytes 0 to 3 of a SharedArrayBuffer of 64 bytes[\s\S]*setup\s+src\/app\.ts:4:17/,
    );
    expect(await page.locator('.byte.racing').count()).toBe(4);
    expect(await page.locator('.why').innerText()).toContain('Publication without Atomics');
    expect(await page.title()).toContain('this.#state[0]');
  });

  test('a frame opens to its code, frames of packages to themselves', async () => {
    const page = await show('known', known);
    const stack = page.locator('section.access.current > .stack');
    await stack.locator('summary').first().click();
    expect(await stack.locator('.frame-code .line.marked').innerText()).toContain(
      'const head = this.#state[HEAD]!;',
    );
    const group = stack.locator('.group');
    expect(await group.locator('> summary').innerText()).toBe('2 frames in node_modules/poller');
    await group.locator('> summary').click();
    await expect.poll(() => group.locator('.function').allInnerTexts()).toEqual(['poll', 'tick']);
  });
});

describe('the timeline', () => {
  test('has a dot for each event, an arrow for each edge, and none between the accesses', async () => {
    const page = await show('known', known);
    const canvas = page.locator('.canvas');
    const { events } = known().races[0]!.why!;
    expect(await canvas.locator('.dot').count()).toBe(events.length);
    expect(await canvas.locator('.edge').count()).toBe(events.flatMap(({ acquires }) => acquires).length);
    expect(await canvas.locator('.edge.path').count()).toBe(1);
    expect(await page.locator('.lane-name title').allTextContents()).toEqual([
      'main',
      'worker 1 "writer"',
      'worker 2 "reader"',
    ]);
    expect(await canvas.locator('path.access').count()).toBe(2);
    expect(await canvas.locator('.verdict').textContent()).toContain('no path');
    const x = async (selector: string): Promise<number[]> =>
      (await canvas.locator(selector).all()).length === 0
        ? []
        : canvas
            .locator(selector)
            .evaluateAll((found) =>
              found.map((one) => one.getBoundingClientRect()).map(({ left, right }) => (left + right) / 2),
            );
    expect(await x('path.access.current')).toEqual(await x('path.access.previous'));
    // in no lane does the past of the one reach the future of the other
    const bands = (await canvas.locator('.past, .future').evaluateAll((found) =>
      found.map((one) => ({
        past: one.classList.contains('past'),
        ...one.getBoundingClientRect().toJSON(),
      })),
    )) as { past: boolean; top: number; left: number; right: number }[];
    expect(bands.map(({ past }) => past).sort()).toEqual([false, false, true, true, true]);
    for (const past of bands.filter((band) => band.past))
      for (const future of bands.filter((band) => !band.past && band.top === past.top))
        expect(past.right).toBeLessThan(future.left);
    // every arrow points forward
    const arrows = await canvas.locator('.edge').evaluateAll((found) =>
      found.map((one) =>
        ['from', 'to'].map((end) => {
          const dot = (one as SVGElement).ownerSVGElement!.querySelector(
            `[data-node="${one.getAttribute(`data-${end}`)}"]`,
          )!;
          return Number(dot.getAttribute('cx'));
        }),
      ),
    );
    for (const [from, to] of arrows) expect(from).toBeLessThan(to!);
  });

  test('an event says what it is and its clock when the pointer is at it', async () => {
    const page = await show('known', known);
    const dot = page.locator('.canvas .dot.acquires.path');
    await dot.scrollIntoViewIfNeeded();
    const box = (await dot.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2 + 3, box.y + box.height / 2);
    const inspector = page.locator('.inspector');
    await expect.poll(() => inspector.innerText()).toContain('Atomics load of state[1] in worker 2 "reader"');
    expect(await texts(page, '.clock li')).toEqual([
      expect.stringMatching(/^main\s*2$/),
      expect.stringMatching(/^worker 1 "writer"\s*1$/),
      expect.stringMatching(/^worker 2 "reader"\s*1$/),
    ]);
    await inspector.getByRole('button', { name: /Atomics store/ }).click();
    expect(await inspector.innerText()).toContain('Atomics store to state[1] in worker 1 "writer"');
  });

  test('is walked by the keyboard', async () => {
    const page = await show('known', known);
    const title = page.locator('.inspector-title');
    await page.keyboard.press('t');
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('plot');
    await page.keyboard.press('ArrowLeft');
    expect(await title.innerText()).toContain('Current access');
    await page.keyboard.press('ArrowLeft');
    expect(await title.innerText()).toContain('Atomics load of state[1]');
    await page.keyboard.press('Enter');
    expect(await title.innerText()).toContain('Atomics store to state[1]');
    await page.keyboard.press('ArrowRight');
    expect(await title.innerText()).toContain('Previous access');
    await page.keyboard.press('ArrowUp');
    expect(await title.innerText()).toContain('in main');
    await page.keyboard.press('Home');
    expect(await title.innerText()).toContain('Starts worker 1');
    expect(await page.locator('.ring:not(.hover)').count()).toBe(1);
    expect(await page.locator('[aria-live]').innerText()).toContain('main: Starts worker 1');
    await page.keyboard.press('Escape');
    expect(await title.innerText()).toContain('Current access');
    await expect.poll(() => page.locator('.ring').count()).toBe(0);
  });

  test('zooms and pans', async () => {
    const page = await show('known', known);
    const centres = (): Promise<number[]> =>
      page.locator('.dot.path').evaluateAll((dots) => dots.map((dot) => Number(dot.getAttribute('cx'))));
    const span = async (): Promise<number> => {
      const [from, to] = await centres();
      return to! - from!;
    };
    const before = await span();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(span).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(span).toBeLessThanOrEqual(before);
    // not so far that the dots leave the view
    for (let i = 0; i < 2; i++) {
      const last = await span();
      await page.getByRole('button', { name: 'Zoom in' }).click();
      await expect.poll(span).toBeGreaterThan(last);
    }
    const [left] = await centres();
    const box = (await page.locator('.plot').boundingBox())!;
    await page.mouse.move(box.x + 400, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 460, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => Math.round((await centres())[0]! - left!)).toBe(60);
  });

  test('is usable with 64 threads and 10,000 events', async () => {
    const page = await show('large', () =>
      reportOf([large({ threads: 64, events: 10_000, seed: 3 })], threadsOf(64)),
    );
    expect(await page.locator('.counted').innerText()).toBe('64 threads, 10,000 events');
    // only what is in sight exists
    expect(await page.locator('.canvas *').count()).toBeLessThan(3000);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => page.locator('.dots').count()).toBe(1);
    await page.locator('.plot').scrollIntoViewIfNeeded();
    const slowest = await page.evaluate(async () => {
      const plot = document.querySelector('.plot')!;
      const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done));
      let longest = 0;
      let last = await frame();
      for (let i = 0; i < 20; i++) {
        plot.dispatchEvent(
          new WheelEvent('wheel', {
            deltaY: i < 10 ? -40 : 40,
            ctrlKey: true,
            clientX: 900,
            cancelable: true,
            bubbles: true,
          }),
        );
        const now = await frame();
        longest = Math.max(longest, now - last);
        last = now;
      }
      return longest;
    });
    // a frame that people feel is far below that, and a machine that does other work far above theirs
    expect(slowest).toBeLessThan(1000);
    await page.locator('.plot').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    expect(await page.locator('.inspector-title').innerText()).toMatch(/ in (?:main|worker \d+)/);
    expect(await page.locator('.clock li').count()).toBeGreaterThan(30);
  });
});

describe('the list', () => {
  test('of 1,000 races is there in less than two seconds', async () => {
    const page = await show('many', thousand);
    const loaded = await page.evaluate(() => performance.now());
    expect(loaded).toBeLessThan(2000);
    expect(await page.locator('.count').innerText()).toBe('1,000 races');
    expect(await page.locator('.row').count()).toBeLessThan(40);
    expect(await page.locator('.row').first().getAttribute('aria-setsize')).toBe('1000');
  });

  test('scrolls to its end', async () => {
    const page = await show('many', thousand);
    await page.locator('.list').focus();
    await page.keyboard.press('End');
    expect(await selected(page)).toBe(thousand().races[999]!.id);
    await expect
      .poll(() => page.locator('.row[aria-selected=true]').getAttribute('aria-posinset'))
      .toBe('1000');
    expect(await page.locator('.list').getAttribute('aria-activedescendant')).toBe('row-999');
    await page.keyboard.press('ArrowUp');
    expect(await selected(page)).toBe(thousand().races[998]!.id);
  });

  test('is searched, filtered and sorted', async () => {
    const page = await show('many', thousand);
    const { races } = thousand();
    const count = (): Promise<string> => page.locator('.count').innerText();
    await page.keyboard.press('/');
    await page.keyboard.type(races[77]!.id);
    expect(await count()).toBe('1 of 1,000 races');
    await page.keyboard.press('Enter');
    expect(await selected(page)).toBe(races[77]!.id);
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    expect(await count()).toBe('1,000 races');
    await page.keyboard.press('Escape');

    const kind = races.filter((race) => race.kind === 'atomic-plain');
    await page.getByLabel('Kind').selectOption({ label: `atomic / plain (${kind.length})` });
    expect(await count()).toBe(`${kind.length} of 1,000 races`);
    await page.getByLabel('Order').selectOption({ label: 'Most often seen' });
    await page.locator('.row').first().click();
    expect(await selected(page)).toBe(kind.sort((a, b) => b.count - a.count)[0]!.id);
    await page.getByLabel('Kind').selectOption({ index: 0 });

    const file = races[5]!.accesses[1].frames[0]!.file;
    const inFile = races.filter((race) => race.accesses.some(({ frames }) => frames[0]!.file === file));
    await page.getByLabel('File').selectOption({ label: `${file} (${inFile.length})` });
    expect(await count()).toBe(`${inFile.length} of 1,000 races`);
    await page.getByLabel('File').selectOption({ index: 0 });

    const [test] = races.find(({ tests }) => tests.length > 0)!.tests;
    const inTest = races.filter(({ tests }) => tests.includes(test!));
    await page.getByLabel('Test').selectOption({ label: `${test} (${inTest.length})` });
    expect(await count()).toBe(`${inTest.length} of 1,000 races`);
    await page.getByLabel('Search races').fill('nothing has this');
    expect(await page.locator('.none').innerText()).toBe('No race matches.');
  });

  test('is walked by j and k from anywhere', async () => {
    const page = await show('many', thousand);
    const { races } = thousand();
    for (const key of ['j', 'j', 'k']) await page.keyboard.press(key);
    expect(await selected(page)).toBe(races[1]!.id);
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').isVisible()).toBe(true);
    await page.keyboard.press('j');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await selected(page)).toBe(races[1]!.id);
  });

  test('follows the address, and the address the list', async () => {
    const { id } = thousand().races[444]!;
    const page = await show('many', thousand, `#race=${id.slice(0, 8)}`);
    expect(await selected(page)).toBe(id);
    await expect
      .poll(() => page.locator('.row[aria-selected=true]').getAttribute('aria-posinset'))
      .toBe('445');
    await page.keyboard.press('j');
    expect(new URL(page.url()).hash).toBe(`#race=${thousand().races[445]!.id}`);
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `#race=${id}`);
    await expect.poll(() => selected(page)).toBe(id);
  });

  test('is empty where there was no race', async () => {
    const page = await show('none', () => reportOf([]));
    expect(await page.locator('h1').innerText()).toBe('No data race was seen');
    expect(await page.locator('.none').innerText()).toBe('No data race was seen.');
  });
});

describe('themes', () => {
  const background = (page: Page): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test('follow the system until one is chosen, which is kept', async () => {
    const page = await show('known', known, '', { colorScheme: 'dark' });
    const dark = await background(page);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background(page);
    expect(light).not.toBe(dark);
    await page.getByRole('button', { name: 'Use the dark theme' }).click();
    expect(await background(page)).toBe(dark);
    await page.reload();
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    expect(await background(page)).toBe(dark);
    await page.getByRole('button', { name: 'Use the light theme' }).click();
    expect(await background(page)).toBe(light);
  });

  test.for([
    [1440, 900],
    [900, 1200],
    [420, 800],
  ])('nothing is wider than a window of %i by %i', async ([width, height]) => {
    const page = await show('known', known, '', { viewport: { width: width!, height: height! } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width!);
    expect(
      await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth),
    ).toBeLessThanOrEqual(0);
  });
});

describe('a hostile document', () => {
  const EVIL = [
    '</script><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<!--<script>',
    'javascript:alert(1)',
    '\u0000\u001b[2J\u202e\u2028"\'`<>&',
    '__proto__',
    'constructor',
    'https://example.org/x.js',
    'file:///etc/passwd',
    'x'.repeat(200_000),
  ];

  const hostile = (): RaceDocument => {
    const evil = EVIL.map((text, index) => {
      const at = frame(text, text, 1);
      const given = structuredClone(known().races[0]!);
      for (const event of given.why!.events) Object.assign(event, { on: text, object: text, at });
      for (const one of given.accesses) Object.assign(one, { test: text, frames: [at, at] });
      return {
        ...given,
        id: index % 2 === 0 ? text.slice(0, 1000) : `${index}${text.slice(0, 1000)}`,
        tests: [text],
        location: { ...given.location, name: text, view: text, allocatedAt: [at] },
        why: { ...given.why!, value: text },
        sources: [{ file: text, from: 1, lines: [text, text] }],
      };
    });
    const made = reportOf(evil, [
      thread('7:0', { file: EVIL[0]! }),
      thread('7:1', { name: EVIL[0]!, file: EVIL[3]!, createdAt: [frame(EVIL[1]!, EVIL[7]!, 1)] }),
      thread('7:2', { name: EVIL[1]! }),
    ]);
    return { ...made, command: EVIL, startedAt: EVIL[0]! };
  };

  // that nothing else is asked for or complained of, afterEach says
  test('runs no script and asks for nothing', async () => {
    const page = await show('hostile', hostile);
    for (let race = 0; race < EVIL.length; race++) {
      await page.locator('main details').evaluateAll((all) => {
        for (const one of all) (one as HTMLDetailsElement).open = true;
      });
      await page.keyboard.press('t');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
    }
    await page.keyboard.press('/');
    await page.keyboard.type('<img');
    const found = await page.evaluate(() => ({
      scripts: document.scripts.length,
      loads: document.querySelectorAll('img, iframe, object, embed, link, video, audio, form, a:not(.skip)')
        .length,
      handlers: Array.from(document.querySelectorAll('*')).filter((one) =>
        Array.from(one.attributes).some(({ name }) => name.startsWith('on')),
      ).length,
      polluted: Object.keys(Object.prototype).length,
    }));
    // its own elements are gone with the page's first drawing
    expect(found).toEqual({ scripts: 0, loads: 0, handlers: 0, polluted: 0 });
    expect(await page.locator('h1').count()).toBe(1);
  });

  test('is shown as what it is', async () => {
    const page = await show('hostile', hostile);
    expect(await page.locator('h1').innerText()).toContain('</script><script>alert(1)</script>');
    await page.getByLabel('Search races').fill('\\u202e');
    expect(await page.locator('.row').count()).toBe(0);
    await page.getByLabel('Search races').fill('2J');
    await page.locator('.row').first().click();
    expect(await page.locator('h1').innerText()).toContain('\\u0000\\u001b[2J\\u202e\\u2028');
  });

  test('whose history is impossible is drawn all the same', async () => {
    const page = await show('impossible', () => {
      const made = known();
      const { why } = made.races[0]!;
      for (const event of why!.events) {
        event.acquires = [
          { thread: event.thread === '7:1' ? '7:2' : '7:1', clock: 1e15 },
          { thread: '__proto__', clock: 1 },
        ];
        event.clock = -event.clock;
      }
      return made;
    });
    expect(await page.locator('.canvas .access').count()).toBe(2);
  });

  test('with very many threads in a clock, tests and frames is shown', async () => {
    const page = await show('wide', () => {
      const one = race({ tests: Array.from({ length: 300 }, (_, index) => `test ${index}`) });
      one.accesses = [
        access('current', {
          frames: Array.from({ length: 2000 }, (_, index) => frame(`f${index}`, 'a.ts', index + 1)),
        }),
        access('previous'),
      ];
      return reportOf([one], threadsOf(3000));
    });
    expect(await page.locator('section.access.current .frame').count()).toBe(2000);
  });
});

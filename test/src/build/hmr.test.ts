/** Modules that are replaced while a page runs, by vite's development server, in Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { develop, type Server } from '../../../fixtures/bundlers/harness.mjs';
import { openBrowser } from '../../../scripts/chromium.mjs';
import type { RaceReport } from '../../../src/report/report.ts';
import { Project } from '../project.ts';

const PATIENCE_MS = 180_000;

const FILES = {
  'package.json': '{ "type": "module" }',
  'dev.mjs': `import { createServer } from 'vite';
const { plugin } = JSON.parse(process.argv[3]);
let watches;
const server = await createServer({
  root: import.meta.dirname,
  configFile: false,
  logLevel: 'warn',
  plugins: [
    { name: 'watches', configureServer({ watcher }) { watches = new Promise((done) => watcher.once('ready', done)); } },
    ...(plugin ? [(await import('tsrace/vite')).default(plugin)] : []),
  ],
  server: {
    host: '127.0.0.1',
    port: 0,
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
});
await Promise.all([server.listen(), watches]);
console.log(\`http://127.0.0.1:\${server.httpServer.address().port}/\`);
process.stdin.on('end', () => server.close().then(() => process.exit())).resume();
`,
  'index.html':
    '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/src/main.ts"></script>',
  'src/main.ts': `import * as first from './step.ts';
import { own } from './own.ts';

type Step = typeof first;
const memory = new Int32Array(new SharedArrayBuffer(64));
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const page = { first: first as Step, step: first as Step, own, updates: 0, round };
Object.assign(globalThis, { page });

/** The worker counts in all elements while \`act\` does. */
function round(act: (view: Int32Array) => void): Promise<unknown> {
  const done = new Promise((resolve) => {
    worker.onmessage = resolve;
  });
  worker.postMessage(memory);
  act(memory);
  return done;
}

import.meta.hot?.accept('./step.ts', (next) => {
  page.step = next as unknown as Step;
  page.updates++;
});
`,
  'src/step.ts': `interface Unused { padding: string }

export function step(view: Int32Array): void {
  view[0]! += 1;
}

export function later(view: Int32Array): void {
  view[1]! += 1;
}
`,
  // it replaces itself
  'src/own.ts': `export const own = { run: (view: Int32Array): void => {
  view[2]! += 1;
} };
import.meta.hot?.accept((next) => {
  if (next) own.run = next['own'].run;
  own.updates = (own.updates ?? 0) + 1;
});
`,
  'src/worker.ts': `interface Message { data: Int32Array }
onmessage = ({ data }: Message) => {
  for (let i = 0; i < 4; i++) data[i]! += 1;
  postMessage('done');
};
`,
};

interface Program {
  first: Step;
  step: Step;
  own: { run(view: Int32Array): void; updates?: number };
  updates: number;
  round(act: (view: Int32Array) => void): Promise<unknown>;
}
interface Step {
  step(view: Int32Array): void;
  later(view: Int32Array): void;
}
declare const page: Program;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

/** Runs `act` with the program's page, served with the plugin or without. */
async function served(
  plugin: object | null,
  act: (tab: Page, project: Project) => Promise<void>,
): Promise<void> {
  using project = new Project(FILES).link('vite', 'tsrace');
  let server: Server | undefined;
  const context = await browser.newContext();
  try {
    server = await develop(project.root, 'vite', { plugin });
    const tab = await context.newPage();
    await tab.goto(server.origin);
    await isReady(tab);
    await act(tab, project);
  } finally {
    await context.close();
    await server?.close();
  }
}

const isReady = (tab: Page): Promise<unknown> => tab.waitForFunction(() => 'page' in globalThis);

/** On a page that is not loaded again the mark stays. */
const mark = (tab: Page): Promise<unknown> =>
  tab.evaluate(() => Object.assign(globalThis, { mark: true }) && undefined);
const isMarked = (tab: Page): Promise<boolean> => tab.evaluate(() => 'mark' in globalThis);

interface Seen {
  /** the place in the page's code, and what the report shows of that line */
  at: string;
  line: string;
  worker: string;
}

/** The races between the page and its worker. */
async function races(tab: Page): Promise<Seen[]> {
  const found = await tab.evaluate(() => {
    const all = window.__tsrace__?.races() ?? [];
    return JSON.parse(JSON.stringify(all)) as RaceReport[];
  });
  return found
    .map(({ accesses, sources = [] }): Seen => {
      const places = accesses.map(({ frames: [at] }) => at!);
      const [inPage, inWorker] = places[0]!.file.endsWith('worker.ts') ? [places[1]!, places[0]!] : places;
      const excerpt = sources.find(({ file }) => file === inPage!.file);
      return {
        at: `${inPage!.file}:${inPage!.line}:${inPage!.column}`,
        line: excerpt?.lines[inPage!.line - excerpt.from] ?? '',
        worker: `${inWorker!.file}:${inWorker!.line}`,
      };
    })
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

test(
  'a module that the page accepts: races of the old text keep its lines, those of the new one have theirs',
  async () => {
    await served({}, async (tab, project) => {
      await mark(tab);
      await tab.evaluate(() => page.round((view) => page.step.step(view)));
      const old: Seen = { at: 'src/step.ts:4:3', line: '  view[0]! += 1;', worker: 'src/worker.ts:3' };
      expect(await races(tab)).toEqual([old]);

      project.write({
        'src/step.ts': `export function step(view: Int32Array): void {
  Atomics.add(view, 0, 1);
}
// a line

// and others
export function later(view: Int32Array): void {
  const more = 2;
  view[3]! += more;
}
`,
      });
      await tab.waitForFunction(() => page.updates === 1);
      await tab.evaluate(() => page.round((view) => page.step.later(view)));
      const fresh: Seen = { at: 'src/step.ts:9:3', line: '  view[3]! += more;', worker: 'src/worker.ts:3' };
      expect(await races(tab)).toEqual([old, fresh]);
      // what was kept of the module that was replaced
      await tab.evaluate(() => page.round((view) => page.first.later(view)));
      const kept: Seen = { at: 'src/step.ts:8:3', line: '  view[1]! += 1;', worker: 'src/worker.ts:3' };
      expect(await races(tab)).toEqual([old, kept, fresh]);
      expect(await isMarked(tab)).toBe(true);
    });
  },
  PATIENCE_MS,
);

test(
  'a module that accepts itself',
  async () => {
    await served({}, async (tab, project) => {
      await mark(tab);
      await tab.evaluate(() => page.round((view) => page.own.run(view)));
      project.write({ 'src/own.ts': `\n\n${FILES['src/own.ts']}` });
      await tab.waitForFunction(() => page.own.updates === 1);
      await tab.evaluate(() => page.round((view) => page.own.run(view)));
      expect((await races(tab)).map(({ at }) => at)).toEqual(['src/own.ts:2:3', 'src/own.ts:4:3']);
      expect(await isMarked(tab)).toBe(true);
    });
  },
  PATIENCE_MS,
);

test.each([
  ['without the plugin', null],
  ['with it', {}],
])(
  'a worker that is edited: vite loads the page again, %s',
  async (_, plugin) => {
    await served(plugin, async (tab, project) => {
      await mark(tab);
      // vite knows the worker once it has served it
      await tab.evaluate(() => page.round(() => {}));
      const loaded = tab.waitForEvent('load');
      project.write({ 'src/worker.ts': `\n// above\n${FILES['src/worker.ts']}` });
      await loaded;
      await isReady(tab);
      expect(await isMarked(tab)).toBe(false);
      await tab.evaluate(() => page.round((view) => page.step.step(view)));
      const race: Seen = { at: 'src/step.ts:4:3', line: '  view[0]! += 1;', worker: 'src/worker.ts:5' };
      expect(await races(tab)).toEqual(plugin === null ? [] : [race]);
    });
  },
  PATIENCE_MS,
);

/**
 * Fixtures of fixtures/web, in a real browser: a fixture is one file, bundled once as a page and its workers, plainly
 * and as an adapter for a bundler builds it. It is served with the headers that shared memory needs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { hear, openBrowser } from '../../scripts/browser.mjs';
import { instrumentForBuild } from '../../src/build/instrument.ts';
import { type Declaration, declaration } from '../fixtures/declaration.ts';
import type { Document, Outcome } from '../fixtures/run.ts';

const ROOT: string = process.cwd();
const FOLDER: string = join(ROOT, 'fixtures/web');
const PATIENCE_MS = 20_000;

type Browser = Awaited<ReturnType<typeof openBrowser>>;

export interface Page {
  file: string;
  name: string;
  declared: Declaration;
}

/** One that is no verdict of its own. */
export const pageOf = (name: string): Page => ({
  file: join(FOLDER, name),
  name,
  declared: { orders: [''], races: [], rules: [], unchecked: [], perhaps: undefined, node: undefined },
});

export function pages(folder: string = FOLDER): Page[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((entry) => /(?:^|\/)(?:no)?race-[^/]*\.ts$/.test(entry))
    .sort()
    .map((entry) => {
      const file = join(folder, entry);
      return { file, name: relative(folder, file), declared: declaration(file) };
    });
}

/** What an adapter does. */
const instrumented: Plugin = {
  name: 'tsrace',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^tsrace\/web$/ }, () => ({ path: join(ROOT, 'dist/web.js') }));
    onLoad({ filter: /fixtures[\\/]web[\\/].*\.ts$/ }, ({ path }) => {
      const { code } = instrumentForBuild(readFileSync(path, 'utf8'), path, { file: relative(ROOT, path) })!;
      return { contents: code, loader: 'js' };
    });
  },
};

export type Kind = 'plain' | 'checked';

/** What is served for a fixture, by its names. */
export type Files = Map<string, string | Buffer>;

/** The scripts of a fixture by their names: `x.js` is a module, `x.classic.js` a script. */
async function scriptsOf(file: string, kind: Kind): Promise<Files> {
  const name = basename(file, '.ts');
  const scripts: Files = new Map();
  for (const [format, suffix] of [
    ['esm', '.js'],
    ['iife', '.classic.js'],
  ] as const) {
    const { outputFiles } = await build({
      stdin: {
        contents: `${kind === 'checked' ? "import 'tsrace/web';" : ''}import ${JSON.stringify(file)};`,
        resolveDir: ROOT,
      },
      bundle: true,
      format,
      write: false,
      target: 'es2022',
      // this package says that its files have no side effects
      ignoreAnnotations: true,
      logLevel: 'silent',
      plugins: kind === 'checked' ? [instrumented] : [],
    });
    scripts.set(`${name}${suffix}`, outputFiles[0]!.text);
  }
  return scripts;
}

/** Points of an order, and those that wait for them. */
class Turns {
  readonly #order: string;
  readonly #done = new Set<string>();
  #waiting: { point: string; go: () => void }[] = [];

  constructor(order: string) {
    this.#order = order;
  }

  turn(point: string, go: () => void): void {
    this.#waiting.push({ point, go });
    this.#look();
  }

  done(point: string): void {
    this.#done.add(point);
    this.#look();
  }

  #look(): void {
    this.#waiting = this.#waiting.filter(({ point, go }) => {
      const at = this.#order.indexOf(point);
      const ready = [...this.#order.slice(0, Math.max(at, 0))].every((earlier) => this.#done.has(earlier));
      if (ready) go();
      return !ready;
    });
  }
}

interface Run {
  scripts: Files;
  turns: Turns;
  isolated: boolean;
}

export interface Site {
  run(
    page: Page,
    order: string,
    kind: Kind,
    isolated?: boolean,
  ): Promise<Outcome & { document: Document | undefined }>;
  close(): Promise<void>;
}

export async function openSite(
  build: (file: string, kind: Kind) => Promise<Files> = scriptsOf,
): Promise<Site> {
  const runs = new Map<string, Run>();
  const server = createServer((request, response) => {
    const [, id = '', ...rest] = (request.url ?? '').split('/');
    const run = runs.get(id);
    if (run === undefined) respond(response, 404, 'text/plain', 'no such run');
    else serve(run, rest, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await openBrowser();
  let count = 0;
  const built = new Map<string, Promise<Files>>();
  const builtOnce = (file: string, kind: Kind): Promise<Files> => {
    const key = `${kind} ${file}`;
    if (!built.has(key)) built.set(key, build(file, kind));
    return built.get(key)!;
  };
  /** Those of `kind`, and the other kind's as `other-x.js`. */
  const scriptsFor = async (file: string, kind: Kind): Promise<Files> => {
    const others = await builtOnce(file, kind === 'plain' ? 'checked' : 'plain');
    const renamed = [...others].map(([name, text]): [string, string | Buffer] => [`other-${name}`, text]);
    return new Map([...(await builtOnce(file, kind)), ...renamed]);
  };
  return {
    async run({ file }, order, kind, isolated = true) {
      const id = `run${count++}`;
      runs.set(id, { scripts: await scriptsFor(file, kind), turns: new Turns(order), isolated });
      try {
        return await visit(browser, `${origin}/${id}/${basename(file, '.ts')}.html`);
      } finally {
        runs.delete(id);
      }
    },
    async close() {
      await browser.close();
      await closed(server);
    },
  };
}

function serve({ scripts, turns, isolated }: Run, path: string[], response: ServerResponse): void {
  const name = path.join('/');
  // workers ask relative to their folder
  const [order, what, point = ''] = path.slice(-3);
  if (order === 'order') {
    const go = (): void => respond(response, 200, 'text/plain', '');
    if (what === 'done') turns.done(point);
    if (what === 'turn') turns.turn(point, go);
    else go();
    return;
  }
  if (isolated) {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  }
  const script = scripts.get(name);
  if (script !== undefined) respond(response, 200, TYPES[extname(name)] ?? 'text/javascript', script);
  else if (name.endsWith('.html')) respond(response, 200, 'text/html', html(name.replace(/html$/, 'js')));
  else respond(response, 404, 'text/plain', 'not found');
}

const html = (script: string): string =>
  `<!doctype html><meta charset="utf-8"><title>running</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

const TYPES: Record<string, string> = { '.wasm': 'application/wasm' };

function respond(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  const charset = type.startsWith('text/') ? '; charset=utf-8' : '';
  response.writeHead(status, { 'Content-Type': type + charset }).end(body);
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** What the program says is its output; what is in a group of the console is tsrace's. */
async function visit(browser: Browser, url: string): Promise<Outcome & { document: Document | undefined }> {
  const context = await browser.newContext();
  const outcome: Outcome & { document: Document | undefined } = {
    code: 0,
    stdout: '',
    stderr: '',
    document: undefined,
  };
  try {
    const page = await context.newPage();
    hear(page, (type, text) => {
      outcome[type === 'log' ? 'stdout' : 'stderr'] += `${text}\n`;
    });
    await page.goto(url);
    try {
      await page.waitForFunction(() => document.title === 'finished', undefined, { timeout: PATIENCE_MS });
    } catch (error) {
      outcome.stderr += `the page did not finish: ${error}\n`;
      outcome.code = 1;
    }
    const json = await page.evaluate(() => {
      const { __tsrace__ } = globalThis as { __tsrace__?: { document(): unknown } };
      return __tsrace__ === undefined ? undefined : JSON.stringify(__tsrace__.document());
    });
    // the console's messages so far have come before this answer
    if (json !== undefined) outcome.document = JSON.parse(json) as Document;
    if (outcome.code === 0 && (outcome.document?.races.length ?? 0) > 0) outcome.code = 66;
    return outcome;
  } finally {
    await context.close();
  }
}

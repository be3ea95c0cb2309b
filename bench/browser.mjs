// Kernels in Chromium: bundled by esbuild, plainly and with tsrace's plugin, and served with the headers that shared
// memory needs. One browser for all runs, a page in a context of its own for each.
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { openBrowser } from '../scripts/chromium.mjs';
import { Failure } from './launch.mjs';

const sources = join(import.meta.dirname, 'kernels');
/** of Node alone, or no program of its own */
const NO_ENTRIES = ['main.ts', 'sync.ts', 'timed.ts', 'util.ts'];
const TIME_LIMIT = 10 * 60_000;
const HTML =
  '<!doctype html><title>running</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';

export async function openBench(project) {
  const folder = join(project.folder, 'web');
  cpSync(sources, join(folder, 'src'), { recursive: true, filter: (file) => !file.endsWith('.json') });
  await bundle(folder, 'plain', []);
  const { default: tsrace } = await import(pathToFileURL(join(project.dist, 'src/esbuild.js')));
  await bundle(folder, 'tsrace', [tsrace()]);
  const server = await serve(folder);
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await openBrowser();
  return {
    version: browser.version(),
    /** One run of a kernel: seconds and checksum. */
    run: (traced, kernel, size, threads, reps, mode = '') => {
      const query = new URLSearchParams({ kernel, size, threads, reps, mode });
      return visit(browser, `${origin}/${traced ? 'tsrace' : 'plain'}/page.html?${query}`, traced);
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function bundle(folder, kind, plugins) {
  const files = readdirSync(sources).filter((name) => name.endsWith('.ts') && !NO_ENTRIES.includes(name));
  await build({
    absWorkingDir: folder,
    entryPoints: files.map((name) => `src/${name}`),
    outdir: `out/${kind}`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    plugins,
  });
}

async function serve(folder) {
  const server = createServer(({ url }, response) => {
    const [, kind, name] = /^\/(plain|tsrace)\/([\w-]+\.(?:js|html))(?:\?|$)/.exec(url) ?? [];
    const file = join(folder, 'out', kind ?? '', name ?? '');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (name === 'page.html') response.setHeader('Content-Type', 'text/html').end(HTML);
    else if (name !== undefined && existsSync(file))
      response.setHeader('Content-Type', 'text/javascript').end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

async function visit(browser, url, traced) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const said = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    await page.goto(url);
    await page.waitForFunction(() => document.title !== 'running', undefined, {
      timeout: TIME_LIMIT,
      polling: 100,
    });
    const title = await page.title();
    const races = await page.evaluate(() => globalThis.__tsrace__?.races().length);
    const [, checksum, seconds] = /^checksum=(\S+) seconds=([\d.]+)$/.exec(title) ?? [];
    if (said.length > 0) throw new Failure(`the console says: ${said.join(' ').slice(0, 200)}`);
    if (seconds === undefined) throw new Failure(`printed no result: ${title.slice(0, 200)}`);
    if (races !== (traced ? 0 : undefined)) throw new Failure(`races: ${races}`);
    return { seconds: Number(seconds), checksum };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(String(error).split('\n')[0]);
  } finally {
    await context.close();
  }
}

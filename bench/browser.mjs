// Kernels in Chromium: bundled by esbuild, plainly and with tsrace's plugin, and served with the headers that shared
// memory needs. One browser for all runs, a page in a context of its own for each.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { openBrowser } from '../scripts/chromium.mjs';
import { serve } from '../scripts/site.mjs';
import { Failure } from './launch.mjs';

const sources = join(import.meta.dirname, 'kernels');
/** of Node alone, or no program of its own */
const NO_ENTRIES = ['main.ts', 'measured.ts', 'sync.ts', 'timed.ts', 'util.ts'];
const TIME_LIMIT = 10 * 60_000;

export async function openBench(project) {
  const folder = join(project.folder, 'web');
  cpSync(sources, join(folder, 'src'), { recursive: true, filter: (file) => !file.endsWith('.json') });
  await bundle(folder, 'plain', []);
  const { default: tsrace } = await import(pathToFileURL(join(project.dist, 'src/esbuild.js')));
  await bundle(folder, 'tsrace', [tsrace()]);
  const [plain, checked] = [await serve(join(folder, 'out/plain')), await serve(join(folder, 'out/tsrace'))];
  const browser = await openBrowser();
  return {
    version: browser.version(),
    /** One run of a kernel: seconds and checksum. */
    run: (traced, kernel, size, threads, reps, mode = '') => {
      const query = new URLSearchParams({ kernel, size, threads, reps, mode });
      return visit(browser, `${(traced ? checked : plain).origin}page?${query}`, traced);
    },
    async close() {
      await browser.close();
      await plain.close();
      await checked.close();
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

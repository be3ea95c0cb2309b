/** Lines of files that other plugins of vite compile, built and served while developing, in Chromium. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  build,
  declared,
  develop,
  prepare,
  type Server,
  visit,
} from '../../../fixtures/bundlers/harness.mjs';
import { openBrowser } from '../../../scripts/chromium.mjs';
import { serve } from '../../../scripts/site.mjs';

const PACKAGES = [
  'vite',
  'vue',
  '@vitejs/plugin-vue',
  'svelte',
  '@sveltejs/vite-plugin-svelte',
  'react',
  'react-dom',
  '@vitejs/plugin-react',
];
const COMPONENTS = ['src/Counter.svelte', 'src/Counter.tsx', 'src/Counter.vue'];

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace-frameworks-')));
  prepare(folder, PACKAGES, join(process.cwd(), 'fixtures/frameworks'));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const WAYS: Record<string, (settings: object) => Promise<Pick<Server, 'origin' | 'close'>>> = {
  built: async (settings) => serve(await build(folder, 'vite', 'browser', settings)),
  served: (settings) => develop(folder, 'vite', settings),
};

interface Outcome {
  output: string;
  complaints: string;
  races: string[] | undefined;
}

async function look(way: string, settings: object): Promise<Outcome> {
  const server = await WAYS[way]!(settings);
  try {
    const { races, ...said } = await visit(browser, `${server.origin}index.html`);
    return { ...said, races: races?.map((places) => [...places].sort().join(' ')).sort() };
  } finally {
    await server.close();
  }
}

test.for(Object.keys(WAYS))(
  'components of vue, svelte and react, %s, keep their lines',
  { timeout: 180_000 },
  async (way) => {
    const [touch] = declared(folder, 'src/parts/touch.ts');
    const races = COMPONENTS.map((file) => `${declared(folder, file)[0]} ${touch}`);
    const plain = await look(way, { plugin: null });
    expect(plain).toMatchObject({ output: 'counted vue svelte react\n', races: undefined });
    expect(await look(way, {})).toEqual({ ...plain, races });
    expect(await look(way, { fixed: true })).toEqual({ ...plain, races: [] });
  },
);

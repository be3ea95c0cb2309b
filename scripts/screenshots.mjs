// The pictures of `tsrace view` in docs/images, of one of the examples: npm run build && node scripts/screenshots.mjs
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openBrowser } from './chromium.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const images = join(root, 'docs/images');
const folder = mkdtempSync(join(tmpdir(), 'tsrace-screenshots-'));
const tsrace = (...args) =>
  spawnSync(process.execPath, [join(root, 'dist/src/cli/bin.js'), ...args], { cwd: root, stdio: 'inherit' });

try {
  mkdirSync(images, { recursive: true });
  const [report, page] = [join(folder, 'races.json'), join(folder, 'races.html')];
  tsrace('--json', report, 'node', 'fixtures/programs/examples/race-early-publication.ts');
  tsrace('view', report, '--html', page);
  const browser = await openBrowser();
  for (const colorScheme of ['light', 'dark']) {
    const tab = await browser.newPage({ viewport: { width: 1400, height: 800 }, colorScheme });
    await tab.goto(pathToFileURL(page).href);
    await tab.locator('.canvas .verdict').waitFor();
    await tab.screenshot({ path: join(images, `view-${colorScheme}.png`) });
    const timeline = tab.locator('section:has(> #timeline)');
    await timeline.screenshot({ path: join(images, `timeline-${colorScheme}.png`) });
  }
  await browser.close();
} finally {
  rmSync(folder, { recursive: true });
}

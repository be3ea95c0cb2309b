/** Packages of others that share memory in browsers, built by vite as their users do: silent when used right. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { type Files, type Kind, openSite, pages, type Site } from './pages.ts';
import { verdicts } from './verdicts.ts';

const FOLDER = join(process.cwd(), 'fixtures/web-real');
const PATIENCE_MS = 60_000;

let site: Site;
let out: string;
beforeAll(async () => {
  out = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace-web-real-')));
  site = await openSite(build);
});
afterAll(async () => {
  await site?.close();
  rmSync(out, { recursive: true, force: true });
});

async function build(file: string, kind: Kind): Promise<Files> {
  const folder = join(out, `${basename(file, '.ts')}-${kind}`);
  const { NODE_OPTIONS: _, TSRACE: __, NODE_ENV: ___, VITEST: ____, ...env } = process.env;
  const args = [join(FOLDER, 'build.mjs'), basename(file), folder, kind];
  await promisify(execFile)(process.execPath, args, { env });
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [relative(folder, path).split(sep).join('/'), readFileSync(path)]),
  );
}

verdicts(pages(FOLDER), () => site, { timeout: PATIENCE_MS });

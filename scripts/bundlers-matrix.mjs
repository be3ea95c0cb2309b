// The project fixtures/bundlers with every bundler: for Node and for browsers, racy and fixed, built and (vite) served
// while it is developed (there vite, webpack and rspack also print and keep what pages report). The racy one must report what its comments declare, the fixed one nothing, both must say what
// they say without tsrace, and a plugin that is off must change no byte. The bundlers are installed into a temporary
// folder; the browser is Chromium,
// or Firefox with TSRACE_BROWSER=firefox.
//
//   node scripts/bundlers-matrix.mjs [--keep FOLDER] [bundlers …]      e.g. node scripts/bundlers-matrix.mjs vite7 webpack
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, prepare } from '../fixtures/bundlers/harness.mjs';
import { openBrowser } from './browser.mjs';

const VITE = { name: 'vite', checks: ['node', 'browser', 'dev', 'reports', 'off'] };
const ALL = ['node', 'browser', 'off'];
const SERVED = [...ALL, 'reports'];
const BUNDLERS = {
  esbuild: { name: 'esbuild', packages: ['esbuild@0.28.2'], checks: ALL },
  vite8: { ...VITE, packages: ['vite@8.3.8'] },
  vite7: { ...VITE, packages: ['vite@7'] },
  vite6: { ...VITE, packages: ['vite@6'] },
  rollup: { name: 'rollup', packages: ['rollup@4.68.7', 'esbuild@0.28.2'], checks: ALL },
  rolldown: { name: 'rolldown', packages: ['rolldown@1.3.2'], checks: ALL },
  // 5.112.2 makes code of `new Worker` of an imported name that does not run, with tsrace or without
  webpack: {
    name: 'webpack',
    packages: ['webpack@5.101.3', 'ts-loader@9.6.2', 'typescript@5.9', 'webpack-dev-server@5.2.6'],
    checks: SERVED,
  },
  rspack: { name: 'rspack', packages: ['@rspack/core@2.3.2', '@rspack/dev-server@2.2.2'], checks: SERVED },
};

const words = process.argv.slice(2);
const keep = words[0] === '--keep' ? words.splice(0, 2)[1] : undefined;
const folder = keep ?? mkdtempSync(join(tmpdir(), 'tsrace-bundlers-matrix-'));
const chosen = Object.keys(BUNDLERS).filter((one) => words.length === 0 || words.includes(one));
const browser = await openBrowser();
let wrong = 0;
try {
  for (const one of chosen) {
    const { name, packages, checks } = BUNDLERS[one];
    const project = install(one, packages);
    for (const what of checks) {
      const complaints = await check(project, name, what, browser);
      if (complaints.length > 0) wrong++;
      console.log(`${one.padEnd(9)} ${what.padEnd(8)} ${complaints.length === 0 ? 'as declared' : 'WRONG'}`);
      for (const line of complaints) console.log(`    ${line}`);
    }
  }
} finally {
  await browser.close();
  if (keep === undefined) rmSync(folder, { recursive: true, force: true });
}
process.exitCode = wrong > 0 ? 1 : 0;

function install(one, packages) {
  const project = join(folder, one);
  if (!existsSync(join(project, 'node_modules'))) {
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...packages], {
      cwd: project,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  prepare(project, []);
  return project;
}

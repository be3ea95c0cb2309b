// tsc emits dist/{src,runtime,plugin}; esbuild then makes the files that a preloaded thread loads:
// dist/runtime.cjs (runtime and loader, one file so that a worker starts fast), dist/register.cjs, which runs it,
// dist/transform.cjs (the plugin; loaded only when a file is not in the transform cache; Babel stays outside),
// dist/finish.cjs (loaded when a process concludes its own run), for Node 20 dist/hooks.mjs (the loader's thread), and
// for browsers dist/web.js and dist/web.classic.js, and dist/web.*.js for their development.
// dist/page.js and dist/page.css are what `tsrace view` puts into a page. All of it is made beside the old files and renamed over them one by
// one, so that a program that runs meanwhile misses none.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const fast = process.argv.includes('--fast');
const dist = join(root, 'dist');
const fresh = join(dist, `.new-${process.pid}`);
mkdirSync(fresh, { recursive: true });
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
if (!fast) execFileSync(process.execPath, [tsc, '--outDir', fresh], { cwd: root, stdio: 'inherit' });
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  absWorkingDir: root,
  legalComments: 'none',
  define: { TSRACE_VERSION: JSON.stringify(version) },
};
// the sources find their own place by import.meta.url, which CommonJS lacks
const cjs = {
  ...common,
  format: 'cjs',
  define: { ...common.define, 'import.meta.url': 'tsraceFile' },
  banner: { js: '"use strict"; const tsraceFile = require("node:url").pathToFileURL(__filename).href;' },
};
// What Node has for all of the runtime and its tools, browsers have in modules of their own.
const TWINS = {
  'runtime/platform.ts': 'runtime/web/platform.ts',
  'src/report/platform.ts': 'src/web/report-platform.ts',
  'src/integrations/handle.ts': 'src/integrations/page-handle.ts',
};
const twins = {
  name: 'twins',
  setup({ onResolve }) {
    onResolve({ filter: /(?:platform|handle)\.ts$/ }, ({ path, resolveDir }) => {
      const twin = TWINS[relative(root, join(resolveDir, path)).split(sep).join('/')];
      return twin && { path: join(root, twin) };
    });
  },
};
const browsers = { platform: 'browser', target: ['chrome111', 'firefox128', 'safari17'] };
// as an expression, so that nobody has to put the text together (src/code-cache.ts)
const runtime = `(function (exports, require, module, __filename, __dirname) {${await bundle('src/preload.ts')}\n})`;
writeFileSync(join(fresh, 'runtime.cjs'), runtime);
const hash = createHash('sha256').update(runtime).digest('hex').slice(0, 16);
writeFileSync(
  join(fresh, 'register.cjs'),
  await bundle('src/register.cts', { TSRACE_RUNTIME: JSON.stringify(hash) }),
);
for (const [entry, name] of [
  ['plugin/instrument.ts', 'transform.cjs'],
  ['src/report/finish.ts', 'finish.cjs'],
]) {
  await build({ ...cjs, entryPoints: [entry], outfile: join(fresh, name), packages: 'external' });
}
// the hooks thread of Node 20
await build({
  ...common,
  format: 'esm',
  entryPoints: ['src/loader/hooks-thread.ts'],
  outfile: join(fresh, 'hooks.mjs'),
});
await build({
  bundle: true,
  absWorkingDir: root,
  entryPoints: { page: 'src/page/main.ts' },
  outdir: fresh,
  format: 'iife',
  target: 'es2022',
  minify: true,
  // the text stands in an element of HTML, whose end must not occur in it
  charset: 'ascii',
  legalComments: 'none',
});
await build({
  bundle: true,
  absWorkingDir: root,
  entryPoints: { page: 'src/page/style/page.css' },
  outdir: fresh,
  minify: true,
});
await buildWeb();
await buildVitestPage();
const bin = join(fresh, 'src/cli/bin.js');
if (existsSync(bin)) chmodSync(bin, 0o755);
publish(fresh, dist);

/** The text of a file that every thread runs. */
async function bundle(entry, define = {}) {
  const { outputFiles } = await build({
    ...cjs,
    define: { ...cjs.define, ...define },
    entryPoints: [entry],
    write: false,
    // each thread has the text on its heap
    minifyWhitespace: true,
    // constants of other modules become literals (runtime/core/shadow/layout.ts)
    minifySyntax: true,
  });
  return (
    outputFiles[0].text
      // what stands for one of Node's modules has a getter of its own for all that is in it; a prototype does as well
      .replace(/__toESM\((require\("node:[a-z_]+"\)), ?1\)/g, '__ofNode($1)')
      .replace('var __toESM=', 'var __ofNode=(mod)=>Object.create(mod,{default:{value:mod}});$&')
      // esbuild leaves such characters in comments only, and for one of them V8 keeps the whole text in two bytes each:
      // 0.4 MB of every thread's heap
      .replace(/[^\p{ASCII}]/gu, '?')
  );
}

/**
 * dist/web.js and dist/web.classic.js: all in one function, whose text a worker of a blob: URL can be given. The
 * runtime in it is a function of its own, which runs where there is shared memory, and is given its class.
 */
async function buildWeb() {
  const web = { ...common, ...browsers, format: 'iife', write: false, minifySyntax: true };
  const main = await build({
    ...web,
    entryPoints: ['src/web/main.ts'],
    globalName: 'tsraceMain',
    plugins: [twins],
  });
  const lazyMain = {
    name: 'main',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: 'main', namespace: 'lazy' }));
      onLoad({ filter: /./, namespace: 'lazy' }, () => ({
        contents: `export function main(SharedArrayBuffer) {${main.outputFiles[0].text}\nreturn tsraceMain.main();}`,
      }));
    },
  };
  const entry = await build({ ...web, entryPoints: ['src/web/entry.ts'], plugins: [twins, lazyMain] });
  const text = `function tsraceWeb() {\n${entry.outputFiles[0].text}}`;
  writeFileSync(
    join(fresh, 'web.js'),
    `const tsraceWeb = ${text};\ntsraceWeb();\nexport const tsraceHooks = globalThis.__tsrace;\n`,
  );
  writeFileSync(join(fresh, 'web.classic.js'), `(${text})();\n`);
  await buildDev(web);
}

/**
 * What a page does with its races while it is developed: dist/web.dev.js is what src/build/bundler/dev-module.ts puts
 * settings into, dist/web.hot.js vite's socket. dist/web.watched.js is for pages that a test drives.
 */
async function buildDev(web) {
  await build({
    ...web,
    entryPoints: { 'web.client': 'src/web/dev/develop.ts' },
    format: 'esm',
    write: true,
    outdir: fresh,
  });
  await build({
    ...web,
    entryPoints: { 'web.watched': 'src/web/dev/watched.ts' },
    write: true,
    outdir: fresh,
  });
  writeFileSync(
    join(fresh, 'web.dev.js'),
    `import './web.js';\nimport { develop } from './web.client.js';\nexport { tsraceHooks } from './web.js';\ndevelop(TSRACE_DEV);\n`,
  );
  writeFileSync(join(fresh, 'web.hot.js'), 'export const hot = import.meta.hot;\n');
}

/** dist/vitest.browser.js: what vitest's browser mode loads beside the runtime. */
async function buildVitestPage() {
  await build({
    ...common,
    ...browsers,
    format: 'esm',
    entryPoints: ['src/vitest.browser.ts'],
    outfile: join(fresh, 'vitest.browser.js'),
    plugins: [twins],
  });
}

function publish(from, to) {
  mkdirSync(to, { recursive: true });
  const entries = readdirSync(from, { withFileTypes: true });
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) publish(source, target);
    else renameSync(source, target);
  }
  const kept = new Set(entries.map(({ name }) => name));
  const stale = fast ? [] : readdirSync(to).filter((name) => !kept.has(name) && !name.startsWith('.'));
  for (const name of stale) rmSync(join(to, name), { recursive: true });
}

/**
 * Browser mode: vitest makes a vite server of its own for it, whose pages run the tests. There the plugin does what the
 * one for bundlers does while developing, and three things more: the page is isolated, so that it has shared memory at
 * all; a script of its head says that vitest tells the races (host.ts); the setup file is one that runs in a browser.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Modules } from '../../build/bundler/modules.ts';
import { type TransformContext, type TransformResult, transformed } from '../../build/bundler/rollup.ts';
import { runtimeModule } from '../../build/bundler/runtime-module.ts';
import { type DevServer, scriptFor, serveScript } from '../../build/bundler/vite.ts';
import type { Host } from '../../web/host.ts';
import { handle } from '../handle.ts';
import { COMMAND, type Verdict } from './page-message.ts';
import { Pages } from './pages.ts';

const BUNDLE = fileURLToPath(new URL('../../../vitest.browser.js', import.meta.url));
/** What a test that imports `tsrace/vitest` gets, and the setup file: one module. */
const ENTRY = 'virtual:tsrace-vitest-page.js';
const ENTRIES: ReadonlySet<string> = new Set(['tsrace/vitest', ENTRY]);

export interface BrowserServerConfig {
  root: string;
  base: string;
  plugins: readonly { name?: string }[];
  server: { headers?: Record<string, unknown> };
  test?: { browser?: { enabled?: boolean } };
}

/** From vitest 5 on a project has one server, which serves its pages too. */
export const isBrowserServer = ({ plugins, test }: BrowserServerConfig): boolean =>
  plugins.some(
    ({ name }) =>
      name === 'vitest:browser' || (name === 'vitest:browser:loader' && test?.browser?.enabled === true),
  );

/** Of that server, what goes to pages. */
export const isForPages = ({ environment }: { environment?: { name?: string } }): boolean =>
  (environment?.name ?? 'client') === 'client';

/** `credentialless` would disturb less, and is a word that WebKit does not know. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export class BrowserServer {
  readonly #modules: Modules;
  readonly #base: string;
  readonly #prefix: string;

  constructor(config: BrowserServerConfig) {
    const { include = [], exclude = [] } = handle()?.globs ?? {};
    this.#prefix = handle()?.testing?.prefix || `${process.cwd()}/`;
    this.#modules = new Modules({ include, exclude }, this.#prefix.slice(0, -1));
    this.#base = config.base;
    const { headers = {} } = config.server;
    const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    const missing = Object.entries(ISOLATION).filter(([name]) => !given.has(name.toLowerCase()));
    config.server.headers = { ...headers, ...Object.fromEntries(missing) };
  }

  serve(server: DevServer): void {
    server.middlewares.use(serveScript(this.#base));
  }

  resolve(id: string): string | undefined {
    return ENTRIES.has(id) ? `\0${ENTRY}` : undefined;
  }

  load(id: string): string | undefined {
    return id === `\0${ENTRY}` ? readFileSync(BUNDLE, 'utf8') : undefined;
  }

  /** `older`: vitest before 4.1. */
  setup(older: boolean): string {
    return `import ${JSON.stringify(runtimeModule('browser', this.#prefix, false))};
import * as vitest from 'vitest';
${older ? "import * as suite from 'vitest/suite';" : 'const suite = undefined;'}
import { install } from '${ENTRY}';
await install(vitest, suite);
`;
  }

  head(): { tag: string; children: string; injectTo: 'head-prepend' }[] {
    const host: Host = { channels: 'vitest:', prefix: this.#prefix };
    const literal = JSON.stringify(host).replaceAll('<', '\\u003c');
    return [
      {
        tag: 'script',
        children: `globalThis[Symbol.for('tsrace.host')] = ${literal};`,
        injectTo: 'head-prepend',
      },
    ];
  }

  transform(context: TransformContext, code: string, id: string): TransformResult | undefined {
    return transformed(context, this.#modules, {
      code,
      id,
      target: 'browser',
      modulesOnly: true,
      classic: scriptFor(id, this.#base),
    });
  }
}

/** What we use of the context of a command of vitest's. */
interface Context {
  testPath?: string | undefined;
  project: { name: string; config: { root: string }; browser?: { vite: ModuleGraphs } };
}

interface ModuleGraphs {
  moduleGraph: { getModulesByFile(file: string): Set<{ transformResult?: unknown }> | undefined };
}

type Command = (context: Context, message: unknown) => Verdict[];

let pages: Pages | undefined;
const saidOf = new Set<string>();

function notIsolated(project: string): void {
  if (saidOf.has(project)) return;
  saidOf.add(project);
  const what = project ? `vitest project ${project}` : 'vitest';
  const why =
    'its pages are not cross-origin isolated, so they have no SharedArrayBuffer, and nothing is checked there: ' +
    'leave Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy out of server.headers, or set same-origin and require-corp';
  process.stderr.write(`tsrace: ${what}: ${why}\n`);
  handle()?.uninstrumented?.({ what, why });
}

/** What it takes in the config, where browsers are used. */
export const forBrowsers = (): object => ({
  // else vite finds it when it is asked for, and starts the page again
  optimizeDeps: { exclude: ['tsrace'] },
  test: { browser: { commands } },
});

/** The way of pages to this process. */
const commands: Record<string, Command> = {
  [COMMAND]({ testPath, project }, message) {
    const { page, testing } = handle()!;
    pages ??= new Pages({ open: page!, prefix: testing?.prefix ?? '' });
    const modules = (file: string): Iterable<{ transformResult?: unknown }> =>
      project.browser?.vite.moduleGraph.getModulesByFile(file) ?? [];
    const verdicts = pages.hear(message, {
      root: project.config.root,
      file: testPath,
      shows: (file) => [...modules(file)].some(({ transformResult }) => transformResult),
    });
    if (verdicts === undefined) notIsolated(project.name);
    return verdicts ?? [];
  },
};

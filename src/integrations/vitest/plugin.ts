/**
 * The vite plugin, in vitest's main process: instruments what vite serves to tests, and gives every project the
 * setup file that ties races to tests (hooks.ts). `tsrace vitest` adds it by itself (facade.ts); in a config it is
 * `plugins: [tsrace()]`, which then also starts the preload, for this process and all that vitest starts.
 *
 * It transforms last, after vitest has hoisted `vi.mock` and istanbul has counted: what it returns is a map to
 * what it was given, which vite chains, while the sites of accesses speak of the user's own lines.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TransformContext } from '../../build/bundler/rollup.ts';
import type { DevServer } from '../../build/bundler/vite.ts';
import { handle } from '../handle.ts';
import {
  BrowserServer,
  type BrowserServerConfig,
  forBrowsers,
  isBrowserServer,
  isForPages,
} from './browser.ts';
import type { Coverage, CoveredVitest } from './coverage.ts';

const require = createRequire(import.meta.url);
const REGISTER = fileURLToPath(new URL('../../../register.cjs', import.meta.url));
const HOOKS = fileURLToPath(new URL('hooks.js', import.meta.url));
const NATIVE_SETUP = fileURLToPath(new URL('native-setup.js', import.meta.url));

/** The id of the setup file, which exists only for vite. */
const SETUP = 'virtual:tsrace-vitest-setup';
const NAME = 'tsrace';

/** What we use of vite's and vitest's types, in all their versions. */
export interface TsracePlugin {
  name: string;
  enforce: 'post';
  apply: 'serve';
  config(): object | undefined;
  configResolved(config: BrowserServerConfig): void;
  configureServer(server: DevServer): void;
  transformIndexHtml(): ReturnType<BrowserServer['head']> | undefined;
  configureVitest(context: VitestContext): Promise<void>;
  resolveId: { order: 'pre'; handler(this: Served, id: string): string | undefined };
  load(this: Served, id: string): string | undefined;
  transform: {
    order: 'post';
    handler(
      this: TransformContext & Served,
      code: string,
      id: string,
    ): { code: string; map: object | null } | undefined;
  };
}

interface Served {
  environment?: { name?: string };
}

interface VitestContext {
  /** of vitest 5; before, the other one */
  defineCacheKeyGenerator?(key: () => false): void;
  experimental_defineCacheKeyGenerator?(key: () => false): void;
  vitest: CoveredVitest & { version: string };
  project: {
    config: {
      setupFiles: string[];
      experimental?: { viteModuleRunner?: boolean };
    };
  };
}

/** For `plugins` in vitest.config.ts. Outside of vitest it does nothing. */
export default function tsrace(): TsracePlugin {
  let active = false;
  let coverage: Coverage | undefined;
  let browser: BrowserServer | undefined;
  const plugin: TsracePlugin = {
    name: NAME,
    enforce: 'post',
    apply: 'serve',

    config: () => (process.env['VITEST'] === undefined ? undefined : forBrowsers()),

    configResolved(config) {
      // the config and `tsrace vitest` may both have brought one
      active = process.env['VITEST'] !== undefined && last(config.plugins) === plugin;
      if (!active) return;
      if (handle() === undefined) start();
      if (isBrowserServer(config)) browser = new BrowserServer(config);
    },

    configureServer(server) {
      browser?.serve(server);
    },

    transformIndexHtml: () => browser?.head(),

    async configureVitest(context) {
      if (!active) return;
      keepOutOfCache(context);
      const { vitest, project } = context;
      const { config } = project;
      versionOfVitest = vitest.version;
      process.env['TSRACE_RUNNER'] = 'vitest';
      const setup = config.experimental?.viteModuleRunner === false ? NATIVE_SETUP : SETUP;
      if (!config.setupFiles.includes(setup)) config.setupFiles.unshift(setup);
      coverage = await coverageOf(vitest);
    },

    resolveId: {
      order: 'pre',
      handler(id) {
        if (isSetup(id)) return id.replace(/^\//, '');
        return isForPages(this) ? browser?.resolve(id) : undefined;
      },
    },

    load(id) {
      const pages = isForPages(this) ? browser : undefined;
      if (!isSetup(id)) return pages?.load(id);
      const older = isOlder(versionOfVitest);
      if (pages !== undefined) return pages.setup(older);
      return `import * as vitest from 'vitest';
${older ? "import * as suite from 'vitest/suite';" : 'const suite = undefined;'}
import { install } from ${JSON.stringify(HOOKS)};
install(vitest, suite);
`;
    },

    transform: {
      order: 'post',
      handler(code, id) {
        if (!active) return undefined;
        if (browser !== undefined && isForPages(this)) return browser.transform(this, code, id);
        if (versionOfVitest === '') {
          tooOld();
          return undefined;
        }
        const file = fileOf(id);
        if (file === undefined) return undefined;
        const positions = this.getCombinedSourcemap();
        const made = handle()?.instrument?.(code, file, positions, coverage !== undefined);
        if (made?.map) coverage?.add(file, { code, positions, instrumented: made.code, map: made.map });
        return made;
      },
    },
  };
  return plugin;
}

/** `configureVitest` is called for the servers of projects, not for that of their browsers. */
let versionOfVitest = '';

/** A page asks for a path, and for a new one in each test file. */
const isSetup = (id: string): boolean => id.replace(/^\/|\?.*$/g, '') === SETUP;

/** What vitest gives to vite, with the plugin. A resolved config has it already. */
export function inject(config: { plugins?: unknown[] } = {}): object {
  const { plugins = [] } = config;
  if (plugins.some((plugin) => (plugin as { name?: unknown } | null)?.name === NAME)) return config;
  return { ...config, plugins: [...plugins, tsrace()] };
}

/**
 * vitest 5 keeps transformed modules on disk, and 4 does if it is asked to; a module from there is not instrumented
 * again, so neither tsrace's version and options nor the coverage of this run would be heeded.
 */
function keepOutOfCache(context: VitestContext): void {
  if (context.defineCacheKeyGenerator !== undefined) context.defineCacheKeyGenerator(() => false);
  else context.experimental_defineCacheKeyGenerator?.(() => false);
}

/** One for all projects. */
const coverages = new WeakMap<object, Promise<Coverage | undefined>>();

/** If v8 is to measure the coverage of this run. */
function coverageOf(vitest: CoveredVitest): Promise<Coverage | undefined> {
  const known = coverages.get(vitest);
  if (known !== undefined) return known;
  const { coverage, root } = vitest.config;
  const made = async (): Promise<Coverage | undefined> => {
    if (!coverage?.enabled || (coverage.provider ?? 'v8') !== 'v8') return undefined;
    const { Coverage } = await import('./coverage.ts');
    const result = new Coverage(vitest);
    try {
      await result.watch(root);
    } catch {
      // vitest says what is wrong with its provider
      return undefined;
    }
    return result;
  };
  const promise = made();
  coverages.set(vitest, promise);
  return promise;
}

let saidTooOld = false;

/** The hook that this plugin needs, `configureVitest`, came with 3.1. */
function tooOld(): void {
  if (saidTooOld) return;
  saidTooOld = true;
  const [what, why] = ['vitest', 'this version is too old for tsrace, which needs 3.1 or newer'];
  process.stderr.write(`tsrace: ${what}: ${why}; tests run unchecked\n`);
  handle()?.uninstrumented?.({ what, why });
}

const last = (plugins: readonly { name?: string }[]): unknown =>
  plugins.findLast(({ name }) => name === NAME);

/** Before 4.1 the tests' functions are reached by `vitest/suite`; since then that warns, and there is `aroundEach`. */
function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 4 || (major === 4 && minor < 1);
}

/** No preload came before vitest: it starts here, and in every process and thread that vitest makes. */
function start(): void {
  const flag = `--require "${REGISTER.replace(/[\\"]/g, '\\$&')}"`;
  const { NODE_OPTIONS: given } = process.env;
  process.env['NODE_OPTIONS'] = given ? `${flag} ${given}` : flag;
  require(REGISTER);
}

const LEFT = /[?&](?:raw|url|worker|sharedworker|inline)\b/;
const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|mdx?)$/;

/** The file of a module with code of the user's. */
function fileOf(id: string): string | undefined {
  if (id.startsWith('\0') || LEFT.test(id)) return undefined;
  const file = id.replace(/[?#].*$/, '');
  return isAbsolute(file) && CODE.test(file) && existsSync(file) ? file : undefined;
}

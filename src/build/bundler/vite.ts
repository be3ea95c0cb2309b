/**
 * vite: dev and build, its workers, and code for Node (`build.ssr`, `ssrLoadModule`, environments of the server). A
 * build makes bundles of workers with plugins of their own, so this one adds itself there. While developing, a worker
 * that is no module is served as the script that it is: it loads the runtime from a URL of ours.
 */
import { readFileSync } from 'node:fs';
import { FOLDER, type Handler, handlerOf } from '../../dev/handler.ts';
import { DevReports } from '../../dev/reports.ts';
import { bundles } from '../../loader/lazy.ts';
import { Modules } from './modules.ts';
import { type BundlerOptions, shown } from './options.ts';
import { resolvedOutside, type TransformContext, type TransformResult, transformed } from './rollup.ts';
import { isOutside, REGISTER_FILE } from './runtime-module.ts';

interface ViteContext extends TransformContext {
  /** since vite 6 */
  environment?: { config: { consumer?: string } };
}

/** What is used of vite's development server. */
export interface DevServer {
  middlewares: { use(handler: Handler): void };
  ws?: { on(event: string, heard: (data: unknown, client: DevClient) => void): void };
  httpServer?: { once(event: 'close', listener: () => void): void } | null;
}

interface DevClient {
  send(event: string, data: unknown): void;
}

/** A worker that vite serves as a script. */
const CLASSIC = /[?&]worker_file&type=classic\b/;
/** Where the runtime of such workers is, below the base. */
const SCRIPT = '@tsrace/web.classic.js';

/** What stands for `tsrace/register` while developing. */
const REGISTER = '\0tsrace/register';

/** The URL of the runtime for a worker that is a script; undefined for a module. */
export const scriptFor = (id: string, base: string): string | undefined =>
  CLASSIC.test(id) ? base + SCRIPT : undefined;

interface ResolvedConfig {
  root: string;
  base?: string;
  command?: string;
  isPreview?: boolean;
  build?: { ssr?: unknown };
}

export function viteHooks(options: BundlerOptions, again: () => unknown): object {
  let modules: Modules;
  let isServer = false;
  let isServed = false;
  /** somebody looks at its pages */
  let isWatched = false;
  let root = '';
  let base = '/';
  return {
    config: (config: { build?: { sourcemap?: unknown } }) => ({
      worker: { plugins: () => [again()] },
      // without it some plugins (vue's) make none, and nothing leads to the user's lines
      build: { sourcemap: config.build?.sourcemap || true },
      optimizeDeps: { exclude: ['tsrace'] },
    }),
    configureServer(server: DevServer): void {
      server.middlewares.use(serveScript(base));
      if (options.target !== 'node' && isWatched)
        serveReports(server, new DevReports({ root, report: options.report }), base);
    },
    configResolved(config: ResolvedConfig): void {
      ({ root, base = '/' } = config);
      isServed = config.command === 'serve' && !config.isPreview;
      // vitest makes servers of its own, and tells races by itself
      isWatched = isServed && !process.env['VITEST'];
      const dev = {
        overlay: options.overlay ?? true,
        server: { path: `${pathOf(base)}${FOLDER}/`, isVite: true },
      };
      modules = new Modules(options, root, isWatched ? dev : shown(options));
      isServer = Boolean(config.build?.ssr);
    },
    resolveId: {
      order: 'pre',
      handler: (id: string): object | undefined =>
        isServed && isOutside(id) ? { id: REGISTER } : resolvedOutside.handler(id),
    },
    load: (id: string): string | undefined => (id === REGISTER ? registerModule() : undefined),
    // of no order of its own: after other plugins, but before vite looks for what is imported
    transform(this: ViteContext, code: string, id: string): TransformResult | undefined {
      const { consumer = isServer ? 'server' : 'client' } = this.environment?.config ?? {};
      const target = options.target ?? (consumer === 'server' ? 'node' : 'browser');
      return transformed(this, modules, {
        code,
        id,
        target,
        modulesOnly: true,
        classic: scriptFor(id, base),
      });
    },
  };
}

/**
 * While developing, code for Node is run by vite, which imports by itself what it takes for a package: where tsrace is
 * linked, it does not.
 */
const registerModule = (): string => `import { createRequire } from 'node:module';
createRequire(${JSON.stringify(REGISTER_FILE)})(${JSON.stringify(REGISTER_FILE)});
`;

export function serveScript(base: string): Handler {
  return (request, response, next) => {
    if (request.url?.split('?')[0] !== base + SCRIPT && request.url !== `/${SCRIPT}`) {
      next();
      return;
    }
    response.setHeader('Content-Type', 'text/javascript');
    // a worker of an isolated page loads nothing else
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    response.end(readFileSync(new URL('web.classic.js', bundles)));
  };
}

/** Over vite's own socket, to which it lets no other site. */
function serveReports({ middlewares, ws, httpServer }: DevServer, reports: DevReports, base: string): void {
  middlewares.use(handlerOf(reports, pathOf(base)));
  ws?.on('tsrace:races', (text, client) => {
    const answer = reports.take(text);
    if (answer !== undefined) client.send('tsrace:answer', answer);
  });
  httpServer?.once('close', () => reports.close());
}

/** A base may be a whole URL. */
const pathOf = (base: string): string => new URL(base, 'http://any/').pathname;

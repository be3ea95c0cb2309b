/**
 * vite: dev and build, its workers, and code for Node (`build.ssr`, environments of the server). A build makes bundles
 * of workers with plugins of their own, so this one adds itself there. While developing, a worker that is no module is
 * served as the script that it is: it loads the runtime from a URL of ours.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bundles } from '../../loader/lazy.ts';
import { Modules } from './modules.ts';
import type { BundlerOptions } from './options.ts';
import { resolvedOutside, type TransformContext, type TransformResult, transformed } from './rollup.ts';

interface ViteContext extends TransformContext {
  /** since vite 6 */
  environment?: { config: { consumer?: string } };
}

interface DevServer {
  middlewares: {
    use(handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): void;
  };
}

/** A worker that vite serves as a script. */
const CLASSIC = /[?&]worker_file&type=classic\b/;
/** Where the runtime of such workers is, below the base. */
const SCRIPT = '@tsrace/web.classic.js';

export function viteHooks(options: BundlerOptions, again: () => unknown): object {
  let modules: Modules;
  let isServer = false;
  let base = '/';
  return {
    config: (config: { build?: { sourcemap?: unknown } }) => ({
      worker: { plugins: () => [again()] },
      // without it some plugins (vue's) make none, and nothing leads to the user's lines
      build: { sourcemap: config.build?.sourcemap || true },
      optimizeDeps: { exclude: ['tsrace'] },
    }),
    configureServer({ middlewares }: DevServer): void {
      middlewares.use((request, response, next) => {
        if (request.url?.split('?')[0] !== base + SCRIPT && request.url !== `/${SCRIPT}`) {
          next();
          return;
        }
        response.setHeader('Content-Type', 'text/javascript');
        // a worker of an isolated page loads nothing else
        response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
        response.end(readFileSync(new URL('web.classic.js', bundles)));
      });
    },
    configResolved(config: { root: string; base?: string; build?: { ssr?: unknown } }): void {
      base = config.base ?? '/';
      modules = new Modules(options, config.root);
      isServer = Boolean(config.build?.ssr);
    },
    resolveId: resolvedOutside,
    // of no order of its own: after other plugins, but before vite looks for what is imported
    transform(this: ViteContext, code: string, id: string): TransformResult | undefined {
      const { consumer = isServer ? 'server' : 'client' } = this.environment?.config ?? {};
      const target = options.target ?? (consumer === 'server' ? 'node' : 'browser');
      const classic = CLASSIC.test(id) ? base + SCRIPT : undefined;
      return transformed(this, modules, { code, id, target, modulesOnly: true, classic });
    },
  };
}

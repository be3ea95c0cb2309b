/**
 * vite: dev and build, its workers, and code for Node (`build.ssr`, environments of the server). A build makes bundles
 * of workers with plugins of their own, so this one adds itself there.
 */
import { Modules } from './modules.ts';
import type { BundlerOptions } from './options.ts';
import { resolvedOutside, type TransformContext, type TransformResult, transformed } from './rollup.ts';

interface ViteContext extends TransformContext {
  /** since vite 6 */
  environment?: { config: { consumer?: string } };
}

export function viteHooks(options: BundlerOptions, again: () => unknown): object {
  let modules: Modules;
  let isServer = false;
  return {
    config: () => ({
      worker: { plugins: () => [again()] },
      optimizeDeps: { exclude: ['tsrace'] },
    }),
    configResolved(config: { root: string; build?: { ssr?: unknown } }): void {
      modules = new Modules(options, config.root);
      isServer = Boolean(config.build?.ssr);
    },
    resolveId: resolvedOutside,
    transform: {
      order: 'post',
      handler(this: ViteContext, code: string, id: string): TransformResult | undefined {
        const { consumer = isServer ? 'server' : 'client' } = this.environment?.config ?? {};
        const target = options.target ?? (consumer === 'server' ? 'node' : 'browser');
        return transformed(this, modules, { code, id, target, modulesOnly: true });
      },
    },
  };
}

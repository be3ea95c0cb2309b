/**
 * The plugin as unplugin wants it: one for webpack's kind of bundler, and what rollup's kind and esbuild have of
 * their own. Instrumented is what comes out of all other plugins, so that the code of components and of JSX is
 * what their compilers made, and sites are where the user wrote it.
 */
import { createUnplugin, type UnpluginInstance, type UnpluginOptions } from 'unplugin';
import { type EsbuildBuild, setupEsbuild } from './esbuild.ts';
import { type BundlerOptions, checkOptions, refuseReport } from './options.ts';
import { rollupHooks } from './rollup.ts';
import { viteHooks } from './vite.ts';
import { useWebpack, type WebpackCompiler } from './webpack.ts';

const NAME = 'tsrace';

export const bundlers: UnpluginInstance<BundlerOptions> = createUnplugin((options, meta): UnpluginOptions => {
  checkOptions(options);
  switch (meta.framework) {
    case 'esbuild':
      refuseReport(options, meta.framework);
      return {
        name: NAME,
        esbuild: { setup: (build) => setupEsbuild(build as unknown as EsbuildBuild, options) },
      };
    case 'vite':
      return { name: NAME, enforce: 'post', vite: viteHooks(options, () => bundlers.vite(options)) };
    case 'rollup':
    case 'rolldown':
      refuseReport(options, meta.framework);
      return { name: NAME, [meta.framework]: rollupHooks(options, meta.framework === 'rollup') };
    case 'webpack':
      return useWebpack(NAME, meta.webpack.compiler as unknown as WebpackCompiler, options);
    case 'rspack':
      return useWebpack(NAME, meta.rspack.compiler as unknown as WebpackCompiler, options);
    default:
      throw new TypeError(`tsrace: there is no plugin for ${meta.framework}`);
  }
});

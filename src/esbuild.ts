/** `tsrace/esbuild`: the plugin for esbuild's options. */
import { adapter } from './build/bundler/adapter.ts';
import { bundlers } from './build/bundler/factory.ts';
import type { BundlerOptions } from './build/bundler/options.ts';

export type { BundlerOptions } from './build/bundler/options.ts';

/** What esbuild takes for a plugin, in all its versions. */
export type TsracePlugin = { name: string; setup(build: unknown): void };

const plugin: (options?: BundlerOptions) => TsracePlugin = adapter((options) => bundlers.esbuild(options), {
  name: 'tsrace',
  setup: () => {},
});
export default plugin;

/** `tsrace/rollup`: the plugin for rollup's config, after all others. */
import { adapter } from './build/bundler/adapter.ts';
import { bundlers } from './build/bundler/factory.ts';
import type { BundlerOptions } from './build/bundler/options.ts';

export type { BundlerOptions } from './build/bundler/options.ts';

/** What rollup takes for a plugin, in all its versions. */
export type TsracePlugin = { name: string };

const plugin: (options?: BundlerOptions) => TsracePlugin = adapter((options) => bundlers.rollup(options), {
  name: 'tsrace',
});
export default plugin;

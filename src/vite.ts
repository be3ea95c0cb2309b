/** `tsrace/vite`: the plugin for vite's config. */
import { adapter } from './build/bundler/adapter.ts';
import { bundlers } from './build/bundler/factory.ts';
import type { BundlerOptions } from './build/bundler/options.ts';

export type { BundlerOptions } from './build/bundler/options.ts';

/** What vite takes for a plugin, in all its versions. */
export type TsracePlugin = { name: string };

const plugin: (options?: BundlerOptions) => TsracePlugin = adapter((options) => bundlers.vite(options), {
  name: 'tsrace',
});
export default plugin;

/** `tsrace/rolldown`: the plugin for rolldown's config. */
import { adapter } from './build/bundler/adapter.ts';
import { bundlers } from './build/bundler/factory.ts';
import type { BundlerOptions } from './build/bundler/options.ts';

export type { BundlerOptions } from './build/bundler/options.ts';

/** What rolldown takes for a plugin, in all its versions. */
export type TsracePlugin = { name: string };

const plugin: (options?: BundlerOptions) => TsracePlugin = adapter((options) => bundlers.rolldown(options), {
  name: 'tsrace',
});
export default plugin;

/** `tsrace/rspack`: the plugin for rspack's config. */
import { adapter } from './build/bundler/adapter.ts';
import { bundlers } from './build/bundler/factory.ts';
import type { BundlerOptions } from './build/bundler/options.ts';

export type { BundlerOptions } from './build/bundler/options.ts';

/** What rspack takes for a plugin, in all its versions. */
export type TsracePlugin = { apply(compiler: unknown): void };

const plugin: (options?: BundlerOptions) => TsracePlugin = adapter((options) => bundlers.rspack(options), {
  apply: () => {},
});
export default plugin;

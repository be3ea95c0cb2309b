/** `tsrace/webpack`: the plugin for webpack's config. */
import { adapter } from './build/bundler/adapter.ts';
import { bundlers } from './build/bundler/factory.ts';
import type { BundlerOptions } from './build/bundler/options.ts';

export type { BundlerOptions } from './build/bundler/options.ts';

/** What webpack takes for a plugin, in all its versions. */
export type TsracePlugin = { apply(compiler: unknown): void };

const plugin: (options?: BundlerOptions) => TsracePlugin = adapter((options) => bundlers.webpack(options), {
  apply: () => {},
});
export default plugin;

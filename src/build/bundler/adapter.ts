/** A plugin that is off has no hooks: what is built is, to the byte, what is built without it. */
import type { BundlerOptions } from './options.ts';
import { checkOptions } from './options.ts';

export function adapter<Plugin extends object>(
  make: (options: BundlerOptions) => unknown,
  off: Plugin,
): (options?: BundlerOptions) => Plugin {
  return (options = {}) => {
    checkOptions(options);
    return options.enabled === false ? off : (make(options) as Plugin);
  };
}

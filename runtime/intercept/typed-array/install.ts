/** The methods of views: `%TypedArray%.prototype`, `from` and `of`. */
import type { Host } from '../../thread.ts';
import { installCallbacks } from './callbacks.ts';
import { installMakers } from './make.ts';
import { installRanges } from './ranges.ts';
import { installSearch } from './search.ts';
import { installSet } from './set.ts';

export function installTypedArray(host: Host): void {
  installRanges(host);
  installSearch(host);
  installSet(host);
  installCallbacks(host);
  installMakers(host);
}

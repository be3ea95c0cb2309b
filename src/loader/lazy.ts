/**
 * Modules that a thread needs only on a cache miss, for globs or for a tsconfig: they stay out of the preload's
 * bundle and are required from tsrace's own place when first used. While that happens (`isLoading`), what is
 * compiled is ours, not the user's.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let depth = 0;

export const isLoading = (): boolean => depth > 0;

export function quietly<T>(work: () => T): T {
  depth++;
  try {
    return work();
  } finally {
    depth--;
  }
}

export function lazy<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= quietly(() => require(name) as T);
    return loaded;
  };
}

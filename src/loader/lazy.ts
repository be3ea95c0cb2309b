/**
 * Modules that a thread needs only on a cache miss, for globs or for a tsconfig: they stay out of the preload's
 * bundle and are required from tsrace's own place when first used. While that happens (`isLoading`), what is
 * compiled is ours, not the user's.
 */
import { createRequire } from 'node:module';

/** Folder of tsrace's bundles: of the one that this is part of, or above what tsc made of it (or makes, in tests). */
export const bundles: URL = new URL(
  { js: '../../', ts: '../../dist/' }[/\/src\/loader\/lazy\.([jt]s)$/.exec(import.meta.url)?.[1] ?? ''] ??
    './',
  import.meta.url,
);

const require = createRequire(new URL('x.cjs', bundles));
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

/**
 * Babel raises the program's `Error.stackTraceLimit` and replaces its `prepareStackTrace`, unless it finds, when
 * it is loaded, that it cannot.
 */
function withErrorsUntouched<T>(work: () => T): T {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (limit?.configurable !== true) return work();
  Object.defineProperty(Error, 'stackTraceLimit', { ...limit, writable: false });
  try {
    return work();
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', limit);
  }
}

export function lazy<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= quietly(() => withErrorsUntouched(() => require(name) as T));
    return loaded;
  };
}

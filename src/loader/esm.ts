/**
 * ES modules. One `load` serves both ways that Node calls it: in each thread, synchronously
 * (`module.registerHooks`, Node ≥22.15), and in the hooks thread of Node 20 (`module.register`).
 *
 * CommonJS is left to `_compile` (commonjs.ts): Node finds the names that an ES module can import from it by
 * reading its source, so it must see the user's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { facade, importsVite } from '../integrations/vitest/facade.ts';
import { type Format, formatOf, languageOf } from './language.ts';
import type { Loader } from './loader.ts';
import { alternatives, isNotFound } from './resolve.ts';

interface LoadContext {
  format?: string | null | undefined;
}

interface LoadResult {
  format?: string | null | undefined;
  source?: unknown;
  shortCircuit?: boolean;
}

type Next<C, R> = (subject: string, context?: C) => R;

export function loadSync(
  loader: Loader,
  url: string,
  context: LoadContext,
  next: Next<LoadContext, LoadResult>,
): LoadResult {
  let result: LoadResult;
  try {
    result = next(url, context);
  } catch (error) {
    result = unknownToNode(loader, url, error);
  }
  if (isVitestsVite(url, result)) loader.importsVite();
  return instrumented(loader, url, withNames(loader, url, result));
}

const isVitestsVite = (url: string, { format, source }: LoadResult): boolean =>
  format === 'module' && url.includes('vitest') && importsVite(url, textOf(source ?? ''));

/** What vitest is to import in the place of vite (facade.ts); anything else as `found`. */
function withFacade(specifier: string, { parentURL }: { parentURL?: string }, found: unknown, own: string) {
  const { url } = found as { url: string };
  const plugin = pathToFileURL(join(own, 'src/integrations/vitest/plugin.js')).href;
  const other = facade(specifier, parentURL, url, plugin);
  return other === undefined ? found : { url: other, format: 'module', shortCircuit: true };
}

/** The hook that hands vitest its facade. */
export const resolveVite =
  (own: string) =>
  (specifier: string, context: object, next: Next<object, unknown>): unknown =>
    withFacade(specifier, context, next(specifier, context), own);

export async function loadAsync(
  loader: Loader,
  url: string,
  context: LoadContext,
  next: Next<LoadContext, Promise<LoadResult>>,
): Promise<LoadResult> {
  let result: LoadResult;
  try {
    result = await next(url, context);
  } catch (error) {
    try {
      result = unknownToNode(loader, url, error);
    } catch (final) {
      hideHooks(final);
      throw final;
    }
  }
  // source: another loader compiled it, and Node 20 will not pass it through `_compile`
  const compiled = result.format === 'commonjs' && result.source !== undefined && result.source !== null;
  return compiled ? instrumentedAs('commonjs', loader, url, result) : instrumented(loader, url, result);
}

export function resolveSync(specifier: string, context: object, next: Next<object, unknown>): unknown {
  let failed = true;
  try {
    const found = next(specifier, context);
    failed = false;
    return found;
  } finally {
    // not a `catch`: Node shows the line that threw last
    for (const other of failed ? alternatives(specifier) : []) {
      try {
        // biome-ignore lint/correctness/noUnsafeFinally: the error is answered
        return next(other, context);
      } catch {
        // the original error says it better
      }
    }
  }
}

export async function resolveAsync(
  specifier: string,
  context: object,
  next: Next<object, Promise<unknown>>,
  own: string,
): Promise<unknown> {
  try {
    return withFacade(specifier, context, await next(specifier, context), own);
  } catch (error) {
    if (isNotFound(error)) {
      for (const other of alternatives(specifier)) {
        const found = await next(other, context).catch(() => undefined);
        if (found !== undefined) return found;
      }
    }
    hideHooks(error);
    throw error;
  }
}

/** The frames of the hooks thread are none of the program's. */
function hideHooks(error: unknown): void {
  const { stack } = error as { stack?: unknown };
  if (typeof stack !== 'string') return;
  (error as Error).stack = stack.replace(
    /\n {4}at (?:.*[ /](?:nextResolve|nextLoad) \(node:internal|.*\bhooks\.mjs\?)[\s\S]*/,
    '',
  );
}

/** A TypeScript file whose extension Node does not know, or in which it met what it cannot strip. */
function unknownToNode(loader: Loader, url: string, error: unknown): LoadResult {
  const file = url.startsWith('file:') ? fileURLToPath(url) : '';
  const language = languageOf(file);
  const { code } = Object(error) as NodeJS.ErrnoException;
  if (language === undefined || !UNKNOWN.has(`${code}`)) throw error;
  const format = formatOf(file);
  const source = readFileSync(file, 'utf8');
  // source undefined: the CommonJS loader reads it, through our _extensions
  if (format === 'commonjs' && !EXPORTS.test(source)) return { format, shortCircuit: true };
  const made = loader.compile(source, file, format, url);
  if (format === 'commonjs') return { format, source: made.code, shortCircuit: true };
  if (made.format === 'commonjs') return { format: 'commonjs', shortCircuit: true };
  return { format: 'module', source: made.code, shortCircuit: true };
}

const UNKNOWN: ReadonlySet<string> = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  // decorators: not of the grammar that Node strips
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
]);

const EXPORTS = /^\s*export\b/m;

/**
 * CommonJS written with `export`, as TypeScript allows: its names are in what it becomes, where Node looks for
 * them (and then reads the file anew to run it).
 */
function withNames(loader: Loader, url: string, result: LoadResult): LoadResult {
  if (result.format !== 'commonjs-typescript' || !url.startsWith('file:') || !result.source) return result;
  const [file, source] = [fileURLToPath(url), textOf(result.source)];
  const made = EXPORTS.test(source) ? loader.instrument(source, file, 'commonjs', file) : undefined;
  return made === undefined ? result : { ...result, format: 'commonjs', source: made.code };
}

const MODULES = new Set(['module', 'module-typescript']);

function instrumented(loader: Loader, url: string, result: LoadResult): LoadResult {
  if (!MODULES.has(`${result.format}`) || result.source === undefined || result.source === null)
    return result;
  return instrumentedAs('module', loader, url, result);
}

function instrumentedAs(format: Format, loader: Loader, url: string, result: LoadResult): LoadResult {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url.startsWith('data:') ? url : undefined;
  if (file === undefined) return result;
  const made = loader.instrument(textOf(result.source), file, format, url);
  return made === undefined ? result : { ...result, format, source: made.code };
}

function textOf(source: unknown): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source as Uint8Array<ArrayBuffer>);
}

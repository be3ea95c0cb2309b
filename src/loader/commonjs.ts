/**
 * CommonJS. Every version of Node compiles it in `Module.prototype._compile`, for `require` and for `import`,
 * and loaders such as tsx call it with what they made; so that is where it is instrumented.
 *
 * A module body may throw through instrumented callers that catch it: the shadow stack's depth is put back.
 */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Hooks } from '../../runtime/interface.ts';
import { aroundProgram } from './command-line.ts';
import { type Format, formatOf, isCommonJS, languageOf } from './language.ts';
import type { Loader } from './loader.ts';
import { alternatives } from './resolve.ts';

interface Internals {
  prototype: {
    _compile(this: unknown, code: string, file: string, format?: string, ...rest: unknown[]): unknown;
  };
  _extensions: Record<string, (module: { _compile: (...args: unknown[]) => unknown }, file: string) => void>;
  _findPath(request: string, ...rest: unknown[]): string | false;
}

const { apply } = Reflect;
const internals = Module as unknown as Internals;

export function installCommonJS(loader: Loader, hooks: Hooks): void {
  const compile = internals.prototype._compile;
  // Declared, not an expression: of those esbuild takes the names, which programs see among their call sites.
  function _compile(this: unknown, code: string, file: string, format?: string, ...rest: unknown[]): unknown {
    const program = aroundProgram(loader, file, () => apply(compile, this, [code, file, format, ...rest]));
    if (program !== undefined) return program;
    const made = isCommonJS(file) ? instrumented(loader, code, file, format) : undefined;
    if ((made?.format ?? format) === 'module' && this !== process.mainModule) imports(loader, code, file);
    const depth = hooks.d;
    try {
      const result = apply(compile, this, [made?.code ?? code, file, made?.format ?? format, ...rest]);
      loader.ran(file, this as { exports: unknown });
      return result;
    } finally {
      hooks.d = depth;
    }
  }
  internals.prototype._compile = _compile;

  // below what throws when nothing is found, so that the error is as without us
  const findPath = internals._findPath;
  function _findPath(this: unknown, request: string, ...rest: unknown[]): string | false {
    const found = apply(findPath, this, [request, ...rest]);
    if (found !== false) return found;
    for (const other of alternatives(request)) {
      const path = apply(findPath, this, [other, ...rest]);
      if (path !== false) return path;
    }
    return false;
  }
  internals._findPath = _findPath;

  if (!(process.features as { typescript?: unknown }).typescript) teachTypeScript(loader);
}

/** Node 20 calls no hook for what an ES module imports that was require()d (the entry point is imported). */
function imports(loader: Loader, code: string, file: string): void {
  if ('registerHooks' in Module || !/\b(?:from|import)\s*['"]\.{0,2}\//.test(code)) return;
  loader.gap(file, 'its imports are unchecked: it was loaded by require(), for which Node 20 has no hooks');
}

function instrumented(
  loader: Loader,
  code: string,
  file: string,
  format: string | undefined,
): { code: string; format: string | undefined } | undefined {
  const known = /^(module|commonjs)/.exec(format ?? '')?.[0] as Format | undefined;
  const made = loader.instrument(code, file, known ?? (languageOf(file) && formatOf(file)), file);
  if (made === undefined) return undefined;
  // a typeless file: the transform has found out what it is
  const changed = format?.includes('typescript') || (format === undefined && made.format === 'module');
  return { code: made.code, format: changed ? made.format : format };
}

/**
 * Node 20: `require` of the extensions it does not know, also as the entry point. Compilers that hook `require`
 * (ts-node, pirates) call the handler they find, after giving the module a `_compile` of theirs, which wants the
 * source; what they make of it comes to the prototype's.
 */
function teachTypeScript(loader: Loader): void {
  for (const extension of ['.ts', '.cts', '.mts', '.tsx', '.jsx']) {
    internals._extensions[extension] ??= (module, file) => {
      const code = readFileSync(file, 'utf8');
      if (Object.hasOwn(module, '_compile')) {
        module._compile(code, file);
        return;
      }
      const made = loader.compile(code, file, formatOf(file), file);
      module._compile(made.code, file, made.format);
    };
  }
}

/** The code of a `new Worker(code, { eval: true })`. */
export function instrumentEvalWith(loader: Loader, code: string, name: string): string {
  return (
    loader.instrument(code, name.startsWith('file:') ? fileURLToPath(name) : name, undefined, name)?.code ??
    code
  );
}

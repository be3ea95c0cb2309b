/**
 * Code of files that a test runner (jest) compiles into a vm context by itself is instrumented as it is compiled, after
 * all that the runner's transformers have made of it; the context gets what such code needs.
 */

import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { type AnyConstructor, disguised, intercept, replaceValue } from '../../runtime/intercept/disguise.ts';
import type { Format } from './language.ts';
import type { Loader } from './loader.ts';

const { apply, construct } = Reflect;

interface Named {
  filename?: unknown;
  identifier?: unknown;
  parsingContext?: object;
  context?: object;
}

export function installContexts(loader: Loader, enterRealm: (global: object) => void): void {
  function made(code: unknown, options: unknown, format: Format | 'script'): string | undefined {
    const { filename, identifier } = (options ?? {}) as Named;
    const name = `${(typeof options === 'string' ? options : (filename ?? identifier)) ?? ''}`;
    const file = name.startsWith('file:') ? fileURLToPath(name) : name;
    if (typeof code !== 'string' || !isAbsolute(file)) return undefined;
    return loader.instrument(code, file, format, name)?.code;
  }

  intercept(vm, 'compileFunction', (original, self, [code, parameters, options, ...rest]) => {
    const { parsingContext } = (options ?? {}) as Named;
    const changed = made(code, options, 'commonjs');
    if (changed !== undefined && parsingContext !== undefined) enterRealm(parsingContext);
    return apply(original, self, [changed ?? code, parameters, options, ...rest]);
  });

  const scripts = new WeakSet<object>();
  constructed('Script', (create, [code, options, ...rest]) => {
    const changed = made(code, options, 'script');
    const script = create([changed ?? code, options, ...rest]);
    if (changed !== undefined) scripts.add(script);
    return script;
  });
  intercept(vm.Script.prototype, 'runInContext', (original, self, args) => {
    if (scripts.has(self)) enterRealm(args[0]);
    return apply(original, self, args);
  });
  constructed('SourceTextModule', (create, [code, options, ...rest]) => {
    const changed = made(code, options, 'module');
    const { context } = (options ?? {}) as Named;
    if (changed !== undefined && context !== undefined) enterRealm(context);
    return create([changed ?? code, options, ...rest]);
  });
}

function constructed(
  name: 'Script' | 'SourceTextModule',
  make: (create: (args: unknown[]) => object, args: unknown[]) => object,
): void {
  const Original = (vm as unknown as Record<string, AnyConstructor | undefined>)[name];
  if (Original === undefined) return;
  const Replacement: AnyConstructor = new Proxy(Original, {
    construct: (target, args, newTarget) =>
      make((given) => construct(target, given, newTarget === Replacement ? target : newTarget), args),
  });
  disguised(Replacement, Original);
  replaceValue(vm, name, Replacement);
}

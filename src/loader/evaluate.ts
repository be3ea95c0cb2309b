/**
 * Code that a test runner brings and evaluates itself (vitest: what vite made, our plugin among it) gets its place
 * in the process's table of sites the moment that it is compiled. A vm context gets what instrumented code needs
 * before the first such code runs in it.
 */
import vm from 'node:vm';
import { type AnyConstructor, disguised, intercept, replaceValue } from '../../runtime/intercept/disguise.ts';

const { apply, construct } = Reflect;

export interface Evaluation {
  /** returns code without sites as it is */
  settle(code: string): string;
  enterRealm(global: object): void;
}

/** Returns a test: was the file evaluated here, as the runner made it? */
export function installEvaluation({ settle, enterRealm }: Evaluation): (file: string) => boolean {
  const files = new Set<string>();
  const settled = (code: unknown, options: unknown): unknown => {
    if (typeof code !== 'string') return code;
    const made = settle(code);
    if (made !== code) files.add(`${(options as { filename?: unknown } | undefined)?.filename ?? options}`);
    return made;
  };
  intercept(vm, 'runInThisContext', (original, self, [code, options, ...rest]) =>
    apply(original, self, [settled(code, options), options, ...rest]),
  );
  intercept(vm, 'runInContext', (original, self, [code, context, options, ...rest]) => {
    const made = settled(code, options);
    if (made !== code) enterRealm(context);
    return apply(original, self, [made, context, options, ...rest]);
  });
  const Original = vm.Script as unknown as AnyConstructor;
  const Script: AnyConstructor = new Proxy(Original, {
    construct: (target, [code, options, ...rest], newTarget) =>
      construct(
        target,
        [settled(code, options), options, ...rest],
        newTarget === Script ? target : newTarget,
      ),
  });
  disguised(Script, Original);
  replaceValue(vm, 'Script', Script);
  return (file) => files.has(file);
}

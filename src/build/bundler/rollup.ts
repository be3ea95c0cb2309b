/** rollup and rolldown, and what vite has of them. */
import { type Given, Modules } from './modules.ts';
import { type BundlerOptions, shown } from './options.ts';
import { isOutside } from './runtime-module.ts';

/** What is used of the context of a `transform` hook. */
export interface TransformContext {
  getCombinedSourcemap(): object;
  warn(line: string): void;
}

export interface TransformResult {
  code: string;
  map: object | null;
  /** rolldown: TypeScript is JavaScript now */
  moduleType?: string;
}

export function rollupHooks(options: BundlerOptions, isRollup: boolean): object {
  let modules = new Modules(options, process.cwd(), shown(options));
  let { target } = options;
  return {
    options(given: { cwd?: string; platform?: string }): void {
      if (given.cwd !== undefined) modules = new Modules(options, given.cwd, shown(options));
      target ??= given.platform === 'node' ? 'node' : undefined;
    },
    resolveId: resolvedOutside,
    transform: {
      order: 'post',
      handler(this: TransformContext, code: string, id: string): TransformResult | undefined {
        return transformed(this, modules, { code, id, target: target ?? 'browser', modulesOnly: isRollup });
      },
    },
  };
}

export const resolvedOutside: { order: 'pre'; handler(id: string): object | undefined } = {
  order: 'pre',
  handler: (id: string): object | undefined => (isOutside(id) ? { id, external: true } : undefined),
};

export function transformed(
  context: TransformContext,
  modules: Modules,
  given: Pick<Given, 'code' | 'id' | 'target' | 'classic'> & { modulesOnly: boolean },
): TransformResult | undefined {
  const positions = (): object => context.getCombinedSourcemap();
  const warn = (line: string): void => context.warn(line);
  const { id, modulesOnly } = given;
  const made = modules.instrument({ ...given, positions, chained: true, keepsJsx: !modulesOnly }, warn);
  if (made === undefined) return undefined;
  return modulesOnly ? made : { ...made, moduleType: /x$/.test(id.split('?')[0]!) ? 'jsx' : 'js' };
}

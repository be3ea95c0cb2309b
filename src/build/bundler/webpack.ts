/** webpack and rspack: a loader that runs after all others, and for Node the runtime as an external module. */
import type { UnpluginOptions } from 'unplugin';
import { Modules } from './modules.ts';
import type { BundlerOptions, Target } from './options.ts';
import { isOutside, runtimeModule } from './runtime-module.ts';

/** What is used of a compiler. */
export interface WebpackCompiler {
  context: string;
  options: {
    target?: string | string[] | false;
    output?: { module?: boolean };
    externalsPresets?: { node?: boolean };
  };
  webpack: { ExternalsPlugin: new (type: string, externals: object) => { apply(compiler: unknown): void } };
  platform?: { node?: boolean | null };
}

export function useWebpack(
  name: string,
  compiler: WebpackCompiler,
  options: BundlerOptions,
): UnpluginOptions {
  const root = compiler.context;
  const modules = new Modules(options, root);
  let target: Target | undefined = options.target;
  const targetOf = (): Target => {
    target ??= isNode(compiler) ? 'node' : 'browser';
    return target;
  };
  if (targetOf() === 'node') {
    const runtime = runtimeModule('node', root);
    const type = compiler.options.output?.module ? 'module' : 'node-commonjs';
    new compiler.webpack.ExternalsPlugin(type, { [runtime]: runtime }).apply(compiler);
  }
  return {
    name,
    enforce: 'post',
    transform(code, id) {
      if (isOutside(id)) return undefined;
      const { inputSourceMap } = (this.getNativeBuildContext?.() ?? {}) as {
        inputSourceMap?: string | object;
      };
      const map =
        typeof inputSourceMap === 'string' ? (JSON.parse(inputSourceMap) as object) : inputSourceMap;
      return modules.instrument(
        { code, id, target: targetOf(), chained: true, ...(map && { positions: () => map }) },
        (line) => this.warn(line),
      );
    },
  };
}

function isNode({ platform, options: { target, externalsPresets } }: WebpackCompiler): boolean {
  if (typeof platform?.node === 'boolean') return platform.node;
  return externalsPresets?.node === true || [target].flat().some((one) => /^(?:async-)?node/.test(`${one}`));
}

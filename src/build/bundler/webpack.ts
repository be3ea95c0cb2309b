/** webpack and rspack: a loader that runs after all others, and for Node the runtime as an external module. */
import type { UnpluginOptions } from 'unplugin';
import { FOLDER, type Handler, handlerOf } from '../../dev/handler.ts';
import { DevReports } from '../../dev/reports.ts';
import type { DevModule } from './dev-module.ts';
import { Modules } from './modules.ts';
import { type BundlerOptions, shown, type Target } from './options.ts';
import { isOutside, runtimeModule } from './runtime-module.ts';

/** What is used of a compiler. */
export interface WebpackCompiler {
  context: string;
  options: {
    target?: string | string[] | false;
    mode?: string;
    devServer?: DevServerOptions | false;
    output?: { module?: boolean };
    externalsPresets?: { node?: boolean };
  };
  webpack: { ExternalsPlugin: new (type: string, externals: object) => { apply(compiler: unknown): void } };
  platform?: { node?: boolean | null };
}

/** What is used of the options of webpack-dev-server. */
interface DevServerOptions {
  setupMiddlewares?: (middlewares: Middleware[], server: unknown) => Middleware[];
}

type Middleware = Handler | { name?: string; middleware: Handler };

export function useWebpack(
  name: string,
  compiler: WebpackCompiler,
  options: BundlerOptions,
): UnpluginOptions {
  const root = compiler.context;
  const target: Target = options.target ?? (isNode(compiler) ? 'node' : 'browser');
  const modules = new Modules(options, root, target === 'browser' ? developed(compiler, options) : undefined);
  if (target === 'node') {
    const runtime = runtimeModule('node', root, false);
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
        { code, id, target, chained: true, ...(map && { positions: () => map }) },
        (line) => this.warn(line),
      );
    },
  };
}

/** With a server of its own in the config, pages send their races there. */
function developed(compiler: WebpackCompiler, options: BundlerOptions): DevModule | undefined {
  const { mode, devServer } = compiler.options;
  if (mode !== 'development') return shown(options);
  const overlay = options.overlay ?? true;
  if (typeof devServer !== 'object') return shown({ overlay });
  let handler: Handler | undefined;
  const { setupMiddlewares: others = (list) => list } = devServer;
  compiler.options.devServer = {
    ...devServer,
    setupMiddlewares(list, server) {
      // a compiler that only builds keeps no report
      handler ??= handlerOf(new DevReports({ root: compiler.context, report: options.report }), '/');
      const last = list.findLastIndex((one) => typeof one === 'object' && CHECKS.has(one.name ?? ''));
      list.splice(last + 1, 0, { name: 'tsrace', middleware: handler });
      return others(list, server);
    },
  };
  return { overlay, server: { path: `/${FOLDER}/`, isVite: false } };
}

/** They keep other sites out, and come first. */
const CHECKS: ReadonlySet<string> = new Set(['host-header-check', 'cross-origin-header-check']);

function isNode({ platform, options: { target, externalsPresets } }: WebpackCompiler): boolean {
  if (typeof platform?.node === 'boolean') return platform.node;
  return externalsPresets?.node === true || [target].flat().some((one) => /^(?:async-)?node/.test(`${one}`));
}

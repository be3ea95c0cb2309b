/**
 * esbuild, by its own hooks: the first plugin that loads a file is the only one, so this one comes after those that
 * make JavaScript of other things. Types are lowered here, as tsconfig.json says; JSX stays esbuild's.
 */
import { readFile } from 'node:fs/promises';
import { Modules } from './modules.ts';
import { type BundlerOptions, shown, type Target } from './options.ts';
import { isOutside } from './runtime-module.ts';

/** What is used of esbuild's `PluginBuild`. */
export interface EsbuildBuild {
  initialOptions: {
    absWorkingDir?: string;
    platform?: string;
    format?: string;
    loader?: Record<string, string>;
  };
  onResolve(options: { filter: RegExp }, callback: (args: { path: string }) => object | undefined): void;
  onLoad(
    options: { filter: RegExp; namespace?: string },
    callback: (args: { path: string; suffix: string }) => Promise<object | undefined>,
  ): void;
}

export function setupEsbuild(build: EsbuildBuild, options: BundlerOptions): void {
  const { absWorkingDir = process.cwd(), platform, format } = build.initialOptions;
  const target: Target = options.target ?? (platform === 'node' ? 'node' : 'browser');
  const modules = new Modules(options, absWorkingDir, shown(options));
  // there is no `require` in it
  const bareCommonJS = target === 'node' && format === 'esm';
  if (target === 'node') {
    build.onResolve({ filter: /[/\\]register/ }, ({ path }) =>
      isOutside(path) ? { path, external: true } : undefined,
    );
  }
  build.onLoad({ filter: /\.(?:[cm]?[jt]s|[jt]sx)$/, namespace: 'file' }, async ({ path, suffix }) => {
    const code = await readFile(path, 'utf8');
    const warnings: { text: string }[] = [];
    const made = modules.instrument(
      { code, id: path + suffix, target, keepsJsx: true, bareCommonJS },
      (text) => warnings.push({ text }),
    );
    if (made === undefined)
      return warnings.length > 0 ? { contents: code, loader: 'default', warnings } : undefined;
    return {
      contents: made.map === null ? made.code : `${made.code}\n${comment(made.map)}`,
      loader: /x$/.test(path) ? 'jsx' : 'js',
    };
  });
}

const comment = (map: object): string =>
  `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;

/** The Babel plugin, a thin shell: `plugins: ['tsrace/plugin']`. The sites are left in `file.metadata.tsrace`. */
import type { NodePath, PluginObj, PluginPass, types as t } from '@babel/core';
import { rewriteProgram } from './program.ts';
import { Sites } from './sites.ts';

export { type Instrumented, type InstrumentOptions, instrument, type RawSourceMap } from './instrument.ts';
export { relocate } from './relocate.ts';

export interface PluginOptions {
  /** How the code is run; by default what Babel parsed it as (`script` counts as CommonJS). */
  sourceType?: 'module' | 'commonjs' | 'script';
}

interface Api {
  types: { VISITOR_KEYS: Record<string, string[]> };
}

export default function tsrace(api: Api, options: PluginOptions = {}): PluginObj<PluginPass> {
  return {
    name: 'tsrace',
    visitor: {
      // On entry, before any other plugin has moved anything.
      Program(path: NodePath<t.Program>, state: PluginPass): void {
        const { file, filename = '<anonymous>' } = state;
        const sites = new Sites(file.code);
        const sourceType = options.sourceType ?? (path.node.sourceType === 'module' ? 'module' : 'commonjs');
        rewriteProgram(file.ast, { code: file.code, sites, keys: api.types.VISITOR_KEYS, sourceType });
        path.scope.crawl();
        (file.metadata as { tsrace?: object }).tsrace = sites.table(filename);
      },
    },
  };
}

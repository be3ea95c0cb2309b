/**
 * The main path: source → instrumented code, source map, sites.
 *
 * Our rewrite walks the tree as parsed, so that sites are where the user wrote them; only then does Babel
 * take TypeScript, JSX and decorators away, and print. Lines stay as they were (`retainLines`).
 */
import type { types as BabelTypes } from '@babel/core';
import {
  type ParserOptions,
  type PluginItem,
  parseSync,
  type TransformOptions,
  transformFromAstSync,
  types,
} from '@babel/core';
import { generate } from '@babel/generator';
import decorators from '@babel/plugin-proposal-decorators';
import using from '@babel/plugin-transform-explicit-resource-management';
import commonjs from '@babel/plugin-transform-modules-commonjs';
import jsx from '@babel/plugin-transform-react-jsx';
import typescript from '@babel/plugin-transform-typescript';
import { type EncodedSourceMap, TraceMap } from '@jridgewell/trace-mapping';
import type { SiteTable } from '../runtime/interface.ts';
import { rewriteProgram } from './program.ts';
import { Sites } from './sites.ts';
import { renameModules } from './specifiers.ts';
import { usesModuleSyntax } from './typescript/format.ts';
import { lowerTypeScript } from './typescript/lower.ts';
import { refuseModuleOnly } from './typescript/module-only.ts';
import { isErasable, keepImports } from './typescript/native.ts';

export interface RawSourceMap {
  version: number;
  sources: (string | null)[];
  sourcesContent?: (string | null)[];
  names: string[];
  mappings: string;
  file?: string;
  sourceRoot?: string;
}

export interface InstrumentOptions {
  /** How the code is run. `unambiguous` (default): a module if it has `import` or `export`, else CommonJS. */
  sourceType?: 'module' | 'commonjs' | 'script' | 'unambiguous';
  /** Syntax; by default what the file's extension says. */
  typescript?: boolean;
  jsx?: boolean;
  /** What becomes of JSX: left alone (default), or lowered. */
  jsxRuntime?: 'preserve' | 'automatic' | 'classic';
  jsxImportSource?: string;
  jsxPragma?: string;
  jsxPragmaFrag?: string;
  /** TypeScript's legacy decorators. */
  experimentalDecorators?: boolean;
  /** TypeScript's `emitDecoratorMetadata`, with `experimentalDecorators`. */
  emitDecoratorMetadata?: boolean;
  /** `false`: a class's fields are assigned, not defined. By default they are defined. */
  useDefineForClassFields?: boolean;
  /** TypeScript that runs as CommonJS: imports and exports become `require` and `exports`; this is how. */
  esModuleInterop?: boolean;
  /** `verbatimModuleSyntax`: keep imports that are not marked as types. */
  onlyRemoveTypeImports?: boolean;
  /** Node runs the file's TypeScript itself where it can: then it runs by Node's rules, not by the settings. */
  nodeStripsTypes?: boolean;
  /** `using` becomes `try`/`finally`. */
  lowerUsing?: boolean;
  /** Where `code` was itself generated from; positions are then those of that source. */
  inputSourceMap?: object;
  /** The same for the sites only: the map of the result leads to `code`, for whoever chains the maps. */
  positions?: object;
  sourceMaps?: boolean;
  /** Names of modules that are to be others in the result (specifiers.ts). */
  renames?: Readonly<Record<string, string>>;
  /** Each statement stands once, for code coverage: counted loops are not made twice, and run slower. */
  countable?: boolean;
}

export interface Instrumented {
  code: string;
  map: RawSourceMap | null;
  sites: SiteTable;
}

const NO_CONFIG = { configFile: false, babelrc: false, browserslistConfigFile: false } as const;

const isTypeScript = (filename: string): boolean => /\.[cm]?tsx?$/.test(filename);

export function instrument(code: string, filename: string, options: InstrumentOptions = {}): Instrumented {
  const ts = options.typescript ?? isTypeScript(filename);
  const hasJsx = options.jsx ?? /\.[jt]sx$|\.js$/.test(filename);
  const ast = parseSync(code, {
    ...NO_CONFIG,
    filename,
    sourceType: parserSourceType(ts, options),
    parserOpts: parserOptions(ts, hasJsx, options),
  });
  if (!ast) throw new TypeError('unreachable: Babel parses or throws');
  const file = ast as BabelTypes.File;
  if (options.renames) renameModules(file.program, options.renames, types.VISITOR_KEYS);
  const erased = ts && options.nodeStripsTypes === true && isErasable(file.program, types.VISITOR_KEYS);
  if (erased && file.program.sourceType === 'module') keepImports(file.program);
  const settings = erased ? { ...options, useDefineForClassFields: true } : options;
  if (ts) lowerTypeScript(file, code, settings, types.VISITOR_KEYS);
  // what is not one once the types are gone needs no `export {}`
  if (ts && options.sourceType !== 'module' && !usesModuleSyntax(file.program, code)) {
    file.program.sourceType = 'script';
  }
  const sites = new Sites(code);
  const sourceType = effectiveSourceType(file, options);
  const becomesCommonJS = ts && sourceType === 'commonjs' && isModule(file);
  if (becomesCommonJS) refuseModuleOnly(file.program, code, types.VISITOR_KEYS);
  const { hasDecorators } = rewriteProgram(file, {
    code,
    sites,
    keys: types.VISITOR_KEYS,
    sourceType,
    countable: options.countable ?? false,
  });
  const inputMap = (options.inputSourceMap ?? options.positions) as EncodedSourceMap | undefined;
  const { code: printed, map } = print(
    file,
    code,
    filename,
    plugins(ts, filename, options, hasDecorators, becomesCommonJS),
    ts,
    options,
  );
  return {
    code: printed,
    map: (map as RawSourceMap | null | undefined) ?? null,
    sites: sites.table(filename, inputMap ? new TraceMap(inputMap, filename) : undefined),
  };
}

/** Prints the tree. Babel's own passes cost more than all the rest, so they run only where there is work. */
function print(
  file: BabelTypes.File,
  code: string,
  filename: string,
  list: PluginItem[],
  ts: boolean,
  options: InstrumentOptions,
): { code: string; map?: unknown } {
  const sourceMaps = options.sourceMaps ?? true;
  const output = {
    retainLines: true,
    compact: false as const,
    comments: true,
    sourceMaps,
    sourceFileName: filename,
  };
  if (list.length === 0) {
    const inputSourceMap = options.inputSourceMap as never;
    return generate(file, { ...output, ...(inputSourceMap ? { inputSourceMap } : {}) }, code);
  }
  const result = transformFromAstSync(file, code, {
    ...NO_CONFIG,
    ...output,
    filename,
    plugins: list,
    sourceType: parserSourceType(ts, options),
    cloneInputAst: false,
    inputSourceMap: (options.inputSourceMap ?? false) as NonNullable<TransformOptions['inputSourceMap']>,
  });
  return { code: result?.code ?? '', map: result?.map };
}

const isModule = ({ program }: BabelTypes.File): boolean =>
  program.sourceType === 'module' && program.body.some(({ type }) => /^(Import|Export)/.test(type));

/** In TypeScript `import x = require()` and `export =` are module syntax that becomes CommonJS. */
function parserSourceType(ts: boolean, options: InstrumentOptions): 'module' | 'script' | 'unambiguous' {
  const { sourceType = 'unambiguous' } = options;
  if (sourceType === 'commonjs') return ts ? 'unambiguous' : 'script';
  return sourceType;
}

function effectiveSourceType(
  file: BabelTypes.File,
  { sourceType }: InstrumentOptions,
): 'module' | 'commonjs' | 'script' {
  if (sourceType && sourceType !== 'unambiguous') return sourceType;
  return file.program.sourceType === 'module' ? 'module' : 'commonjs';
}

function parserOptions(ts: boolean, hasJsx: boolean, options: InstrumentOptions): ParserOptions {
  const list: NonNullable<ParserOptions['plugins']> = [
    options.experimentalDecorators ? 'decorators-legacy' : 'decorators',
    'explicitResourceManagement',
    'importAttributes',
    'sourcePhaseImports',
  ];
  if (!options.experimentalDecorators) list.push('decoratorAutoAccessors');
  if (ts) list.push('typescript');
  if (hasJsx) list.push('jsx');
  return {
    plugins: list,
    allowReturnOutsideFunction: options.sourceType !== 'module' && options.sourceType !== 'script',
    allowNewTargetOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowUndeclaredExports: true,
    errorRecovery: false,
  };
}

function plugins(
  ts: boolean,
  filename: string,
  options: InstrumentOptions,
  hasDecorators: boolean,
  toCommonJs: boolean,
): PluginItem[] {
  const list: PluginItem[] = [];
  const legacy = options.experimentalDecorators ?? false;
  if (hasDecorators) list.push([decorators, legacy ? { legacy: true } : { version: '2023-11' }]);
  if (ts) {
    list.push([
      typescript,
      {
        isTSX: filename.endsWith('x'),
        allExtensions: true,
        allowDeclareFields: true,
        allowNamespaces: true,
        onlyRemoveTypeImports: options.onlyRemoveTypeImports ?? false,
        ...(options.jsxPragma ? { jsxPragma: options.jsxPragma } : {}),
        ...(options.jsxPragmaFrag ? { jsxPragmaFrag: options.jsxPragmaFrag } : {}),
      },
    ]);
  }
  if (toCommonJs) {
    const importInterop = (options.esModuleInterop ?? true) ? 'babel' : 'none';
    list.push([commonjs, { importInterop, allowTopLevelThis: true, enumerableModuleMeta: false }]);
  }
  if (options.lowerUsing) list.push([using]);
  const runtime = options.jsxRuntime ?? 'preserve';
  if (runtime === 'automatic')
    list.push([jsx, { runtime, importSource: options.jsxImportSource ?? 'react' }]);
  if (runtime === 'classic') {
    list.push([
      jsx,
      {
        runtime,
        pragma: options.jsxPragma ?? 'React.createElement',
        pragmaFrag: options.jsxPragmaFrag ?? 'React.Fragment',
      },
    ]);
  }
  return list;
}

export { relocate } from './relocate.ts';

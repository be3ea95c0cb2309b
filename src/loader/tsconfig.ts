/** The settings of the user's tsconfig.json that change what TypeScript's output does. */
import type { TsConfigResult } from 'get-tsconfig';
import type { InstrumentOptions } from '../../plugin/instrument.ts';
import type { Language } from './language.ts';
import { lazy } from './lazy.ts';

export type CompilerSettings = Pick<
  InstrumentOptions,
  | 'experimentalDecorators'
  | 'useDefineForClassFields'
  | 'emitDecoratorMetadata'
  | 'esModuleInterop'
  | 'onlyRemoveTypeImports'
  | 'jsxRuntime'
  | 'jsxImportSource'
  | 'jsxPragma'
  | 'jsxPragmaFrag'
>;

const getTsconfig = lazy<typeof import('get-tsconfig')>('get-tsconfig');
const found = new Map<string, TsConfigResult | null>();
const cache = new Map<string, unknown>();

export function compilerSettings(file: string, { typescript, jsx }: Language): CompilerSettings {
  if (!typescript && !jsx) return {};
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  let result = found.get(folder);
  if (result === undefined) {
    try {
      result = getTsconfig().getTsconfig(file, 'tsconfig.json', cache as never);
    } catch {
      result = null;
    }
    found.set(folder, result);
  }
  return { ...(jsx && { jsxRuntime: 'classic' }), ...settings(result?.config.compilerOptions ?? {}) };
}

type CompilerOptions = NonNullable<TsConfigResult['config']['compilerOptions']>;

/** The targets for which fields are assigned unless the settings say otherwise. */
const BEFORE_FIELDS = /^es(3|5|6|201\d|202[01])$/i;

function settings(options: CompilerOptions): CompilerSettings {
  const picked: CompilerSettings = {};
  if (options.experimentalDecorators) picked.experimentalDecorators = true;
  if (!(options.useDefineForClassFields ?? !BEFORE_FIELDS.test(options.target ?? '')))
    picked.useDefineForClassFields = false;
  if (options.esModuleInterop === false) picked.esModuleInterop = false;
  if (options.emitDecoratorMetadata) picked.emitDecoratorMetadata = true;
  if (options.verbatimModuleSyntax) picked.onlyRemoveTypeImports = true;
  // `preserve` is for a bundler that comes after; Node cannot run what it leaves
  if (options.jsx !== undefined) picked.jsxRuntime = options.jsx === 'react' ? 'classic' : 'automatic';
  if (options.jsxImportSource) picked.jsxImportSource = options.jsxImportSource;
  if (options.jsxFactory) picked.jsxPragma = options.jsxFactory;
  if (options.jsxFragmentFactory) picked.jsxPragmaFrag = options.jsxFragmentFactory;
  return picked;
}

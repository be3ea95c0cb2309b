/** The settings of the user's tsconfig.json that change what TypeScript's output does. */
import type { TsConfigResult } from 'get-tsconfig';
import type { Language } from './language.ts';
import { lazy } from './lazy.ts';

export interface CompilerSettings {
  experimentalDecorators?: boolean;
  emitDecoratorMetadata?: boolean;
  useDefineForClassFields?: boolean;
  verbatimModuleSyntax?: boolean;
  jsx?: 'automatic' | 'classic' | 'preserve';
  jsxDev?: boolean;
  jsxImportSource?: string;
  jsxFactory?: string;
  jsxFragmentFactory?: string;
}

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
  return result === null ? {} : settings(result.config.compilerOptions ?? {});
}

type CompilerOptions = NonNullable<TsConfigResult['config']['compilerOptions']>;

function settings(options: CompilerOptions): CompilerSettings {
  const target = String(options.target ?? '').toLowerCase();
  const old = /^es(3|5|6|20(1\d|2[01]))$/.test(target);
  const picked: CompilerSettings = {};
  if (options.experimentalDecorators) picked.experimentalDecorators = true;
  if (options.emitDecoratorMetadata) picked.emitDecoratorMetadata = true;
  if (!(options.useDefineForClassFields ?? !old)) picked.useDefineForClassFields = false;
  if (options.verbatimModuleSyntax) picked.verbatimModuleSyntax = true;
  if (options.jsx === 'react-jsx' || options.jsx === 'react-jsxdev') picked.jsx = 'automatic';
  else if (options.jsx === 'react') picked.jsx = 'classic';
  if (options.jsx === 'react-jsxdev') picked.jsxDev = true;
  if (options.jsxImportSource) picked.jsxImportSource = options.jsxImportSource;
  if (options.jsxFactory) picked.jsxFactory = options.jsxFactory;
  if (options.jsxFragmentFactory) picked.jsxFragmentFactory = options.jsxFragmentFactory;
  return picked;
}

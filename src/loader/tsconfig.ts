/** The settings of the user's tsconfig.json that change what TypeScript's output does. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import vm from 'node:vm';
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
  | 'nodeStripsTypes'
>;

const getTsconfig = lazy<typeof import('get-tsconfig')>('get-tsconfig');
// as it was before the program's calls of it were counted
const { Script } = vm;
const features = process.features as { typescript?: unknown };
const found = new Map<string, Found>();
const cache = new Map<string, unknown>();
/** path of a tsconfig.json → what is wrong with its text */
const errors = new Map<string, string | undefined>();

interface Found {
  options: CompilerOptions;
  /** a tsconfig.json that is not all that it wants to be, and why */
  broken?: { file: string; why: string };
}

export function compilerSettings(file: string, { typescript, jsx }: Language): CompilerSettings {
  if (!typescript && !jsx) return {};
  const nodeStripsTypes = typescript && !jsx && Boolean(features.typescript);
  return {
    ...(nodeStripsTypes && { nodeStripsTypes }),
    ...(jsx && { jsxRuntime: 'classic' }),
    ...settings(settingsFor(file).options),
  };
}

/** Whether tsc makes CommonJS of a module of neither kind; undefined: the settings leave it open. */
export function becomesCommonJS(file: string): boolean | undefined {
  const { module } = settingsFor(file).options;
  return module === undefined ? undefined : COMMONJS.test(module);
}

const COMMONJS = /^(?:commonjs|node(?:16|18|20|next)|none|amd|umd|system)$/i;

/** What is to be said of the settings that `compilerSettings` has given for a file. */
export function brokenSettings(file: string, { typescript, jsx }: Language): Found['broken'] {
  return typescript || jsx ? settingsFor(file).broken : undefined;
}

function settingsFor(file: string): Found {
  const folder = dirname(file);
  let result = found.get(folder);
  if (result === undefined) {
    result = read(file);
    found.set(folder, result);
  }
  return result;
}

function read(file: string): Found {
  try {
    const result = getTsconfig().getTsconfig(file, 'tsconfig.json', cache as never);
    if (result === null) return { options: {} };
    const why = syntaxError(result.path);
    return {
      options: result.config.compilerOptions ?? {},
      ...(why !== undefined && {
        broken: { file: result.path, why: `${why}: what can be read of it applies` },
      }),
    };
  } catch (error) {
    const why = `its settings cannot be used (${error instanceof Error ? error.message : error}): TypeScript's defaults apply`;
    return { options: {}, broken: { file: nearest(dirname(file)), why } };
  }
}

const nearest = (folder: string): string =>
  existsSync(join(folder, 'tsconfig.json')) || dirname(folder) === folder
    ? join(folder, 'tsconfig.json')
    : nearest(dirname(folder));

/** JSON with comments and commas is JavaScript; V8 only compiles it. TypeScript reads on after an error, and so do we. */
function syntaxError(path: string): string | undefined {
  if (!errors.has(path)) errors.set(path, compileError(path, readFileSync(path, 'utf8')));
  return errors.get(path);
}

function compileError(filename: string, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    new Script(`(${text.replace(/^\uFEFF/, '')}\n)`, { filename });
    return undefined;
  } catch (error) {
    const { message, stack } = error as Error;
    return `line ${/:(\d+)\n/.exec(`${stack}`)?.[1]} is not valid JSON (${message})`;
  }
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
  const { jsxImportSource, jsxFactory, jsxFragmentFactory } = options as Record<string, unknown>;
  if (isName(jsxImportSource)) picked.jsxImportSource = jsxImportSource;
  if (isName(jsxFactory)) picked.jsxPragma = jsxFactory;
  if (isName(jsxFragmentFactory)) picked.jsxPragmaFrag = jsxFragmentFactory;
  return picked;
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

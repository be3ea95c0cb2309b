/**
 * Every option of tsrace, in one table. Flags, the pairs in `TSRACE`, `--help`, the README and the checks
 * all come from it; nothing else in the program knows an option's default or its spelling.
 *
 * A flag wins over `TSRACE`; the globs of both count. What was decided travels to each process of the tree
 * in one variable (`TSRACE_OPTIONS`), so that a preloaded process checks nothing again.
 */
import { resolve, sep } from 'node:path';

export type OptionType = 'integer' | 'boolean' | 'file' | 'string' | 'globs' | 'choice' | 'share';

export interface OptionSpec {
  /** as in `TSRACE`; the flag has dashes for the underscores */
  readonly name: keyof Options;
  readonly type: OptionType;
  readonly default: number | boolean | string | readonly string[];
  /** what stands for the value in the help */
  readonly value: string;
  readonly description: string;
  readonly choices?: readonly string[];
}

export interface Options {
  exitcode: number;
  halt_on_error: boolean;
  /** `stderr`, or a path that gets `.PID` appended */
  log_path: string;
  strip_path_prefix: string;
  /** '' when no document is wanted */
  json: string;
  /** '' when none is wanted */
  sarif: string;
  /** '' is the nearest tsrace.suppressions */
  suppressions: string;
  /** '' is none */
  baseline: string;
  include: string[];
  exclude: string[];
  summary: boolean;
  /** '' when none is wanted */
  trace: string;
  /** `all`, `none`, or n: those to one block of memory in n */
  trace_accesses: string;
  color: 'auto' | 'always' | 'never';
  /** no option: where the command was started, once that is decided; globs are relative to it */
  directory?: string;
  /** no option: the width of the terminal that reports go to; a worker cannot ask for it */
  columns?: number | undefined;
}

export const OPTIONS: readonly OptionSpec[] = [
  {
    name: 'exitcode',
    type: 'integer',
    default: 66,
    value: 'N',
    description: 'exit code when a race was found and the command itself ended with 0',
  },
  {
    name: 'halt_on_error',
    type: 'boolean',
    default: false,
    value: '0|1',
    description: 'end the program after the first report',
  },
  {
    name: 'log_path',
    type: 'file',
    default: 'stderr',
    value: 'PATH',
    description: 'write reports to PATH.PID instead of stderr',
  },
  {
    name: 'strip_path_prefix',
    type: 'string',
    default: '',
    value: 'PREFIX',
    description: 'leave this prefix out of file names (default: the working directory)',
  },
  {
    name: 'json',
    type: 'file',
    default: '',
    value: 'FILE',
    description: 'also write every race of the whole process tree to FILE',
  },
  {
    name: 'sarif',
    type: 'file',
    default: '',
    value: 'FILE',
    description: 'also write the races as SARIF 2.1.0, for code scanning, to FILE',
  },
  {
    name: 'suppressions',
    type: 'file',
    default: '',
    value: 'FILE',
    description: 'the races that are known, and why (default: tsrace.suppressions here or above)',
  },
  {
    name: 'baseline',
    type: 'file',
    default: '',
    value: 'FILE',
    description: 'the races of this document, which --json has written, are known: only others count',
  },
  {
    name: 'include',
    type: 'globs',
    default: [],
    value: 'GLOB',
    description: 'instrument these files although they are in node_modules (repeatable)',
  },
  {
    name: 'exclude',
    type: 'globs',
    default: [],
    value: 'GLOB',
    description: 'do not instrument these files (repeatable; wins over include)',
  },
  {
    name: 'summary',
    type: 'boolean',
    default: false,
    value: '0|1',
    description: 'say at the end what was checked and what was not, also without a race',
  },
  {
    name: 'trace',
    type: 'file',
    default: '',
    value: 'FILE',
    description: 'also write what threads did to be ordered, and their accesses, for tsrace check and view',
  },
  {
    name: 'trace_accesses',
    type: 'share',
    default: 'all',
    value: 'all|none|N',
    description: 'which accesses the trace has: all, none, or those to one block of memory in N',
  },
  {
    name: 'color',
    type: 'choice',
    default: 'auto',
    value: 'WHEN',
    description: 'colour the report: auto, always or never',
    choices: ['auto', 'always', 'never'],
  },
];

/** What the user did wrong, in one line that says what to do. */
export class OptionError extends Error {}

export const flagOf = (name: string): string => `--${name.replaceAll('_', '-')}`;

export function defaults(): Options {
  const options = Object.fromEntries(
    OPTIONS.map(({ name, default: value }) => [name, Array.isArray(value) ? [...value] : value]),
  );
  return options as unknown as Options;
}

/** Checks `text`, written by the user as the value of `spelled`, and puts it into `options`. */
export function setOption(options: Options, spec: OptionSpec, text: string, spelled: string): void {
  const target = options as unknown as Record<string, unknown>;
  const bad = (wanted: string): never => {
    throw new OptionError(`${spelled} must be ${wanted}, not ${JSON.stringify(text)}`);
  };
  switch (spec.type) {
    case 'integer':
      if (!/^\d+$/.test(text) || Number(text) > 255) bad('a whole number from 0 to 255');
      target[spec.name] = Number(text);
      break;
    case 'boolean':
      if (!/^(0|1|true|false)$/.test(text)) bad('0 or 1');
      target[spec.name] = text === '1' || text === 'true';
      break;
    case 'choice':
      if (!spec.choices!.includes(text)) bad(`one of ${spec.choices!.join(', ')}`);
      target[spec.name] = text;
      break;
    case 'share':
      if (!/^(?:all|none|[1-9]\d{0,6})$/.test(text)) bad('all, none or a whole number from 1 on');
      target[spec.name] = text;
      break;
    case 'file':
      if (text === '') bad('a path');
      target[spec.name] = text === spec.default ? text : resolve(text);
      break;
    case 'globs':
      if (text === '') bad('a glob');
      (target[spec.name] as string[]).push(text);
      break;
    default:
      target[spec.name] = text;
  }
}

const PAIR = /\s*([^\s=]+)(?:=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|((?!["'])\S*)))?(?=\s|$)/y;

/** The value of the variable `TSRACE`: `key=value key="value with spaces"`, as GORACE. */
export function parsePairs(text: string, options: Options): void {
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < text.trimEnd().length) {
    const at = PAIR.lastIndex;
    const match = PAIR.exec(text);
    if (match === null) throw new OptionError(`TSRACE: cannot read ${JSON.stringify(text.slice(at).trim())}`);
    const [, key, double, single, bare] = match;
    const value = double?.replace(/\\(.)/g, '$1') ?? single ?? bare;
    const spec = OPTIONS.find(({ name }) => name === key!.replaceAll('-', '_'));
    if (spec === undefined) {
      throw new OptionError(
        `TSRACE: unknown option ${key}; known are ${OPTIONS.map((o) => o.name).join(', ')}`,
      );
    }
    if (value === undefined)
      throw new OptionError(`TSRACE: ${key} needs a value, as in ${key}=${spec.value}`);
    setOption(options, spec, value, `TSRACE: ${key}`);
  }
}

const VARIABLE = 'TSRACE_OPTIONS';

export function toEnvironment(options: Options): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(decided(options)) };
}

/** File names and globs are relative to where the command was started, in every process of the tree. */
export function decided(options: Options): Options {
  const directory = process.cwd();
  return { ...options, directory, strip_path_prefix: options.strip_path_prefix || directory + sep };
}

/** What the CLI decided, or without a CLI what `TSRACE` says. */
export function fromEnvironment(env: NodeJS.ProcessEnv): Options {
  if (env[VARIABLE] !== undefined) return JSON.parse(env[VARIABLE]) as Options;
  const options = defaults();
  if (env['TSRACE'] !== undefined) parsePairs(env['TSRACE'], options);
  return decided(options);
}

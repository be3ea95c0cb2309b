/**
 * tsrace's own flags, up to the first word that is not one: everything from there on is the user's command
 * and stays as it is. yargs is loaded only when there are flags.
 */
import { defaults, flagOf, OPTIONS, OptionError, type Options, parsePairs, setOption } from '../options.ts';
import { version } from '../version.ts';
import { help } from './help.ts';

export type Parsed =
  | { kind: 'run'; options: Options; command: string[] }
  /** `--help` or `--version` */
  | { kind: 'print'; text: string };

export async function parseArguments(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Parsed> {
  const options = defaults();
  if (env['TSRACE'] !== undefined) parsePairs(env['TSRACE'], options);
  const command = argv[0]?.startsWith('-') ? await readFlags(argv, options) : [...argv];
  if (typeof command === 'string') return { kind: 'print', text: command };
  if (command.length === 0) {
    throw new OptionError('missing command: say what to run, as in tsrace node app.ts (tsrace --help)');
  }
  return { kind: 'run', options, command };
}

/** Sets what the flags say and returns the command, or a text to print. */
async function readFlags(argv: readonly string[], options: Options): Promise<string[] | string> {
  const { default: yargs } = await import('yargs');
  const parser = yargs()
    .scriptName('tsrace')
    .locale('en')
    .parserConfiguration({
      'halt-at-non-option': true,
      'populate--': true,
      'camel-case-expansion': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
    })
    .help(false)
    .version(false)
    .boolean(['help', 'version'])
    .alias('help', 'h')
    .strictOptions()
    .exitProcess(false)
    .fail((message) => {
      throw new OptionError(explain(message));
    });
  for (const spec of OPTIONS) {
    parser.option(flagOf(spec.name).slice(2), {
      type: spec.type === 'boolean' ? 'boolean' : 'array',
      nargs: spec.type === 'boolean' ? undefined : 1,
      alias: spec.name.includes('_') ? [spec.name] : [],
    } as never);
  }
  const parsed = (await parser.parse([...argv])) as Record<string, unknown> & { '--'?: string[] };
  if (parsed['version'] === true) return `tsrace ${version} (node ${process.versions.node})\n`;
  if (parsed['help'] === true) return help(process.stdout.columns ?? 80);

  let own = argv.length - (parsed['--']?.length ?? 0);
  // `--halt-on-error 1`, as the help spells it
  if (BOOLEANS.has(argv[own - 1] ?? '') && TRUTH.test(argv[own] ?? '')) own++;
  for (const spec of OPTIONS) {
    const flag = flagOf(spec.name);
    const value = parsed[flag.slice(2)];
    if (value === undefined) continue;
    const texts =
      spec.type === 'boolean' ? [booleanText(argv.slice(0, own), spec.name)] : [value].flat().map(String);
    for (const text of spec.type === 'globs' ? texts : texts.slice(-1)) setOption(options, spec, text, flag);
  }
  return argv.slice(own);
}

const TRUTH = /^(?:0|1|true|false)$/;

const BOOLEANS: ReadonlySet<string> = new Set(
  OPTIONS.filter(({ type }) => type === 'boolean').flatMap(({ name }) => [flagOf(name), `--${name}`]),
);

/** yargs takes `--flag=anything` for false; the word itself says what was meant. */
function booleanText(words: readonly string[], name: string): string {
  const at = words.findLastIndex((word) => word.replaceAll('_', '-').startsWith(flagOf(name)));
  const next = at === words.length - 2 && TRUTH.test(words[at + 1]!) ? words[at + 1] : undefined;
  return words[at]?.slice(flagOf(name).length + 1) || next || '1';
}

function explain(message: string): string {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  if (unknown !== undefined) {
    return `unknown option ${unknown.length === 1 ? '-' : '--'}${unknown}: tsrace --help lists the options (those of the command come after it)`;
  }
  const short = /^Not enough arguments following: (.+)/.exec(message)?.[1];
  const spec = OPTIONS.find(({ name }) => flagOf(name) === flagOf(`${short}`.replaceAll('_', '-')));
  if (short !== undefined) return `--${short} needs a value, as in --${short} ${spec?.value ?? 'VALUE'}`;
  return message;
}

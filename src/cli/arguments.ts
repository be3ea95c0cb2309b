/** The arguments of a subcommand: flags anywhere between its files, strictly, with a help of its own. */
import type { Options as Flag } from 'yargs';
import { OptionError } from '../options.ts';

export interface Usage {
  /** `merge` */
  name: string;
  /** what follows the name: `FILE... -o FILE` */
  synopsis: string;
  description: string;
  flags: Record<string, Flag>;
  /** words that are no flags, as the help calls them, and how many there may be */
  files: { name: string; least: number; most: number };
  examples?: readonly string[];
}

export interface Given {
  files: string[];
  flags: Record<string, unknown>;
}

/** A string is the help, which was asked for. */
export async function parseSubcommand(usage: Usage, args: readonly string[]): Promise<Given | string> {
  const { default: yargs } = await import('yargs');
  const command = `tsrace ${usage.name}`;
  const parser = yargs()
    .scriptName(command)
    .usage(`Usage: ${command} ${usage.synopsis}\n\n${usage.description}`)
    .locale('en')
    .parserConfiguration({
      'camel-case-expansion': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'greedy-arrays': false,
    })
    .options(
      Object.fromEntries(
        Object.entries(usage.flags).map(([name, flag]) => [name, { requiresArg: !isBoolean(flag), ...flag }]),
      ),
    )
    .help(false)
    .version(false)
    .option('help', { alias: 'h', type: 'boolean', description: 'show this help' })
    .wrap(Math.min(Math.max(process.stdout.columns ?? 80, 60), 110))
    .strictOptions()
    .exitProcess(false)
    .fail((message) => {
      throw new OptionError(explain(message, command));
    });
  for (const example of usage.examples ?? []) parser.example(example, '');
  const { _: words, $0: _, ...flags } = (await parser.parse([...args])) as Record<string, unknown>;
  if (flags['help'] === true) return `${await parser.getHelp()}\n`;
  // of what is given twice the last counts, but for lists
  for (const [name, value] of Object.entries(flags)) {
    if (Array.isArray(value) && usage.flags[name]?.type !== 'array') flags[name] = value.at(-1);
  }
  const files = (words as unknown[]).map(String);
  const { name, least, most } = usage.files;
  if (files.length < least || files.length > most) {
    const wanted =
      least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    const what = `${wanted} ${name}${wanted.endsWith(' 1') || wanted === '1' ? '' : 's'}`;
    throw new OptionError(`${usage.name} takes ${what}, and ${files.length} came: ${command} --help`);
  }
  return { files, flags };
}

const isBoolean = ({ type }: Flag): boolean => type === 'boolean';

function explain(message: string, command: string): string {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  if (unknown !== undefined) {
    return `unknown option ${unknown.length === 1 ? '-' : '--'}${JSON.stringify(unknown).slice(1, -1)}: ${command} --help lists the options`;
  }
  const short = /^Not enough arguments following: (.+)/.exec(message)?.[1];
  if (short !== undefined)
    return `${short.length === 1 ? '-' : '--'}${short} needs a value: ${command} --help`;
  return `${JSON.stringify(message.split('\n')[0]).slice(1, -1)}: ${command} --help`;
}

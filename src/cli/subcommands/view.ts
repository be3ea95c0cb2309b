/** `tsrace view`: a document again, on the terminal. */
import { OptionError, type Options } from '../../options.ts';
import { readDocument } from '../../report/document.ts';
import { writeFully } from '../../report/sink.ts';
import { styleFor } from '../../report/style.ts';
import { parseSubcommand, type Usage } from '../arguments.ts';
import { type Choice, choose, ORDERS } from '../view/choose.ts';
import { printed } from '../view/print.ts';
import { ProjectFiles } from '../view/project-files.ts';

const COLORS = ['auto', 'always', 'never'];

const USAGE: Usage = {
  name: 'view',
  synopsis: 'REPORT [options]',
  description: 'Shows the races of a report that tsrace --json has written.',
  flags: {
    race: { type: 'string', description: 'only the race whose id begins so' },
    top: { type: 'string', description: 'only the first N' },
    sort: { type: 'string', description: `order by ${ORDERS.join(', ')} (default: as reported)` },
    color: { type: 'string', description: `${COLORS.join(', ')} (default: auto)` },
  },
  files: { name: 'report', least: 1, most: 1 },
  examples: ['tsrace view races.json --sort count --top 10', 'tsrace view races.json --race 8db1d3'],
};

export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const given = await parseSubcommand(USAGE, args);
  if (typeof given === 'string') {
    writeFully(1, given);
    return 0;
  }
  const { flags } = given;
  const file = given.files[0]!;
  const choice: Choice = {
    race: word(flags, 'race'),
    sort: oneOf(flags, 'sort', ORDERS),
    top: count(flags, 'top'),
  };
  const color = oneOf(flags, 'color', COLORS) as Options['color'] | undefined;

  const document = readDocument(file);
  const races = choose(document.races, choice, file);
  const files = new ProjectFiles(process.cwd());
  const { columns } = process.stdout;
  const style = styleFor({ fd: 1, color: color ?? 'auto', columns, prefix: '' }, env);
  writeFully(1, printed(document, races, files, style));
  return 0;
}

function word(flags: Record<string, unknown>, name: string): string | undefined {
  const value = flags[name];
  if (value === '') throw new OptionError(`--${name} needs a value: tsrace view --help`);
  return value as string | undefined;
}

function oneOf<T extends string>(
  flags: Record<string, unknown>,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = word(flags, name);
  if (value === undefined || (choices as readonly string[]).includes(value)) return value as T | undefined;
  throw new OptionError(`--${name} must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}`);
}

function count(flags: Record<string, unknown>, name: string): number | undefined {
  const value = word(flags, name);
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new OptionError(`--${name} must be a whole number from 1 on, not ${JSON.stringify(value)}`);
}

/** The text of `tsrace --help`, as wide as the terminal. The options come from the table. */
import { defaults, flagOf, OPTIONS, type OptionSpec } from '../options.ts';
import { SUBCOMMANDS } from './subcommands.ts';

const NARROW = 60;
const WIDE = 110;

export function help(columns: number): string {
  const width = Math.min(Math.max(columns, NARROW), WIDE);
  const fallbacks = defaults();
  return [
    'Usage: tsrace [options] command [arguments]',
    '       tsrace [options] file.ts [arguments]      short for: tsrace node file.ts',
    '',
    ...wrap(
      'Runs the command, and reports every data race that its worker threads show on shared memory.',
      width,
    ),
    '',
    'Options:',
    ...table(
      [
        ...OPTIONS.map(
          (spec): Row => [
            `${flagOf(spec.name)} ${spec.value}`,
            spec.description + fallback(spec, fallbacks[spec.name]),
          ],
        ),
        ['--help', 'show this help'],
        ['--version', 'show the version'],
      ],
      width,
    ),
    '',
    ...(SUBCOMMANDS.size === 0
      ? []
      : [
          'With reports (tsrace NAME --help says more):',
          ...table(
            [...SUBCOMMANDS.values()].map(({ usage, description }): Row => [usage, description]),
            width,
          ),
          '',
        ]),
    'In the environment: TSRACE="halt_on_error=1 log_path=/tmp/races"',
    '',
    'Example:',
    '  tsrace --json races.json npm test',
    '',
    'Exit codes:',
    ...table(
      [
        ['66', 'a race was found, and the command ended with 0 (--exitcode)'],
        ['2', 'tsrace was called wrongly'],
        ['126, 127', 'the command cannot be run, or is not found'],
        ['others', 'those of the command'],
      ],
      width,
    ),
    '',
  ].join('\n');
}

type Row = [left: string, right: string];

function fallback({ type }: OptionSpec, value: unknown): string {
  if (type === 'globs' || value === '') return '';
  return ` (default: ${type === 'boolean' ? Number(value) : value})`;
}

function table(rows: readonly Row[], width: number): string[] {
  const left = Math.max(...rows.map(([text]) => text.length)) + 4;
  return rows.flatMap(([term, text]) =>
    wrap(text, width - left).map((line, index) => (index === 0 ? `  ${term}` : '').padEnd(left) + line),
  );
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

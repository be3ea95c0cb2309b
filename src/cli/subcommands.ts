/**
 * What `tsrace` does with reports that it has written. Only the first word of all can name one of these, and nothing
 * else of tsrace's is loaded for it: `tsrace -- view` runs a program called view.
 */

export interface Subcommand {
  /** @returns the exit code */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number>;
}

interface Row {
  /** as in the help */
  usage: string;
  description: string;
  load(): Promise<Subcommand>;
}

export type Subcommands = ReadonlyMap<string, Row>;

export const SUBCOMMANDS: Subcommands = new Map<string, Row>([
  [
    'build',
    {
      usage: 'tsrace build SRC --out-dir DIR',
      description: 'instrument a program beforehand: node DIR/app.js then reports its races',
      load: () => import('./subcommands/build.ts'),
    },
  ],
  [
    'view',
    {
      usage: 'tsrace view REPORT',
      description: 'show the races of a report on the terminal or, with --html or --open, as a page',
      load: () => import('./subcommands/view.ts'),
    },
  ],
  [
    'check',
    {
      usage: 'tsrace check TRACE',
      description: 'find all races in a trace that --trace has written; the exit code is 66 if there are any',
      load: () => import('./subcommands/check.ts'),
    },
  ],
  [
    'merge',
    {
      usage: 'tsrace merge REPORT... -o FILE',
      description: 'make one report of many: of shards, machines, processes',
      load: () => import('./subcommands/merge.ts'),
    },
  ],
  [
    'diff',
    {
      usage: 'tsrace diff OLD NEW',
      description: 'compare two reports; the exit code is 66 only for new races',
      load: () => import('./subcommands/diff.ts'),
    },
  ],
  [
    'suppress',
    {
      usage: 'tsrace suppress ID --reason WHY',
      description: 'write a race into tsrace.suppressions: it no longer fails the run',
      load: () => import('./subcommands/suppress.ts'),
    },
  ],
]);

/** The one that these arguments call for. */
export function subcommandOf(
  argv: readonly string[],
  table: Subcommands = SUBCOMMANDS,
): { load: Row['load']; args: readonly string[] } | undefined {
  const [name = '', ...args] = argv;
  const row = table.get(name);
  return row && { load: row.load, args };
}

/** The main path: read the flags, run the command with the preload, say what was found, end as it ended. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decided, OptionError, type Options } from '../options.ts';
import type { Conclusion } from '../report/conclude.ts';
import { DocumentError } from '../report/document-error.ts';
import { knownSources } from '../report/known/locate.ts';
import { writeFully } from '../report/write.ts';
import { CommandError, type End, endAs, expand, start, wait } from './command.ts';
import { environment } from './environment.ts';
import { parseArguments } from './flags.ts';
import { killWhenHalted } from './halt.ts';
import { checkPlaces } from './places.ts';
import { subcommandOf } from './subcommands.ts';

export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const subcommand = subcommandOf(argv);
    if (subcommand !== undefined) {
      const { run } = await subcommand.load();
      process.exitCode = await run(subcommand.args, env);
      return;
    }
    const parsed = await parseArguments(argv, env);
    if (parsed.kind === 'print') writeFully(1, parsed.text);
    else endAs(await run(decided(parsed.options), parsed.command, env));
  } catch (error) {
    if (![OptionError, CommandError, DocumentError].some((type) => error instanceof type)) throw error;
    writeFully(2, `tsrace: ${(error as Error).message}\n`);
    process.exitCode = error instanceof CommandError ? error.code : 2;
  }
}

async function run(options: Options, words: string[], env: NodeJS.ProcessEnv): Promise<End> {
  checkPlaces(options);
  const directory = makeDirectory();
  const startedAt = new Date();
  const command = expand(words);
  try {
    const known = knownSources(options);
    if (known !== undefined) (await import('../report/known/prepare.ts')).prepareKnown(known, directory);
    const child = start(command, environment(env, options, directory));
    const watching = options.halt_on_error ? killWhenHalted(directory, child) : undefined;
    // what is not needed before the end is loaded while the program starts
    const [end, { conclude }, { tell, tellTrace }] = await Promise.all([
      wait(child),
      import('../report/conclude.ts'),
      import('../report/tell.ts'),
    ]);
    watching?.close();
    const conclusion = conclude(directory, { command: words, startedAt });
    tellTrace(directory, { command: words, startedAt }, options);
    tell(conclusion, options, child.pid ?? process.pid);
    return decide(end, conclusion, options);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Where the processes of the tree leave their records. */
function makeDirectory(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'tsrace-'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OptionError(
      `cannot make a folder in ${tmpdir()} (${code}): set TMPDIR to one that is writable`,
    );
  }
}

function decide(end: End, { fails, halted }: Conclusion, { exitcode }: Options): End {
  const clean = 'code' in end && end.code === 0;
  return halted || (clean && fails) ? { code: exitcode } : end;
}

/**
 * The run that a process belongs to. Under the CLI it is the CLI's, which concludes it. With only
 * `--require tsrace/register` the first process opens one for itself and its children, and concludes it when
 * it ends: total, document and exit code are then as the CLI's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import { lazy } from './loader/lazy.ts';
import { type Options, toEnvironment } from './options.ts';
import { knownSources } from './report/known/locate.ts';
import type { Sink } from './report/sink.ts';
import { writeFully } from './report/write.ts';

export interface Run {
  directory: string;
  options: Options;
  /** this process concludes the run */
  own: boolean;
}

const VARIABLE = 'TSRACE_RUN';
const finish = lazy<typeof import('./report/finish.ts')>('./finish.cjs');
const startedAt = new Date();

/**
 * Main thread: from the environment. A worker may have been given an environment of its own, so it learns of
 * the run by environment data, which Node hands to every worker before any code runs in it.
 */
export function openRun(readOptions: () => Options): Run {
  if (!isMainThread) {
    const run = getEnvironmentData(VARIABLE);
    if (typeof run === 'string') return JSON.parse(run) as Run;
  }
  const given = process.env[VARIABLE];
  const run: Run = {
    directory: given ?? mkdtempSync(join(tmpdir(), 'tsrace-')),
    options: readOptions(),
    own: given === undefined,
  };
  if (run.own) prepare(run);
  setEnvironmentData(VARIABLE, JSON.stringify(run));
  return run;
}

/** There is no CLI to refuse them: with suppressions that cannot be read, every race counts. */
function prepare({ options, directory }: Run): void {
  const known = knownSources(options);
  if (known === undefined) return;
  try {
    finish().prepareKnown(known, directory);
  } catch (error) {
    writeFully(2, `tsrace: ${(error as Error).message}; all races count\n`);
  }
}

/** What a child process has to be told. */
export const carriedBy = ({ directory, options }: Run): Record<string, string> => ({
  [VARIABLE]: directory,
  ...toEnvironment(options),
});

export function atProcessEnd(sink: Sink, { directory, options, own }: Run): void {
  sink.end();
  if (!own) return;
  const { conclude, tell, tellTrace } = finish();
  const conclusion = conclude(directory, { command: process.argv, startedAt });
  tellTrace(directory, { command: process.argv, startedAt }, options);
  tell(conclusion, options, process.pid);
  if (conclusion.fails && !process.exitCode) process.exitCode = options.exitcode;
  rmSync(directory, { recursive: true, force: true });
}

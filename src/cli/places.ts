/** Can the reports be written where the options say? Asked before the program starts: afterwards is too late. */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { flagOf, OptionError, type Options } from '../options.ts';

export function checkPlaces({
  json,
  sarif,
  trace,
  log_path,
}: Pick<Options, 'json' | 'sarif' | 'trace' | 'log_path'>): void {
  check('json', json, json !== '' && wrongFile(json));
  check('sarif', sarif, sarif !== '' && wrongFile(sarif));
  check('trace', trace, trace !== '' && wrongFile(trace));
  // the log is PATH.PID, so PATH itself may be anything
  check('log_path', log_path, log_path !== 'stderr' && wrongFolder(log_path));
}

/** The same for the file that the flag of a subcommand names. */
export function checkFile(name: string, path: string): void {
  check(name, path, wrongFile(path));
}

function check(name: string, path: string, wrong: string | false | undefined): void {
  if (wrong) throw new OptionError(`cannot write ${flagOf(name)} ${path}: ${wrong}`);
}

function wrongFile(file: string): string | undefined {
  const stats = look(file);
  if (stats === undefined) return wrongFolder(file);
  if (stats.isDirectory()) return 'it is a folder';
  return isWritable(file) ? undefined : 'it is not writable';
}

function wrongFolder(file: string): string | undefined {
  const folder = dirname(file);
  if (!look(folder)?.isDirectory()) return `there is no folder ${folder}`;
  return isWritable(folder) ? undefined : `the folder ${folder} is not writable`;
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

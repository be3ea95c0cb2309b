/**
 * The user's command: found as `npx` finds it (node_modules/.bin of this directory and those above, then
 * PATH), started with our streams, and given our signals. Its way to end becomes ours.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, dirname, extname, join, sep } from 'node:path';

export type End = { code: number } | { signal: NodeJS.Signals };

const SCRIPT = new Set(['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx']);

/** `app.ts` is short for `node app.ts`. */
export function expand(command: readonly string[]): string[] {
  const [first = ''] = command;
  const script = SCRIPT.has(extname(first)) && existsSync(first) && statSync(first).isFile();
  return script ? [process.execPath, ...command] : [...command];
}

/** The file to run, or undefined: there is no such command. */
export function find(name: string, env: NodeJS.ProcessEnv, cwd: string): string | undefined {
  if (name.includes('/') || name.includes(sep)) return existsSync(name) ? name : undefined;
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(join(folder, 'node_modules', '.bin'));
    if (dirname(folder) === folder) break;
  }
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];
  return [...folders, ...(env['PATH'] ?? '').split(delimiter)]
    .flatMap((folder) => suffixes.map((suffix) => join(folder || '.', name + suffix)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export class CommandError extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

export function start(command: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const [name = '', ...args] = command;
  const file = find(name, env, process.cwd());
  if (file === undefined && SCRIPT.has(extname(name))) throw new CommandError(`no such file: ${name}`, 127);
  if (file === undefined) {
    throw new CommandError(`command not found: ${name} (looked in node_modules/.bin and PATH)`, 127);
  }
  return spawn(file, args, { stdio: 'inherit', env, argv0: name, shell: /\.(cmd|bat)$/i.test(file) });
}

const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
/** what a terminal sends to the whole foreground group: the child has it already */
const FROM_TERMINAL = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

/** Waits for the command to end. Until then our signals are its signals. */
export function wait(child: ChildProcess): Promise<End> {
  const forward = (signal: NodeJS.Signals): void => {
    if (process.stdin.isTTY && FROM_TERMINAL.has(signal)) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise<End>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(new CommandError(`cannot run ${child.spawnfile}: ${error.message}`, 126));
    });
    child.once('exit', (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
  }).finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
}

/** Ends this process as the command ended. */
export function endAs(end: End): never {
  if ('signal' in end) {
    process.kill(process.pid, end.signal);
    process.exit(128 + os.signals[end.signal]);
  }
  process.exit(end.code);
}

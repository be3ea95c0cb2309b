/**
 * Sees to it that the preload runs in a worker, and that the user does not see it there.
 *
 * A worker inherits its creator's command line, the preload included. Not so when the creator gives
 * `execArgv` (then NODE_OPTIONS and `execArgv` count) or `env` (then the NODE_OPTIONS in it count), nor when the
 * creator has the runtime from an import (a program that was built with it). It comes before
 * what the user requires there, which may look at the worker's data.
 * https://github.com/nodejs/node/blob/main/src/node_worker.cc (Worker::New)
 */
import type { OwnNodeOptions } from './start-envelope.ts';

interface Injected {
  execArgv?: unknown;
  env?: unknown;
  nodeOptions: OwnNodeOptions;
}

const flag = (preload: string): string => `--require=${preload}`;

/**
 * The options `execArgv` and `env`, as given by the user, with the preload put in where it would be missing.
 * `inherited`: it is part of this thread's command line.
 */
export function injectPreload(
  given: { execArgv?: unknown; env?: unknown },
  preload: string,
  inherited = true,
): Injected {
  const { execArgv, env } = given;
  if (Array.isArray(execArgv)) return { execArgv: [flag(preload), ...execArgv], nodeOptions: undefined };
  if (execArgv || typeof env !== 'object' || env === null) {
    if (execArgv || inherited) return { nodeOptions: undefined };
    const own = process.execArgv.filter((word) => !refused.has(word));
    return { execArgv: [flag(preload), ...own], nodeOptions: undefined };
  }
  const copy: Record<string, unknown> = { ...env };
  const own = copy['NODE_OPTIONS'] === undefined ? null : `${copy['NODE_OPTIONS']}`;
  if (own?.includes(quoted(preload)) || own?.includes(preload)) return { env: copy, nodeOptions: undefined };
  copy['NODE_OPTIONS'] = `${own ?? ''} --require=${quoted(preload)}`.trim();
  return { env: copy, nodeOptions: own };
}

/** Flags of the whole process, which Node refuses for a worker; it has what they do without being told. */
const refused = new Set<string>();

/** Whether `error` says that `execArgv`, which is ours, has such flags: then the next one has them no more. */
export function isOfFlags(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV') return false;
  const before = refused.size;
  for (const word of message.slice(message.indexOf(': ') + 2).split(', ')) refused.add(word);
  return refused.size > before;
}

/** In a worker: takes out what `injectPreload` put in, here or in a creator's creator. */
export function removePreload(preload: string, nodeOptions: OwnNodeOptions): void {
  const at = process.execArgv.indexOf(flag(preload));
  if (at >= 0) process.execArgv.splice(at, 1);
  if (nodeOptions === null) delete process.env['NODE_OPTIONS'];
  else if (nodeOptions !== undefined) process.env['NODE_OPTIONS'] = nodeOptions;
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * What the command's environment gets: the preload for every Node process of the tree, where to leave
 * records, and the options. `--require`, not `--import`, since the latter is not run in `eval: true` workers.
 */
import { fileURLToPath } from 'node:url';
import { type Options, toEnvironment } from '../options.ts';

const REGISTER = fileURLToPath(import.meta.resolve('tsrace/register'));

/** Node splits NODE_OPTIONS at spaces outside double quotes; inside them a backslash escapes. */
export const quote = (path: string): string => `"${path.replace(/[\\"]/g, '\\$&')}"`;

export function withPreload(nodeOptions: string | undefined, register: string): string {
  const preload = `--require ${quote(register)}`;
  if (nodeOptions?.includes(preload)) return nodeOptions;
  return nodeOptions ? `${preload} ${nodeOptions}` : preload;
}

export function environment(env: NodeJS.ProcessEnv, options: Options, run: string): NodeJS.ProcessEnv {
  return {
    ...env,
    ...toEnvironment({ ...options, columns: process.stderr.columns }),
    NODE_OPTIONS: withPreload(env['NODE_OPTIONS'], REGISTER),
    TSRACE_RUN: run,
  };
}

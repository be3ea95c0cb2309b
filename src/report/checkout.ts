/** The repository that the program's files are in: what a service that shows them knows paths from. */
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Checkout } from './render/repository-path.ts';

/** @param prefix what reports leave out of file names: most often the folder that the command was started in */
export function checkoutOf(prefix: string, env: NodeJS.ProcessEnv): Checkout {
  const folder = prefix.endsWith(sep) ? prefix.slice(0, -1) : prefix;
  const workspace = env['GITHUB_ACTIONS'] === 'true' ? env['GITHUB_WORKSPACE'] : undefined;
  if (workspace && `${folder}${sep}`.startsWith(`${workspace}${sep}`)) return { root: workspace, prefix };
  for (let at = folder; at !== '' && dirname(at) !== at; at = dirname(at)) {
    // a folder, or in a worktree a file
    if (existsSync(join(at, '.git'))) return { root: at, prefix };
  }
  return { root: folder, prefix };
}

/**
 * How a file of the result names the runtime: as the package, where it is found from there, else by where it lies (a
 * tsrace that is installed globally, or run by npx).
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundles } from '../../loader/lazy.ts';

const NAME = 'tsrace/register';
const REGISTER = fileURLToPath(new URL('register.cjs', bundles));

export function runtimeNames(folder: string): (format: 'module' | 'commonjs', output: string) => string {
  if (isOurs(folder)) return () => NAME;
  return (format, output) => {
    const path = relative(dirname(output), REGISTER);
    // another drive has no relative path
    if (path === REGISTER) return format === 'module' ? pathToFileURL(path).href : path;
    const spelled = path.split(sep).map(format === 'module' ? encodeURIComponent : String);
    return spelled[0] === '..' ? spelled.join('/') : `./${spelled.join('/')}`;
  };
}

function isOurs(folder: string): boolean {
  try {
    const found = createRequire(join(folder, 'any.js')).resolve(NAME);
    return realpathSync(found) === realpathSync(REGISTER);
  } catch {
    return false;
  }
}

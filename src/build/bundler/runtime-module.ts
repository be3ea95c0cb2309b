/** What each module of a bundle imports first. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundles } from '../../loader/lazy.ts';
import { DEV_MODULE } from './dev-module.ts';
import type { Target } from './options.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(name, bundles)).replaceAll('\\', '/');

const PACKAGE = 'tsrace/register';
export const REGISTER_FILE: string = pathOf('register.cjs');

/**
 * In a browser's bundle a file that becomes part of it, by its path: then nothing depends on how the bundler finds
 * packages. In Node's a package that stays outside: it has files of its own, and there is one for all bundles.
 */
export function runtimeModule(target: Target, root: string, isDeveloped: boolean): string {
  if (target === 'browser') return isDeveloped ? DEV_MODULE : pathOf('web.js');
  try {
    createRequire(join(root, 'any.js')).resolve(PACKAGE);
    return PACKAGE;
  } catch {
    return REGISTER_FILE;
  }
}

/** Whether `id` is that package, which is not to be bundled. */
export const isOutside = (id: string): boolean => id === PACKAGE || id === REGISTER_FILE;

/**
 * Installs one thread's loader. Node ≥22.15 calls hooks in the thread itself; Node 20 has a thread for them,
 * which gets the shared tables so that the code it makes carries the right site numbers.
 * https://nodejs.org/api/module.html#customization-hooks
 */
import Module, { register } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Segments } from '../../runtime/contract.ts';
import type { Hooks } from '../../runtime/interface.ts';
import type { Options } from '../options.ts';
import { installCommonJS } from './commonjs.ts';
import { loadSync, resolveSync } from './esm.ts';
import { Loader, type LoaderSetup } from './loader.ts';
import { installStackTrace } from './stack-trace.ts';
import { findMap } from './transform.ts';

export interface InstallSetup extends LoaderSetup {
  hooks: Hooks;
  segments: Segments;
  run: string | undefined;
  /** the preload's file */
  preload: string;
}

/** What the hooks thread of Node 20 is given. */
export interface HooksData {
  segments: Segments;
  options: Options;
  own: string;
  run: string | undefined;
}

interface RegisterHooks {
  registerHooks?: (hooks: object) => void;
}

export function installLoader(setup: InstallSetup): Loader {
  const loader = new Loader(setup);
  installStackTrace(setup.own, findMap);
  installCommonJS(loader, setup.hooks);
  const { registerHooks } = Module as RegisterHooks;
  if (registerHooks !== undefined) {
    registerHooks({
      resolve: resolveSync,
      load: (url: string, context: object, next: never) => loadSync(loader, url, context, next),
    });
  } else {
    const { segments, options, own, run } = setup;
    const data: HooksData = { segments, options, own, run };
    register(pathToFileURL(join(dirname(setup.preload), 'hooks.mjs')), { data });
  }
  return loader;
}

/**
 * Installs one thread's loader. Node ≥22.15 calls hooks in the thread itself; Node 20 has a thread for them,
 * which gets the shared tables so that the code it makes carries the right site numbers.
 * https://nodejs.org/api/module.html#customization-hooks
 */
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Segments } from '../../runtime/contract.ts';
import type { Hooks } from '../../runtime/interface.ts';
import type { Options } from '../options.ts';
import { installCommonJS } from './commonjs.ts';
import { loadSync, resolveSync, resolveVite } from './esm.ts';
import { Loader, type LoaderSetup } from './loader.ts';
import { installStackTrace } from './stack-trace.ts';
import { findMap } from './transform.ts';

export interface InstallSetup extends LoaderSetup {
  hooks: Hooks;
  /** runs what makes Node allocate shared memory for itself */
  withoutMeeting(work: () => void): void;
  segments: Segments;
  run: string | undefined;
  /** the preload's file */
  preload: string;
  /** on Node 20: no hooks before `hookImports`; a test runner brings most code itself, and a thread costs 50 ms */
  later: boolean;
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

export interface Installed {
  loader: Loader;
  /** from here on imports have their hooks; undefined: they have them */
  hookImports: (() => void) | undefined;
}

export function installLoader(setup: InstallSetup): Installed {
  const { registerHooks } = Module as RegisterHooks;
  // Node's errors tell the frames of such a hook: it is there only for programs that need it
  let resolves = registerHooks === undefined;
  const namesJavaScript = (): void => {
    if (!resolves) registerHooks?.({ resolve: resolveSync });
    resolves = true;
  };
  let vite = false;
  const importsVite = (): void => {
    if (!vite) registerHooks?.({ resolve: resolveVite(setup.own) });
    vite = true;
  };
  let hooked = registerHooks !== undefined;
  const hookImports = (): void => {
    if (!hooked) registerOnNode20(setup);
    hooked = true;
  };
  const sees = (code: string): void => {
    // such code may import natively
    if (setup.later && /\bimport\s*\(/.test(code)) hookImports();
    setup.sees?.(code);
  };
  const loader = new Loader({ ...setup, sees, namesJavaScript, importsVite });
  installStackTrace(setup.own, findMap);
  installCommonJS(loader, setup.hooks);
  if (registerHooks !== undefined) {
    registerHooks({
      load: (url: string, context: object, next: never) => loadSync(loader, url, context, next),
    });
  } else if (setup.later) {
    return { loader, hookImports };
  } else {
    hookImports();
  }
  return { loader, hookImports: undefined };
}

/**
 * Hooks that are registered later run first and need not ask the earlier ones, so each time that the user's
 * program registers some (tsx does), ours are put around them once more; what is instrumented already is left.
 */
function registerOnNode20({ segments, options, own, run, preload, withoutMeeting }: InstallSetup): void {
  const { register } = Module;
  const file = pathToFileURL(join(dirname(preload), 'hooks.mjs')).href;
  const data: HooksData = { segments, options, own, run };
  let times = 0;
  const registerOurs = (): void => withoutMeeting(() => register(`${file}?${times++}`, { data }));
  registerOurs();
  Module.register = new Proxy(register, {
    apply(target, self, args) {
      Reflect.apply(target, self, args);
      registerOurs();
    },
  });
}

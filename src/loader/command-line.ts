/**
 * A program that is no file: `node -e`, `-p`, or from stdin. Node compiles it by itself, out of everyone's reach, in
 * a function that it passes to a wrapper; and the wrapper is compiled by `_compile`. There the program is compiled
 * in its place, as Node would, and run instead.
 * https://github.com/nodejs/node/blob/main/lib/internal/process/execution.js (evalScript)
 *
 * An ES module given that way has no such place; it runs as it is, and is named.
 */
import vm from 'node:vm';
import { intercept } from '../../runtime/intercept/disguise.ts';
import { placeOf } from './fatal.ts';
import type { Loader } from './loader.ts';
import { isMapped } from './stack-trace.ts';
import { rememberText } from './texts.ts';

type Run = () => unknown;

const { apply } = Reflect;
const { Script, constants } = vm;
const { runInThisContext } = Script.prototype;

const WRAPPER = /^(\[(?:eval|stdin)\])-wrapper$/;

let met = false;
let threw = false;

/** What the wrapper is compiled to, so that it runs the instrumented program; undefined for any other module. */
export function aroundProgram(
  loader: Loader,
  file: string,
  compile: () => unknown,
): ((main: Run) => unknown) | undefined {
  const name = WRAPPER.exec(file)?.[1];
  const source = (process as { _eval?: unknown })._eval;
  if (name === undefined || typeof source !== 'string' || met) return undefined;
  met = true;
  const wrapper = compile() as (main: Run) => unknown;
  return (main) => wrapper(program(loader, name, name === '[eval]' ? withCrypto(source) : source) ?? main);
}

/** Was a program given that has not come to the wrapper? */
export const isProgramUnseen = (): boolean => !met && (process as { _eval?: unknown })._eval !== undefined;

function program(loader: Loader, name: string, source: string): Run | undefined {
  const made = loader.instrumentProgram(source, name);
  if (made === undefined) return undefined;
  rememberText(name, source);
  keepQuiet(source);
  const script = new Script(made.code, {
    filename: name,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return () => {
    let failed = true;
    try {
      const result = apply(runInThisContext, script, [{ displayErrors: false }]);
      failed = false;
      return result;
    } finally {
      // not a `catch`: Node shows the line that threw last
      threw = failed;
    }
  };
}

/** The stack of what such a program throws begins with the line. */
export function decorateThrown(error: unknown): void {
  if (!threw || process.sourceMapsEnabled) return;
  threw = false;
  try {
    if (!(error instanceof Error)) return;
    const place = placeOf(error, isMapped);
    if (place !== undefined) error.stack = `${place}\n${error.stack}`;
  } catch {
    // an error of the user's own making
  }
}

/** Node says of the loader that it is given here that it is an experiment, but gives it to such programs itself. */
function keepQuiet(source: string): void {
  if (!/\bimport\b/.test(source) || source.includes(LOADER)) return;
  intercept(process, 'emitWarning', (original, self, args) =>
    `${args[0]}`.includes(LOADER) ? undefined : apply(original, self, args),
  );
}

const LOADER = 'vm.USE_MAIN_CONTEXT_DEFAULT_LOADER';

/** lib/internal/main/eval_string.js: `crypto` is Node's module there, not the global. */
function withCrypto(source: string): string {
  if (!/\bcrypto\b/.test(source) || !process.versions['openssl']) return source;
  return prints()
    ? `let crypto=require("node:crypto");{${source}}`
    : `(crypto=>{{${source}}})(require('node:crypto'))`;
}

/** Completion values count. */
const prints = (): boolean => process.execArgv.some((flag) => /^(?:--print\b|-p|-[a-z]*p[a-z]*$)/.test(flag));

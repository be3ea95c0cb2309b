/**
 * Runs the files that every thread starts with from V8's compiled form of them, which an earlier process has left in
 * the cache: of what tsrace adds to the start of a thread, parsing and compiling is a third.
 * https://nodejs.org/api/vm.html#scriptcachedscriptoptions
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { cacheFolder, readSealed, writeSealed } from './loader/store.ts';

declare const __dirname: string;

type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

/**
 * What the CommonJS module exports whose function `name`, a file beside this one, is.
 * `hash`: of its text, since V8 compares only the length
 * @throws what the file throws
 */
export function runCompiled(name: string, hash: string, require: NodeJS.Require): object {
  const filename = join(__dirname, name);
  const folder = cacheFolder(filename);
  const compiled = `${name}-${hash}-${process.version}-${process.arch}`;
  // V8 believes what it is given, and dies of what is damaged
  const cachedData = readSealed(folder, compiled);
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  const module = { exports: {} };
  const run = script.runInThisContext() as Wrapper;
  Reflect.apply(run, module.exports, [module.exports, require, module, filename, __dirname]);
  // other flags of V8 have another form; whoever comes last has it kept
  if (isMainThread && (cachedData === undefined || script.cachedDataRejected === true))
    writeSealed(folder, compiled, script.createCachedData());
  return module.exports;
}

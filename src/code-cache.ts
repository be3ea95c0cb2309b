/**
 * Runs the files that every thread starts with from V8's compiled form of them, which an earlier process has left in
 * the cache: of what tsrace adds to the start of a thread, parsing and compiling is a third.
 * https://nodejs.org/api/vm.html#scriptcachedscriptoptions
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { cacheFolder, writeCached } from './loader/store.ts';

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
  const folder = cacheFolder(__dirname);
  const compiled = `${name}-${hash}-${process.version}-${process.arch}`;
  const cachedData = folder === '' ? undefined : read(join(folder, compiled));
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  const module = { exports: {} };
  const run = script.runInThisContext() as Wrapper;
  Reflect.apply(run, module.exports, [module.exports, require, module, filename, __dirname]);
  // other flags of V8 have another form; whoever comes last has it kept
  if (isMainThread && (cachedData === undefined || script.cachedDataRejected === true))
    writeCached(folder, compiled, sealed(script.createCachedData()));
  return module.exports;
}

/** V8 believes what it is given, and dies of what is damaged; so a digest stands behind it. */
const DIGEST_BYTES = 20;
const digest = (data: Uint8Array): Buffer => createHash('sha1').update(data).digest();
const sealed = (data: Buffer): Buffer => Buffer.concat([data, digest(data)]);

function read(file: string): Buffer | undefined {
  try {
    const all = readFileSync(file);
    const data = all.subarray(0, -DIGEST_BYTES);
    return digest(data).equals(all.subarray(-DIGEST_BYTES)) ? data : undefined;
  } catch {
    return undefined;
  }
}

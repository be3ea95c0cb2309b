// Prints how long the loader takes to make what runs from the files that are named: all of them, one after the other, as
// one thread of a program would load them. Whether the cache has them is up to who starts it.
// node transform.mjs LOADER FILES: the bundled loader (../sections/transform.mjs), and a JSON list of paths
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

const [loader, list] = process.argv.slice(2);
const { transform } = await import(pathToFileURL(loader).href);
const sources = JSON.parse(readFileSync(list, 'utf8')).map((file) => ({
  file,
  code: readFileSync(file, 'utf8'),
  language: { typescript: extname(file) === '.ts', jsx: false },
  format: extname(file) === '.ts' ? 'module' : 'commonjs',
  compiled: false,
}));
const tables = { registerModule: () => 1 };

const run = (plain) => {
  const started = performance.now();
  let bytes = 0;
  for (const source of sources) bytes += Buffer.byteLength(transform({ ...source, plain }, tables).code);
  return { bytes, seconds: (performance.now() - started) / 1000 };
};

const emitted = run(false);
console.log(
  JSON.stringify({
    seconds: emitted.seconds,
    read: sources.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0),
    emitted: emitted.bytes,
    // the same files without their types and not instrumented
    plain: run(true).bytes,
  }),
);

// The kernels without their types, in the project: plain Node and tsrace run the same JavaScript, so that only tsrace
// differs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const sources = join(import.meta.dirname, 'kernels');

/** @returns the path of the main program */
export function transpileKernels(project) {
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.ts'))) {
    const source = readFileSync(join(sources, file), 'utf8').replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'");
    const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'es2022' });
    project.write(`kernels/${file.replace(/\.ts$/, '.js')}`, code);
  }
  return join(project.folder, 'kernels/main.js');
}

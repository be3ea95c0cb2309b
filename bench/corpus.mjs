// Real source for the transform: Babel's own, JavaScript of many styles, and tsrace's, which is TypeScript. Copied into the
// project, since the cache lies in the package that a file belongs to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const babel = ['core', 'generator', 'parser', 'traverse', 'types'].map(
  (name) => `node_modules/@babel/${name}/lib`,
);

const CORPORA = {
  JavaScript: { folders: babel, extension: '.js', short: ['node_modules/@babel/generator/lib'] },
  TypeScript: { folders: ['plugin', 'runtime', 'src'], extension: '.ts', short: ['runtime/core/sync'] },
};

/** @returns language → path of a JSON list of files */
export const writeCorpora = (project, quick) =>
  Object.entries(CORPORA).map(([name, { folders, short, extension }]) => {
    const files = (quick ? short : folders).flatMap((folder) => filesOf(folder, extension));
    // in folders, as they are at home: what the loader does for each folder is part of it
    const copies = files.map((file) =>
      project.write(
        `corpus/${file.replace('node_modules', 'packages')}`,
        readFileSync(join(root, file), 'utf8'),
      ),
    );
    return [name, project.write(`corpus/${name}.json`, JSON.stringify(copies))];
  });

const filesOf = (folder, extension) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith(extension))
    .sort()
    .map((file) => join(folder, file));

/** Where this package lies, as one says it from where the program was started: '' for its own repository. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** a page that is in every installation, wherever this module was bundled to */
const LANDMARK = 'docs/races/lost-update.md';

let known: string | undefined;

/** Ends in a slash unless it is ''. */
export function packageFolder(): string {
  known ??= find();
  return known;
}

function find(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 4; up++) {
    if (existsSync(join(folder, LANDMARK))) {
      const path = relative(process.cwd(), folder);
      return path === '' ? '' : `${path}/`;
    }
    folder = dirname(folder);
  }
  return '';
}

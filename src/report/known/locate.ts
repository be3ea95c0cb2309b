/** Where `tsrace.suppressions` is: in the folder, or the nearest above it, but not above the repository. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What options say about known races, with the file that is found where they name none; undefined: there are none. */
export function knownSources({
  suppressions,
  baseline,
}: {
  suppressions: string;
  baseline: string;
}): { suppressions: string; baseline: string } | undefined {
  const file = suppressions || locate(process.cwd()) || '';
  return file === '' && baseline === '' ? undefined : { suppressions: file, baseline };
}

export const NAME = 'tsrace.suppressions';

export function locate(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, NAME);
    if (existsSync(file)) return file;
    if (dirname(at) === at || existsSync(join(at, '.git'))) return undefined;
  }
}

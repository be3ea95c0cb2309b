/**
 * What a run executed of the accesses in the source, so that silence can be judged. Processes, and documents, are put
 * together by file and place: what several threads of one process executed was executed by several, and what one thread
 * executed in each of two processes was not, since these share no memory.
 */
import type { FileUse } from '../../runtime/contract.ts';
import type { FileCoverage, SiteReport } from './report.ts';

export function coverageOf(
  { file, sites, touched }: FileUse,
  pid: number,
  named: (file: string) => string,
): FileCoverage {
  const oneThread = touched
    .filter(({ several }) => !several)
    .map(({ line, column, function: name, text, seq }) => ({
      line,
      column: column + 1,
      function: name,
      name: text,
      thread: `${pid}:${seq}`,
    }));
  const manyThreads = touched.filter(({ several }) => several).map(placeOf(1));
  return {
    file: named(file),
    sites,
    oneThread,
    manyThreads,
    never: sites - oneThread.length - manyThreads.length,
  };
}

const placeOf =
  (firstColumn: number) =>
  ({ line, column }: { line: number; column: number }): string =>
    `${line}:${column + firstColumn}`;

interface Known {
  sites: number;
  one: Map<string, SiteReport>;
  many: Set<string>;
}

export class Coverage {
  readonly #files = new Map<string, Known>();

  add(files: readonly FileCoverage[], renamed: (thread: string) => string = String): void {
    for (const { file, sites, oneThread, manyThreads } of files) {
      const known = this.#files.get(file) ?? { sites: 0, one: new Map(), many: new Set() };
      this.#files.set(file, known);
      // processes may have met different versions of the file
      known.sites = Math.max(known.sites, sites);
      for (const site of oneThread) {
        const place = placeOf(0)(site);
        if (!known.one.has(place)) known.one.set(place, { ...site, thread: renamed(site.thread) });
      }
      for (const place of manyThreads) known.many.add(place);
    }
  }

  result(): FileCoverage[] {
    return [...this.#files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([file, { sites, one, many }]) => {
        const oneThread = [...one.entries()].filter(([place]) => !many.has(place)).map(([, site]) => site);
        oneThread.sort((a, b) => a.line - b.line || a.column - b.column);
        const never = Math.max(0, sites - oneThread.length - many.size);
        return { file, sites, oneThread, manyThreads: [...many], never };
      });
  }
}

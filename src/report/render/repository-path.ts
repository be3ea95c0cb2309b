/**
 * Where a file of a report lies in the repository: services that show a report beside the code (SARIF, annotations)
 * know files by their path from the root of the checkout, while reports name them from where the command was started.
 */

export interface Checkout {
  /** the root of the repository, absolute; '' when it is not known */
  root: string;
  /** what stands before a relative name of the report, with its separator */
  prefix: string;
}

/** Relative to the root with `/`, or undefined: the file is none of the repository's. */
export function repositoryPath(file: string, { root, prefix }: Checkout): string | undefined {
  const whole = wholePath(file, prefix);
  if (whole === undefined) return undefined;
  const base = normal(slashes(root));
  if (base === '') return ABSOLUTE.test(whole) ? undefined : whole;
  return whole.startsWith(`${base}/`) ? whole.slice(base.length + 1) : undefined;
}

/** As absolute as is known; undefined for what is no file: `[eval]`, `node:fs`, `data:text/javascript,…`. */
export function wholePath(file: string, prefix: string): string | undefined {
  const path = slashes(file);
  if (NO_FILE.test(path)) return undefined;
  return normal(ABSOLUTE.test(path) ? path : slashes(prefix) + path);
}

/** a drive has one letter */
const NO_FILE = /^(?:\[|[A-Za-z][A-Za-z\d+.-]+:)/;
const ABSOLUTE = /^(?:\/|[A-Za-z]:\/)/;

/** Backslashes are separators where a path has a drive; elsewhere they may be part of a name. */
export const slashes = (path: string): string =>
  /^[A-Za-z]:[\\/]|^\\\\/.test(path) ? path.replaceAll('\\', '/') : path;

/** Without `.` and `..`, which never lead above where the path starts. */
function normal(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.' && step !== '') steps.push(step);
  }
  return (path.startsWith('/') ? '/' : '') + steps.join('/');
}

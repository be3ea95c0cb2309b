/** `./worker.ts` in a file that is compiled: the name of what is made of it. Looked for in its text; the parser decides. */
import { dirname, resolve } from 'node:path';
import { outputOf } from './plan.ts';

const LITERAL = /(['"])((?:(?!\1)[^\\\n])+\.(?:[cm]?tsx?|jsx))\1/g;

export function renamesIn(
  code: string,
  file: string,
  isCompiled: (file: string) => boolean,
): Record<string, string> | undefined {
  const renames: Record<string, string> = {};
  for (const [, , name = ''] of code.matchAll(LITERAL)) {
    const source = resolve(dirname(file), name);
    // tsc's name for what it makes of a `.tsx` file with `jsx: preserve`
    const sources = source.endsWith('.jsx') ? [source, source.replace(/jsx$/, 'tsx')] : [source];
    if (sources.some(isCompiled)) renames[name] = outputOf(name);
  }
  return Object.keys(renames).length > 0 ? renames : undefined;
}

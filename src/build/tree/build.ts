/**
 * `tsrace build`: a folder of sources → the same folder, compiled and instrumented, for plain `node`. All of it as
 * the loader would have it (transform.ts), written down rather than run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageOf } from '../../loader/language.ts';
import { bundles } from '../../loader/lazy.ts';
import { Policy } from '../../loader/policy.ts';
import type { Options } from '../../options.ts';
import { SiteRanges } from '../site-ranges.ts';
import { compile } from './compile.ts';
import { OutputFolder } from './output.ts';
import { type Planned, planTree } from './plan.ts';
import { renamesIn } from './renames.ts';
import { runtimeNames } from './runtime-name.ts';
import { placeOf } from './syntax-errors.ts';

export interface BuildResult {
  instrumented: number;
  /** only compiled: excluded */
  compiled: number;
  copied: number;
  /** one line each: what could not be compiled */
  errors: string[];
  notes: string[];
}

/** `from` and `to` are absolute; `shown` says a path to the user. */
export function buildTree(
  from: string,
  to: string,
  options: Pick<Options, 'include' | 'exclude' | 'directory'>,
  shown: (path: string) => string,
): BuildResult {
  const result: BuildResult = { instrumented: 0, compiled: 0, copied: 0, errors: [], notes: [] };
  const output = new OutputFolder(to);
  const { files, modules, clashes } = planTree(from);
  for (const { first, second, to: name } of clashes)
    result.errors.push(`${shown(first)} and ${shown(second)} would both become ${name}: rename one of them`);
  if (clashes.length > 0) return result;

  const policy = new Policy(options, fileURLToPath(bundles).replace(/[\\/]$/, ''), () => {});
  const compiledFiles = new Set(files.filter(({ language }) => language).map(({ from: file }) => file));
  const ranges = new SiteRanges();
  const runtime = runtimeNames(to);
  const notes = new Set<string>();
  output.announce([...files, ...modules].flatMap(({ to: name }) => [name, `${name}.map`]));

  const emit = ({ from: file, to: name, language }: Planned): void => {
    const plain = language !== undefined && !policy.wants(file);
    if (language === undefined || (plain && !language.typescript && !language.jsx)) {
      output.copy(file, name);
      result.copied++;
      return;
    }
    const code = readFileSync(file, 'utf8');
    const renames = renamesIn(code, file, (one) => compiledFiles.has(one));
    const made = compile({ code, file, language, output: join(to, name), plain, renames, ranges, runtime });
    if (made === undefined) {
      output.copy(file, name);
      result.copied++;
      return;
    }
    for (const [where, why] of made.notes) notes.add(`${shown(where)}: ${why}`);
    const end = `\n//# sourceMappingURL=${encodeURIComponent(name.split(/[\\/]/).at(-1)!)}.map\n`;
    output.write(name, made.code + (made.map ? end : ''), file);
    if (made.map) output.write(`${name}.map`, JSON.stringify({ ...made.map, file: undefined }), file);
    result[plain ? 'compiled' : 'instrumented']++;
  };

  for (const planned of files) {
    try {
      emit(planned);
    } catch (error) {
      if ((error as NodeJS.ErrnoException)?.syscall !== undefined) throw error;
      result.errors.push(placeOf(error, shown(planned.from)));
    }
  }
  for (const { from: folder, to: name } of modules) output.link(folder, name);
  keepPackageType(output, from, to, files);
  output.finish();
  result.notes = [...notes];
  return result;
}

/** `.js` means what the nearest package.json says; that of the sources may not be the one that is found from the result. */
function keepPackageType(output: OutputFolder, from: string, to: string, files: readonly Planned[]): void {
  if (files.some(({ to: name }) => name === 'package.json')) return;
  const { type, root } = packageOf(join(from, 'any.js'));
  if (packageOf(join(to, 'any.js')).type === type || root === '') return;
  output.write(
    'package.json',
    `${JSON.stringify({ type: type || 'commonjs' })}\n`,
    join(root, 'package.json'),
  );
}

/** `tsrace build`: a program that is instrumented before it runs, as `go build -race` makes one. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type BuildResult, buildTree } from '../../build/tree/build.ts';
import { OptionError } from '../../options.ts';
import { printable } from '../../report/render/printable.ts';
import { writeFully } from '../../report/write.ts';
import { parseSubcommand, type Usage } from '../arguments.ts';

const USAGE: Usage = {
  name: 'build',
  synopsis: 'SRC [--out-dir DIR]',
  description:
    'Compiles and instruments all TypeScript and JavaScript in the folder SRC, keeps the rest of it, and writes it to DIR. The result runs under plain node, reports races as it runs, and then ends with exit code 66.',
  flags: {
    'out-dir': { alias: 'o', type: 'string', description: 'where to (default: dist-race)' },
    include: {
      type: 'array',
      nargs: 1,
      description: 'instrument these files although they are excluded or in node_modules',
    },
    exclude: {
      type: 'array',
      nargs: 1,
      description: 'only compile these files, or copy them if they are JavaScript',
    },
  },
  files: { name: 'folder', least: 1, most: 1 },
  examples: ['tsrace build src --out-dir dist-race && node dist-race/app.js'],
};

export async function run(args: readonly string[]): Promise<number> {
  const given = await parseSubcommand(USAGE, args);
  if (typeof given === 'string') {
    writeFully(1, given);
    return 0;
  }
  const { files, flags } = given;
  const [from, to] = places(files[0]!, (flags['out-dir'] as string | undefined) ?? 'dist-race');
  const directory = process.cwd();
  const shown = (path: string): string =>
    printable(inside(path, directory) ? relative(directory, path) || '.' : path);
  const globs = (name: string): string[] => [(flags[name] ?? []) as string[]].flat().map(String);
  const started = performance.now();
  const result = build(from, to, { include: globs('include'), exclude: globs('exclude'), directory }, shown);
  const { errors, notes } = result;
  for (const note of notes) writeFully(2, `tsrace: ${note}\n`);
  if (errors.length > 0) {
    for (const error of errors) writeFully(2, `tsrace: ${error}\n`);
    writeFully(
      2,
      `tsrace: build failed: ${counted(errors.length, 'file')} could not be compiled (--exclude leaves JavaScript as it is)\n`,
    );
    return 1;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  writeFully(2, `tsrace: ${summary(result)} in ${shown(to)} (${seconds} s)\n`);
  return 0;
}

function summary({ instrumented, compiled, copied }: BuildResult): string {
  const parts = [`${counted(instrumented, 'file')} instrumented`];
  if (compiled > 0) parts.push(`${compiled} only compiled`);
  if (copied > 0) parts.push(`${copied} copied`);
  return parts.join(', ');
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Real paths, which links cannot bring into each other. */
function places(src: string, out: string): [from: string, to: string] {
  const [shownSrc, shownOut] = [src, out].map((text) => printable(JSON.stringify(text)));
  if (src === '') throw new OptionError('build: SRC must be a folder, not ""');
  if (out === '') throw new OptionError('--out-dir must be a folder, not ""');
  if (!existsSync(src)) throw new OptionError(`build: there is no folder ${shownSrc}`);
  if (!statSync(src).isDirectory())
    throw new OptionError(`build: ${shownSrc} is a file: name the folder it is in`);
  const [from, to] = [realpathSync(src), realPlace(resolve(out))];
  if (inside(to, from))
    throw new OptionError(
      `--out-dir ${shownOut} is inside ${shownSrc}: name a folder beside it, or build a folder below`,
    );
  if (inside(from, to))
    throw new OptionError(`--out-dir ${shownOut} has ${shownSrc} in it: name a folder of its own`);
  return [from, to];
}

const inside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Of what may not be there yet. */
function realPlace(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(realPlace(dirname(path)), basename(path));
}

function build(...args: Parameters<typeof buildTree>): BuildResult {
  try {
    return buildTree(...args);
  } catch (error) {
    const { code, path, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new OptionError(`build: ${code} at ${printable(JSON.stringify(path ?? ''))} (${syscall})`);
  }
}

// A project in the temporary folder with tsrace in its node_modules, as a user has it: a cache of its own that can be
// emptied, and no run of the bench meets another.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

export function createProject() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace-bench-')));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

  const modules = join(folder, 'node_modules');
  const tsrace = join(modules, 'tsrace');
  mkdirSync(tsrace, { recursive: true });
  cpSync(join(root, 'dist'), join(tsrace, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(tsrace, 'package.json'));
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = join(modules, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'junction');
  }

  /** @returns the path of a new file */
  function write(name, text) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }
  write('package.json', '{ "type": "module" }\n');
  return {
    folder,
    dist: join(tsrace, 'dist'),
    cli: join(tsrace, 'dist/src/cli/bin.js'),
    write,
    /** @returns the path of a copy of one of bench/programs */
    program: (name) =>
      write(`programs/${name}`, readFileSync(join(import.meta.dirname, 'programs', name), 'utf8')),
    emptyCache: () => rmSync(join(modules, '.cache'), { recursive: true, force: true }),
  };
}

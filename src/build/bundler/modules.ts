/**
 * One module of a bundler → instrumented, with its map. What all adapters share; where the code comes from, and what
 * of its history is known, is theirs.
 *
 * It fails no build: a module that cannot be parsed stays as it is, and the bundler says so or the plugin does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawSourceMap } from '../../../plugin/instrument.ts';
import { installedPackage, JAVASCRIPT, type Language, languageOf } from '../../loader/language.ts';
import { bundles } from '../../loader/lazy.ts';
import { Policy } from '../../loader/policy.ts';
import { mentionsSharedMemory } from '../../loader/scan.ts';
import { type Ahead, isInstrumented, type Source, transformAhead } from '../../loader/transform.ts';
import { built } from '../instrument.ts';
import { DEV_MODULE, type DevModule, devModule } from './dev-module.ts';
import { fileOf } from './ids.ts';
import { type BundlerOptions, globsOf, type Target } from './options.ts';
import { runtimeModule } from './runtime-module.ts';

export interface Given {
  code: string;
  id: string;
  target: Target;
  /** the map from `code` to what the user wrote, as far as the bundler knows it */
  positions?: () => object | undefined;
  /** the bundler knows ES modules alone */
  modulesOnly?: boolean;
  /** the bundler sees to JSX */
  keepsJsx?: boolean;
  /** code that is CommonJS cannot import the runtime */
  bareCommonJS?: boolean;
  /** the bundler chains maps by himself */
  chained?: boolean;
  /** it is no module but the script of a worker, which finds the runtime at this URL */
  classic?: string | undefined;
}

export interface Instrumented {
  code: string;
  map: RawSourceMap | null;
}

export class Modules {
  readonly #root: string;
  readonly #policy: Policy;
  #saidUnmapped = false;
  readonly #runtimes = new Map<Target, string>();
  readonly #dev: DevModule | undefined;

  /** @param dev undefined: a page is built that does nothing with its races but keep them */
  constructor({ include, exclude }: BundlerOptions, root: string, dev?: DevModule) {
    this.#root = root;
    this.#dev = dev;
    const own = fileURLToPath(bundles).replace(/[\\/]$/, '');
    const options = { include: globsOf(include), exclude: globsOf(exclude), directory: root };
    this.#policy = new Policy(options, own, () => {});
  }

  /** @param warn with a line that says why a module of the program is not instrumented */
  instrument(given: Given, warn: (line: string) => void): Instrumented | undefined {
    const { code, id } = given;
    const file = fileOf(id);
    if (this.#dev !== undefined && file?.replaceAll('\\', '/') === DEV_MODULE)
      return { code: devModule(this.#dev), map: null };
    if (file === undefined || isInstrumented(code) || !this.#wants(file, code)) return undefined;
    try {
      const result = made(given, file);
      if (!result.followed && !this.#saidUnmapped) {
        this.#saidUnmapped = true;
        warn(
          `${file} comes from another plugin or loader without a source map: reports show the lines of what that made (in tsconfig.json: "sourceMap": true)`,
        );
      }
      return this.#built(result, given);
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
      warn(`${file} is not instrumented: ${reason}`);
      return undefined;
    }
  }

  #wants(file: string, code: string): boolean {
    // vite bundles packages beforehand, several into one file
    if (installedPackage(file).endsWith(`${sep}.vite`)) return mentionsSharedMemory(code);
    return this.#policy.wants(file);
  }

  #built(made: Made, given: Given): Instrumented {
    const { target } = given;
    const commonjs = !given.modulesOnly && made.format === 'commonjs' && SPEAKS_COMMONJS.test(given.code);
    const runtime = commonjs && given.bareCommonJS ? (false as const) : this.#runtime(target);
    const original = pathOf(made.sites.file);
    const sourceType = commonjs ? 'commonjs' : 'module';
    if (given.classic !== undefined) {
      const source = textOf(original);
      const [file, importScripts] = [this.#shown(original), given.classic];
      return built(made, { sourceType: 'script', runtime: false, importScripts, file, source });
    }
    if (target === 'node') return built(made, { sourceType, runtime, file: original });
    const source = made.followed ? textOf(original) : given.code;
    return built(made, { sourceType, runtime, named: true, file: this.#shown(original), source });
  }

  #runtime(target: Target): string {
    const name = this.#runtimes.get(target) ?? runtimeModule(target, this.#root, this.#dev !== undefined);
    this.#runtimes.set(target, name);
    return name;
  }

  /** A page cannot know where its sources lay. */
  #shown(file: string): string {
    return file.startsWith(this.#root + sep) ? relative(this.#root, file).split(sep).join('/') : file;
  }
}

const SPEAKS_COMMONJS = /\b(?:require|module|exports|__filename|__dirname)\b/;

interface Made extends Ahead {
  /** its sites are where the user wrote them */
  followed: boolean;
}

function made(given: Given, file: string): Made {
  const { code, positions, modulesOnly, keepsJsx, chained, classic } = given;
  const raw = code === textOf(file);
  // other plugins' output is JavaScript, whatever the extension says; a bundler may lower types only after them
  const known = languageOf(file) ?? JAVASCRIPT;
  const languages: Language[] = raw ? [known] : [JAVASCRIPT, { typescript: false, jsx: true }, known];
  const map = raw ? undefined : positions?.();
  let first: unknown;
  for (const language of languages) {
    try {
      const source: Source = {
        code,
        file,
        language,
        format: classic !== undefined ? 'script' : modulesOnly ? 'module' : undefined,
        compiled: !raw,
        plain: false,
        ahead: true,
        ...(keepsJsx && { keepsJsx }),
        ...(map && { positions: map }),
      };
      const followed = raw || map !== undefined || !known.typescript;
      return { ...transformAhead(source, chained), followed };
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** The bundler's map may name a module by its id. */
function pathOf(source: string): string {
  const path = source.startsWith('file:') ? fileURLToPath(source) : source;
  return existsSync(path) ? path : path.replace(/\?.*$/s, '');
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

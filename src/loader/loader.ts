/**
 * One thread's loader: decides for each module whether it is instrumented, and does it. What the hooks of the
 * two module systems share; the differences of Node's versions are theirs.
 *
 * Whatever fails here is named once and the module runs as the user wrote it.
 */
import { readFileSync } from 'node:fs';
import type { RawSourceMap } from '../../plugin/instrument.ts';
import type { Tables } from '../../runtime/contract.ts';
import type { Options } from '../options.ts';
import type { Uninstrumented } from '../report/report.ts';
import { type Format, JAVASCRIPT, type Language, languageOf } from './language.ts';
import { isLoading } from './lazy.ts';
import { Policy } from './policy.ts';
import { namesJavaScript } from './resolve.ts';
import { rememberMap } from './stack-trace.ts';
import { asSyntaxError } from './syntax-error.ts';
import {
  isInstrumented,
  type Source,
  settle,
  type Transformed,
  transform,
  transformApart,
} from './transform.ts';
import { brokenSettings } from './tsconfig.ts';

export interface LoaderSetup {
  tables: Pick<Tables, 'registerModule'>;
  options: Options;
  /** folder of tsrace's own code, which is never instrumented */
  own: string;
  uninstrumented: (item: Uninstrumented) => void;
  /** is shown the source of each module */
  sees?: (code: string) => void;
  /** is shown each CommonJS module that has run */
  ran?: (file: string, module: { exports: unknown }) => void;
  /** a TypeScript module comes that may name the JavaScript to be made of another (resolve.ts) */
  namesJavaScript?: () => void;
  /** vitest is about to import vite */
  importsVite?: () => void;
}

export class Loader {
  readonly #tables: Pick<Tables, 'registerModule'>;
  readonly #policy: Policy;
  readonly #uninstrumented: (item: Uninstrumented) => void;
  readonly #namesJavaScript: () => void;
  readonly #sees: (code: string) => void;
  readonly importsVite: () => void;
  readonly ran: (file: string, module: { exports: unknown }) => void;

  constructor(setup: LoaderSetup) {
    const { tables, options, own, uninstrumented, namesJavaScript, importsVite, sees, ran } = setup;
    this.#sees = sees ?? (() => {});
    this.ran = ran ?? (() => {});
    this.importsVite = importsVite ?? (() => {});
    this.#namesJavaScript = namesJavaScript ?? (() => {});
    this.#tables = tables;
    this.#uninstrumented = uninstrumented;
    this.#policy = new Policy(options, own, (what, why) => uninstrumented({ what, why }));
  }

  /** `script` is the name that V8 knows the code by: a path, or the URL of an ES module. */
  instrument(code: string, file: string, format: Source['format'], script: string): Transformed | undefined {
    if (isLoading()) return undefined;
    this.#sees(code);
    if (isInstrumented(code)) return undefined;
    if (languageOf(file)?.typescript && namesJavaScript(code)) this.#namesJavaScript();
    if (!file.startsWith('data:') && !this.#policy.wants(file)) return undefined;
    try {
      return this.#transform(code, file, format, script);
    } catch (error) {
      this.#failed(file, error);
      return undefined;
    }
  }

  /** TypeScript (or JSX) for a Node that cannot run it: must become JavaScript, whatever the policy says. */
  compile(code: string, file: string, format: Format | undefined, script: string): Transformed {
    try {
      const plain = isLoading() || !this.#policy.wants(file);
      return this.#transform(code, file, format, script, plain);
    } catch (error) {
      throw asSyntaxError(error, code, file);
    }
  }

  /** A program that is no module (command-line.ts): TypeScript where it is not JavaScript, as for Node. */
  instrumentProgram(code: string, name: string): Transformed | undefined {
    this.#sees(code);
    const languages = [JAVASCRIPT];
    if ((process.features as { typescript?: unknown }).typescript)
      languages.push({ typescript: true, jsx: false });
    const made = this.#script(code, name, languages, (error) => this.#failed(name, error));
    if (made !== undefined) rememberMap(name, made);
    return made;
  }

  /** Code that is no file (run-time-code.ts). */
  instrumentText(code: string, name: string, failed: (reason: string) => void): string | undefined {
    return this.#script(code, name, [JAVASCRIPT], (error) => failed(reasonOf(error)))?.code;
  }

  #script(
    code: string,
    name: string,
    languages: Language[],
    failed: (error: unknown) => void,
  ): Transformed | undefined {
    if (isLoading() || isInstrumented(code) || !this.#policy.wants(name)) return undefined;
    let first: unknown;
    for (const language of languages) {
      try {
        const source = {
          code,
          file: name,
          language,
          format: 'script',
          compiled: false,
          plain: false,
        } as const;
        return transform(source, this.#tables);
      } catch (error) {
        // it says it better than a later one
        first ??= error;
      }
    }
    failed(first);
    return undefined;
  }

  #remember(script: string, source: Source): Transformed {
    const made = transform(source, this.#tables);
    rememberMap(script, made);
    if (made.note !== undefined) this.gap(source.file, made.note);
    const broken = brokenSettings(source.file, source.language);
    if (broken !== undefined) this.gap(broken.file, broken.why);
    return made;
  }

  #transform(
    code: string,
    file: string,
    format: Source['format'],
    script: string,
    plain = false,
  ): Transformed {
    const language = languageOf(file) ?? JAVASCRIPT;
    // another loader's output is JavaScript, whatever the extension says
    const raw = language === JAVASCRIPT || code === onDisk(file);
    return this.#remember(script, {
      code,
      file: shorten(file),
      language: raw ? language : JAVASCRIPT,
      format,
      compiled: !raw,
      plain,
    });
  }

  #failed(file: string, error: unknown): void {
    this.#uninstrumented({ what: shorten(file), why: `could not be transformed: ${reasonOf(error)}` });
  }

  /** For a runner that runs the code elsewhere; `settle` puts it in place there. */
  instrumentApart(
    code: string,
    file: string,
    positions: object,
    countable: boolean,
  ): { code: string; map: RawSourceMap | null } | undefined {
    if (isInstrumented(code) || !this.#policy.wants(file)) return undefined;
    try {
      const source = { code, file, language: JAVASCRIPT, format: 'module', compiled: true } as const;
      return transformApart({ ...source, plain: false, positions, ...(countable && { countable }) });
    } catch (error) {
      this.#failed(file, error);
      return undefined;
    }
  }

  settle(code: string): string {
    return settle(code, this.#tables);
  }

  gap(what: string, why: string): void {
    this.#uninstrumented({ what, why });
  }
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

const shorten = (file: string): string =>
  file.length > 80 && file.startsWith('data:') ? `${file.slice(0, 60)}…` : file;

function onDisk(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * A module's source → the code that runs: looked up in the cache on disk by content, made by the plugin if it
 * is not there, and moved to its place in the process's table of sites.
 *
 * An entry is one sealed file: a line with `{format, sites}`, and the code. The source map lies beside it and is read
 * only when an error is shown; the entry knows its size. An entry that is not as it was written is made again. The
 * plugin (and Babel) is loaded on the first miss of a thread.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import type { Instrumented, InstrumentOptions, RawSourceMap } from '../../plugin/instrument.ts';
import { relocate } from '../../plugin/relocate.ts';
import type { Tables } from '../../runtime/contract.ts';
import { GLOBAL_NAME, SCHEMA_VERSION, type SiteTable } from '../../runtime/interface.ts';
import { version } from '../version.ts';
import { type Format, isModuleError, JAVASCRIPT, type Language, languageOf } from './language.ts';
import { bundles, lazy, quietly } from './lazy.ts';
import {
  cacheFolder,
  isKept,
  isWhole,
  keepCached,
  originalOf,
  readCached,
  readKept,
  readSealed,
  writeSealed,
} from './store.ts';
import { type CompilerSettings, compilerSettings } from './tsconfig.ts';

// as it was before the program's calls of it were counted
const { compileFunction, Script } = vm;

export interface Source {
  code: string;
  /** path, or the URL of a `data:` module */
  file: string;
  language: Language;
  /** undefined: the syntax decides; a script's names and its completion value are everybody's */
  format: Format | 'script' | undefined;
  /** another loader made `code`; its inline source map leads to the original */
  compiled: boolean;
  /** only made JavaScript, not instrumented */
  plain: boolean;
  /** a map from `code` to what the user wrote, for the sites: who asked for the code chains the maps himself */
  positions?: object;
  /** what runs is to be counted: each statement stands once */
  countable?: boolean;
  /** made before it runs, for any Node: TypeScript by its compiler's rules, not by those of this Node */
  ahead?: boolean;
  /** names of modules, as they stand in the code → as they are to stand there */
  renames?: Readonly<Record<string, string>>;
  /** whoever asks for the code sees to JSX himself */
  keepsJsx?: boolean;
}

export interface Transformed {
  code: string;
  format: Format;
  /** file with the source map to the code as given (store.ts keeps what it could not write) */
  map: string;
  /** file with the source map to what that was compiled from; the same file where it was not */
  original: string;
  /** what the user is to know of it */
  note?: string | undefined;
}

/** Is this our output already? Another loader or an earlier hook may hand it back to us. */
export const isInstrumented = (code: string): boolean => code.includes(`${GLOBAL_NAME}.`);

const own = fileURLToPath(bundles);
const remapping = lazy<typeof import('@jridgewell/remapping').default>('@jridgewell/remapping');
const tracing = lazy<typeof import('@jridgewell/trace-mapping')>('@jridgewell/trace-mapping');
const plugin = lazy<typeof import('../../plugin/instrument.ts')>('./transform.cjs');

/** The plugin's build is part of the key, so that a checkout that is worked on does not see stale code; V8 has checked it. */
let stamp: string | undefined;
function build(): string {
  if (stamp === undefined) {
    try {
      const { mtimeMs, size } = statSync(join(own, 'transform.cjs'));
      stamp = `${version} ${SCHEMA_VERSION} ${process.versions.v8} ${mtimeMs} ${size}`;
    } catch {
      stamp = `${version} ${SCHEMA_VERSION}`;
    }
  }
  return stamp;
}

/** Throws what the parser throws: the caller hands Node the original source, so that its own error is shown. */
export function transform(source: Source, tables: Pick<Tables, 'registerModule'>): Transformed {
  const settings = settingsFor(source);
  const key = keyOf(source, settings);
  const folder = folderOf(source);
  const entry = recall(folder, key) ?? make(source, settings, folder, key);
  const base = tables.registerModule(key, entry.sites);
  const map = join(folder, `${key}.map`);
  const original = entry.compiled ? originalOf(map) : map;
  // Node formats stacks itself then, and reads the map that the last such comment names
  const comment = process.sourceMapsEnabled ? `\n//# sourceMappingURL=${urlOf(original, source.file)}` : '';
  return {
    code: relocate(entry.code, base) + comment,
    format: entry.format,
    map,
    original,
    note: entry.note,
  };
}

/** Starts the comment that carries the sites of code to where it runs. */
const SITES_COMMENT = '\n//# tsraceSites=';

/**
 * For code that is run elsewhere, by whoever asks for it (a bundler, a test runner): it carries its sites along,
 * and `settle` gives them their numbers there.
 */
export function transformApart(source: Source): { code: string; map: RawSourceMap | null } {
  const settings = settingsFor(source);
  const key = keyOf(source, settings);
  const folder = folderOf(source);
  const known = recall(folder, key);
  const map = known && readCached(folder, `${key}.map`);
  const made = map === undefined ? make(source, settings, folder, key) : undefined;
  const { code, sites } = (made ?? known) as Entry;
  const carried = JSON.stringify([key, sites]).replace(
    /[\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16)}`,
  );
  return { code: `${code}${SITES_COMMENT}${carried}\n`, map: made ? made.map : JSON.parse(map as string) };
}

export interface Ahead extends Instrumented {
  format: Format;
  /** what the user is to know of it */
  note?: string | undefined;
}

/**
 * For code that is run later, by its own: sites from 0, and the map leads to what the user wrote; `chained`: to
 * `source.code`, since whoever asks joins it to his.
 */
export function transformAhead(source: Source, chained = false): Ahead {
  const settings = settingsFor(source);
  const key = keyOf(source, settings);
  const folder = folderOf(source);
  const entry = recall(folder, key) ?? make(source, settings, folder, key);
  const { code, format, note, sites, compiled } = entry;
  const map = join(folder, `${key}.map`);
  return {
    code,
    format,
    note,
    sites,
    map: JSON.parse(readKept(compiled && !chained ? originalOf(map) : map)),
  };
}

/** Code that `transformApart` made, or that holds it: with its sites in this process's table. */
export function settle(code: string, tables: Pick<Tables, 'registerModule'>): string {
  const at = code.lastIndexOf(SITES_COMMENT);
  if (at < 0) return code;
  try {
    const start = at + SITES_COMMENT.length;
    const [key, sites] = JSON.parse(code.slice(start, code.indexOf('\n', start))) as [string, SiteTable];
    // the comment keeps its length: coverage speaks of places in the code
    return relocate(code.slice(0, at), tables.registerModule(key, sites)) + code.slice(at);
  } catch {
    // the user's own text
    return code;
  }
}

/** Only run-time code may hold half a character, and no file can. */
const isText = (code: string): boolean => code.isWellFormed();

function keyOf({ code, ...rest }: Source, settings: Settings): string {
  return createHash('sha1')
    .update(JSON.stringify([build(), rest, settings]))
    .update(code, isText(code) ? 'utf8' : 'utf16le')
    .digest('hex');
}

/** The map of a module that another thread (the hooks thread of Node 20) transformed from what is on disk. */
export function findMap(file: string): string | undefined {
  const language = languageOf(file) ?? JAVASCRIPT;
  try {
    const code = readFileSync(file, 'utf8');
    for (const format of ['module', undefined] as const) {
      const source: Source = { code, file, language, format, compiled: false, plain: false };
      const map = join(cacheFolder(file), `${keyOf(source, settingsFor(source))}.map`);
      if (existsSync(map)) return map;
    }
  } catch {
    // the file is gone
  }
  return undefined;
}

/** Everything but the source that changes the outcome. */
function settingsFor({ file, language, ahead, keepsJsx }: Source): Settings {
  return {
    ...compilerSettings(file, language),
    ...(ahead && { nodeStripsTypes: false }),
    ...(keepsJsx && { jsxRuntime: 'preserve' }),
    lowerUsing: lowerUsing || ahead === true,
  };
}

type Settings = CompilerSettings & Pick<InstrumentOptions, 'lowerUsing'>;

/** `using` is native from Node 24 on. */
const lowerUsing = Number.parseInt(process.versions.node, 10) < 24;

interface Entry {
  format: Format;
  /** was made from something else, of which it has a map */
  compiled: boolean;
  /** what the user is to know of it */
  note?: string;
  sites: SiteTable;
  code: string;
}

interface Made extends Entry {
  map: RawSourceMap | null;
}

function recall(folder: string, key: string): Entry | undefined {
  const text = readSealed(folder, `${key}.js`)?.toString();
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const { mapSize, originalSize, ...entry } = JSON.parse(text.slice(0, end));
  const map = join(folder, `${key}.map`);
  if (!isWhole(map, mapSize) || (entry.compiled && !isWhole(originalOf(map), originalSize))) return undefined;
  return { ...entry, code: text.slice(end + 1) };
}

const folderOf = ({ code, file }: Source): string => (isText(code) ? cacheFolder(file) : '');

function make(source: Source, settings: Settings, folder: string, key: string): Made {
  let note: string | undefined;
  const input =
    source.positions ??
    inputMap(source, (reason) => {
      note = `its source map cannot be used (${reason}): reports show the lines of the file itself`;
    });
  const { code, map: raw, sites } = quietly(() => instrument(source, settings, input));
  const map = raw && (source.positions ? raw : absolute(raw, source.file));
  const compiled = raw !== null && input !== undefined && source.positions === undefined;
  // V8 knows errors that the parser does not, and they show the line: Node shall find them in the user's
  const { language, format: given, file } = source;
  const check = given === 'script' ? checkScript : detect;
  if (given !== 'module' && !language.typescript && !language.jsx) check(source.code, file);
  const decided = given === undefined ? detect(code, file) : given === 'script' ? 'commonjs' : given;
  const entry: Made = { format: decided, compiled, sites, code, map, ...(note && { note }) };
  if (decided === 'commonjs') check(code, file);
  const mapText = JSON.stringify(map);
  keepCached(folder, `${key}.map`, mapText);
  const { format } = entry;
  const head = { format, compiled, note, mapSize: Buffer.byteLength(mapText), originalSize: 0, sites };
  if (compiled) {
    const joined = remapping()(raw as never, (_, { depth }) => (depth === 1 ? (input as never) : null));
    const text = JSON.stringify(absolute(joined as unknown as RawSourceMap, source.file));
    keepCached(folder, originalOf(`${key}.map`), text);
    head.originalSize = Buffer.byteLength(text);
  }
  writeSealed(folder, `${key}.js`, Buffer.from(`${JSON.stringify(head)}\n${code}`));
  return entry;
}

function instrument(source: Source, settings: Settings, positions: object | undefined): Instrumented {
  const { file, language, format, plain, countable, renames } = source;
  const run = (code: string, sourceType: Source['format']): Instrumented =>
    plugin().instrument(plain ? `${code}\n/* tsrace-ignore-file */` : code, file, {
      ...language,
      ...settings,
      ...(sourceType && { sourceType }),
      ...(positions && { positions }),
      ...(countable && { countable }),
      ...(renames && { renames }),
    });
  try {
    return run(source.code, format);
  } catch (error) {
    // a typeless file whose only module syntax is a top-level await
    if (format !== undefined || !source.code.includes('await')) throw error;
    try {
      return run(source.code, 'module');
    } catch {
      throw error;
    }
  }
}

/** Sources of a map are relative to where it lies, and it lies in the cache. */
function absolute(map: RawSourceMap, file: string): RawSourceMap {
  if (!isAbsolute(file)) return map;
  const sources = map.sources.map((name) =>
    name === null || /^[a-z]+:/.test(name) ? name : pathToFileURL(resolve(dirname(file), name)).href,
  );
  // Node would take the names of our own variables for those of functions
  return { ...map, sources, names: map.names.map(() => '') };
}

/** Node reads no map that is named by a file: URL. */
const urlOf = (map: string, from: string): string =>
  isKept(map)
    ? `data:application/json;base64,${Buffer.from(readKept(map)).toString('base64')}`
    : relative(dirname(from), map).split(sep).map(encodeURIComponent).join('/');

/** @throws what V8 finds wrong with `code`, unless it is only that it is a module */
function detect(code: string, filename: string): Format {
  try {
    compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], { filename });
    return 'commonjs';
  } catch (error) {
    if (isModuleError(error)) return 'module';
    throw error;
  }
}

/** @throws what V8 finds wrong with `code` as a script */
function checkScript(code: string, filename: string): void {
  new Script(code, { filename });
}

const MAP_COMMENT = /^[ \t]*\/\/[#@] sourceMappingURL=(\S+)[ \t]*$/gm;

/** The map of code that was compiled before: inline, or in a file beside it. A dangling reference is ignored. */
function inputMap(
  { code, file, language, compiled }: Source,
  unusable: (reason: string) => void,
): object | undefined {
  const url = [...code.matchAll(MAP_COMMENT)].at(-1)?.[1];
  if (url === undefined || (language.typescript && !compiled)) return undefined;
  try {
    const text = inlineMap(url) ?? readIfThere(resolve(dirname(file), decodeURIComponent(url)));
    if (text === undefined) return undefined;
    const map = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''));
    if (map?.version !== 3) throw new Error(`version ${map?.version}`);
    const { TraceMap, decodedMappings } = tracing();
    // decodes it, so that what is wrong shows here
    for (const line of decodedMappings(new TraceMap(map))) {
      const wild = line.find(([, source]) => source !== undefined && map.sources?.[source] === undefined);
      if (wild !== undefined && map.sections === undefined) throw new Error('a source that is not there');
    }
    return map;
  } catch (error) {
    unusable(error instanceof Error ? error.message.split('\n')[0]!.slice(0, 80) : 'unreadable');
    return undefined;
  }
}

function inlineMap(url: string): string | undefined {
  const [all, base64, data = ''] = /^data:application\/json[^,]*?(;base64)?,(.*)$/.exec(url) ?? [];
  if (all === undefined) return undefined;
  return base64 ? Buffer.from(data, 'base64').toString() : decodeURIComponent(data);
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

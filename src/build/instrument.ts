/**
 * One module of a build: source → code that runs wherever the bundler puts it, and its map. All that an adapter has
 * to do is call this for each module of the program: every module imports the runtime first, so that it is there in
 * each thread before code of the user's, whichever module is the entry.
 *
 * The code begins with a line of its own: the runtime is imported, and the module says which sites it has
 * (site-ranges.ts).
 */
import { createHash } from 'node:crypto';
import {
  type Instrumented,
  type InstrumentOptions,
  instrument,
  type RawSourceMap,
} from '../../plugin/instrument.ts';
import { relocate } from '../../plugin/relocate.ts';
import { type BuiltTable, GLOBAL_NAME, SCHEMA_VERSION, type SiteTable } from '../../runtime/interface.ts';
import { SiteRanges } from './site-ranges.ts';

/** How a module is to stand by itself. */
export interface BuiltOptions {
  /** How it is run. */
  sourceType?: InstrumentOptions['sourceType'];
  /** The file as reports name it. */
  file: string;
  /** What the user wrote, for the excerpts in reports. */
  source?: string | undefined;
  /** What the module imports first. False where the runtime is there anyway. */
  runtime: string | false;
  /** Of a script: the URL of `tsrace/web/classic`, which it loads first. */
  importScripts?: string | undefined;
  /**
   * Takes the runtime by name from what it imports. esbuild keeps the order of imports that are split into chunks only
   * where something is taken from them: https://github.com/evanw/esbuild/issues/399
   */
  named?: boolean;
  /** Of this build: one for all its modules. */
  ranges?: SiteRanges;
}

export interface BuildOptions
  extends InstrumentOptions,
    Partial<Pick<BuiltOptions, 'file' | 'runtime' | 'ranges'>> {
  /** `id` by default. Relative to the project, with `/`, so that ids of races are stable. */
  file?: string;
  /** By default what the map has, or `code`. False leaves it out. */
  source?: string | false;
}

export interface Built {
  code: string;
  map: RawSourceMap | null;
}

const everyBuild = new SiteRanges();

/** Null for code that is instrumented already. Throws what the parser throws. */
export function instrumentForBuild(code: string, id: string, options: BuildOptions = {}): Built | null {
  const { file = id, source, runtime = 'tsrace/web', ranges = everyBuild, ...rest } = options;
  if (code.includes(`${GLOBAL_NAME}.`)) return null;
  const made = instrument(code, id, rest);
  const text =
    source === false ? undefined : (source ?? carried(rest.inputSourceMap ?? rest.positions) ?? code);
  const { sourceType } = rest;
  return built(made, { file, source: text, runtime, ranges, ...(sourceType && { sourceType }) });
}

/** What `instrument` made, with sites from 0, as a module that stands by itself. */
export function built(
  made: Instrumented,
  { sourceType, file, source, runtime, importScripts, named = false, ranges = everyBuild }: BuiltOptions,
): Built {
  const { names, sites } = made.sites;
  if (sites.length === 0 && runtime === false) return { code: made.code, map: made.map };
  const { hashbang, code } = parted(made.code);
  const head = directives(code);
  const commonjs = sourceType === 'commonjs' || sourceType === 'script';
  const byName = named && !commonjs && sites.length > 0;
  if (runtime !== false && sourceType !== 'script') {
    const from = quoted(runtime);
    const spelled = byName ? `import { ${EXPORTED} } from ${from}` : `import ${from}`;
    head.push(commonjs ? `require(${from});` : `${spelled};`);
  }
  if (importScripts !== undefined) head.push(`importScripts(${quoted(importScripts)});`);
  let first = 0;
  if (sites.length > 0) {
    const table: SiteTable = { file, names, sites, ...(source !== undefined && { source }) };
    const hash = createHash('sha1')
      .update(JSON.stringify([SCHEMA_VERSION, table]))
      .digest('hex');
    first = ranges.take(hash, sites.length);
    const hooks = byName ? EXPORTED : GLOBAL_NAME;
    head.push(`${hooks}.module(${first},${quoted(hash.slice(0, 16))},${literal(packed(table))});`);
  }
  return {
    code: `${hashbang}${head.join('')}\n${relocate(code, first)}`,
    map: made.map && { ...made.map, mappings: `;${made.map.mappings}` },
  };
}

/** The hooks, as dist/web.js exports them (scripts/build.mjs). */
const EXPORTED = 'tsraceHooks';

const quoted = (text: string): string => JSON.stringify(text);

/** `#!` counts only as the first two characters of all. */
function parted(code: string): { hashbang: string; code: string } {
  const hashbang = /^#![^\n]*\n?/.exec(code)?.[0] ?? '';
  return { hashbang: hashbang && `${hashbang.trimEnd()}\n`, code: code.slice(hashbang.length) };
}

const packed = ({ sites, ...table }: SiteTable): BuiltTable => ({
  ...table,
  sites: sites.flatMap(({ line, column, flags, fn, text }) => [line, column, flags, fn, text]),
});

/** As a literal that may stand in an inline script. */
const literal = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Of a module that was made from one file. */
function carried(map: object | undefined): string | undefined {
  const { sources, sourcesContent } = (map ?? {}) as Partial<RawSourceMap>;
  return sources?.length === 1 ? (sourcesContent?.[0] ?? undefined) : undefined;
}

const PROLOGUE = /^(?:\uFEFF|\s|\/\/[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/|;)*(?<directive>(["'])use [\w -]+\2)/;

/** `'use strict'`, `'use client'`: they count only at the start, so they are said there again. */
function directives(code: string): string[] {
  const found: string[] = [];
  for (let rest = code; ; ) {
    const match = PROLOGUE.exec(rest);
    if (match === null) return found;
    found.push(`${match.groups!['directive']};`);
    rest = rest.slice(match[0].length);
  }
}

/**
 * One module of a build: source → code that runs wherever the bundler puts it, and its map. All that an adapter has
 * to do is call this for each module of the program, and see to it that entries import the runtime first.
 *
 * The code begins with two statements on a line of their own: the runtime is imported, so that it is there in every
 * thread that the module comes to, and the module says which sites it has (site-ranges.ts).
 */
import { createHash } from 'node:crypto';
import { type InstrumentOptions, instrument, type RawSourceMap } from '../../plugin/instrument.ts';
import { relocate } from '../../plugin/relocate.ts';
import { type BuiltTable, GLOBAL_NAME, SCHEMA_VERSION, type SiteTable } from '../../runtime/interface.ts';
import { SiteRanges } from './site-ranges.ts';

export interface BuildOptions extends InstrumentOptions {
  /** The file as reports name it; `id` by default. Relative to the project, with `/`, so that ids of races are stable. */
  file?: string;
  /** What the user wrote, for the excerpts in reports; by default what the map has, or `code`. False leaves it out. */
  source?: string | false;
  /** What the module imports first: `tsrace/web` (default). False where the runtime is there anyway. */
  runtime?: string | false;
  /** Of this build: one for all its modules. */
  ranges?: SiteRanges;
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
  const { names, sites } = made.sites;
  if (sites.length === 0) return { code: made.code, map: made.map };
  const text =
    source === false ? undefined : (source ?? carried(rest.inputSourceMap ?? rest.positions) ?? code);
  const table: SiteTable = { file, names, sites, ...(text !== undefined && { source: text }) };
  const hash = createHash('sha1')
    .update(JSON.stringify([SCHEMA_VERSION, table]))
    .digest('hex');
  const first = ranges.take(hash, sites.length);
  const commonjs = rest.sourceType === 'commonjs' || rest.sourceType === 'script';
  const head = [
    ...directives(code),
    ...(runtime === false || rest.sourceType === 'script'
      ? []
      : [`${commonjs ? `require(${JSON.stringify(runtime)})` : `import ${JSON.stringify(runtime)}`};`]),
    `${GLOBAL_NAME}.module(${first},${JSON.stringify(hash.slice(0, 16))},${literal(packed(table))});`,
  ];
  // a hashbang stays what the file begins with
  const [bang = ''] = /^#![^\n]*\n/.exec(made.code) ?? [];
  return {
    code: `${bang}${head.join('')}\n${relocate(made.code.slice(bang.length), first)}`,
    map: made.map && { ...made.map, mappings: `;${made.map.mappings}` },
  };
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
  for (let rest = code.replace(/^#![^\n]*/, ''); ; ) {
    const match = PROLOGUE.exec(rest);
    if (match === null) return found;
    found.push(`${match.groups!['directive']};`);
    rest = rest.slice(match[0].length);
  }
}

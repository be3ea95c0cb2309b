/** One source file → the text and the map of what is written for it. */
import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawSourceMap } from '../../../plugin/instrument.ts';
import type { Language } from '../../loader/language.ts';
import { isInstrumented, transformAhead } from '../../loader/transform.ts';
import { brokenSettings } from '../../loader/tsconfig.ts';
import { built } from '../instrument.ts';
import type { SiteRanges } from '../site-ranges.ts';
import { sayNames } from './exported-names.ts';
import { formatFor } from './format.ts';

export interface Unit {
  code: string;
  /** absolute */
  file: string;
  language: Language;
  /** absolute: where the result goes */
  output: string;
  /** only compiled */
  plain: boolean;
  renames: Record<string, string> | undefined;
  ranges: SiteRanges;
  /** what a module has to import, from there */
  runtime: (format: 'module' | 'commonjs', output: string) => string;
}

export interface Compiled {
  code: string;
  map: RawSourceMap | null;
  /** what the user is to know of this file, or of another */
  notes: [file: string, why: string][];
}

/** Undefined for what is instrumented already. Throws what the parser or V8 throws. */
export function compile(unit: Unit): Compiled | undefined {
  const { code, file, language, output, plain, renames, ranges } = unit;
  if (isInstrumented(code)) return undefined;
  const made = transformAhead({
    code,
    file,
    language,
    format: formatFor(file, language),
    compiled: false,
    plain,
    ahead: true,
    ...(renames && { renames }),
  });
  const sourceType = made.format;
  const runtime = plain ? (false as const) : unit.runtime(sourceType, output);
  const result = built(made, { sourceType, file: made.sites.file, runtime, ranges });
  const names = sourceType === 'commonjs' && !language.typescript ? sayNames(code, result.code) : '';
  const notes: Compiled['notes'] = made.note === undefined ? [] : [[file, made.note]];
  const broken = brokenSettings(file, language);
  if (broken !== undefined) notes.push([broken.file, broken.why]);
  return { code: result.code + names, map: result.map && beside(result.map, output), notes };
}

/** The cache has a map's sources as URLs; in a tree that may be moved they are relative. */
function beside(map: RawSourceMap, output: string): RawSourceMap {
  const sources = map.sources.map((source) => {
    if (!source?.startsWith('file:')) return source;
    return relative(dirname(output), fileURLToPath(source)).split(sep).map(encodeURIComponent).join('/');
  });
  return { ...map, sources };
}

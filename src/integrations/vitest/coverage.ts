/**
 * v8 coverage under tsrace: V8 counts the code that runs, which holds more than the user's. So where vitest's provider
 * turns V8's counts into coverage of a file, it is given the code that would have run without us, and for each place
 * in it the count of the place in our code that came of it. The user's statements stand once each in that code
 * (`countable`), so the percentages are those of a run without tsrace.
 *
 *     made (what ran) ──▶ instrumented ──▶ code (as vite gave it to us) ◀── plain (what would have run)
 *
 * The outer arrows are vite's transform for its module runner, done here once more; the inner one is our map. What ran
 * differs from what comes out here in the specifiers of imports only, which vite has resolved. Reaches into the provider: its one method that converts.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodedMappings, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping';

/** What V8 says of a function: the counts of nested ranges of a script. */
export interface Counted {
  functionName: string;
  isBlockCoverage: boolean;
  ranges: { startOffset: number; endOffset: number; count: number }[];
}

interface Transformed {
  code: string;
  map?: object | null;
}

/** A module that we have instrumented. */
interface Module {
  /** what vite gave us, and its map to the user's source */
  code: string;
  positions: object;
  instrumented: string;
  /** from `instrumented` to `code` */
  map: object;
}

/** vite's transform for the module runner */
type Runner = (code: string, map: object | null, url: string) => Promise<Transformed | null>;

export interface CoveredVitest {
  config: { root: string; coverage?: { enabled?: boolean; provider?: string } };
  vite?: { ssrTransform?: Runner };
  server?: { ssrTransform?: Runner };
}

/** The provider's method: from vitest 4 on, and in vitest 3 (with `experimentalAstAwareRemapping`). */
interface Provider {
  options?: { experimentalAstAwareRemapping?: boolean };
  remapCoverage?(file: string, wrapper: number, made: Transformed, functions: Counted[]): unknown;
  v8ToIstanbul?(file: string, wrapper: number, made: Sources, functions: Counted[]): unknown;
}

interface Sources {
  source: string;
  sourceMap?: { sourcemap: Transformed['map'] };
}

const PATCHED: unique symbol = Symbol('tsrace');

export class Coverage {
  readonly #modules = new Map<string, Module[]>();
  readonly #runner: Runner | undefined;

  constructor({ vite, server }: CoveredVitest) {
    const from = vite ?? server;
    this.#runner = from?.ssrTransform?.bind(from);
  }

  add(file: string, module: Module): void {
    this.#modules.set(file, [...(this.#modules.get(file) ?? []), module]);
  }

  /** Has the provider of v8 coverage that the user has installed ask here first. */
  async watch(root: string): Promise<void> {
    const found = createRequire(join(root, 'package.json')).resolve('@vitest/coverage-v8');
    const module = (await import(pathToFileURL(found).href)) as {
      default: { getProvider(): Promise<Provider> };
    };
    const provider = Object.getPrototypeOf(await module.default.getProvider()) as Provider & {
      [PATCHED]?: Coverage;
    };
    const patched = provider[PATCHED] !== undefined;
    provider[PATCHED] = this;
    if (patched) return;
    const { remapCoverage, v8ToIstanbul } = provider;
    if (remapCoverage !== undefined) {
      provider.remapCoverage = async function (this: typeof provider, file, wrapper, made, functions) {
        const plain = await this[PATCHED]?.plain(file, wrapper, made, functions);
        if (plain === undefined) return remapCoverage.call(this, file, wrapper, made, functions);
        return remapCoverage.call(this, file, 0, plain.made, plain.functions);
      };
    } else if (v8ToIstanbul !== undefined) {
      provider.v8ToIstanbul = async function (this: typeof provider, file, wrapper, made, functions) {
        const { source: code, sourceMap } = made;
        const plain = this.options?.experimentalAstAwareRemapping
          ? await this[PATCHED]?.plain(file, wrapper, { code, map: sourceMap?.sourcemap ?? null }, functions)
          : undefined;
        if (plain === undefined) return v8ToIstanbul.call(this, file, wrapper, made, functions);
        const { code: source, map: sourcemap } = plain.made;
        const given = { ...made, source, ...(sourcemap && { sourceMap: { sourcemap } }) };
        return v8ToIstanbul.call(this, file, 0, given, plain.functions);
      };
    }
  }

  /** What would have run, with its counts; undefined: no more is known than the provider knows. */
  async plain(
    url: string,
    wrapper: number,
    made: Transformed,
    functions: readonly Counted[],
  ): Promise<{ made: Transformed; functions: Counted[] } | undefined> {
    const run = this.#runner;
    const file = decodeURIComponent(url.replace(/^file:\/\//, ''));
    for (const module of run === undefined ? [] : (this.#modules.get(file) ?? [])) {
      // its last line speaks for all of it: it holds the hash of what it was made from
      if (!made.code.includes(lastLineOf(module.instrumented))) continue;
      const [ran, bare, plain] = await Promise.all([
        run!(module.instrumented, null, file),
        run!(module.code, null, file),
        run!(module.code, module.positions, file),
      ]);
      if (!ran || !bare || !plain) continue;
      const counts = countsLike(countsOf(functions, wrapper, made.code.length), made.code, ran.code);
      if (counts === undefined) continue;
      const given = countsBefore(counts, ran, module.instrumented);
      const own = countsBefore(given, { code: module.instrumented, map: module.map }, module.code);
      const { map } = made;
      return {
        made: {
          code: plain.code,
          // vite and the provider have made its sources absolute
          map: plain.map && map ? { ...plain.map, ...sourcesOf(map) } : null,
        },
        functions: functions.length === 0 ? [] : [asFunction(countsAfter(own, bare, module.code))],
      };
    }
    return undefined;
  }
}

const lastLineOf = (code: string): string => code.slice(code.trimEnd().lastIndexOf('\n') + 1);

function sourcesOf(map: object): object {
  const { sources, sourcesContent } = map as Record<string, unknown>;
  return { sources, sourcesContent };
}

/** How often each character of a script was run. */
function countsOf(functions: readonly Counted[], wrapper: number, length: number): Float64Array {
  const counts = new Float64Array(length);
  const ranges = functions.flatMap((one) => one.ranges);
  const size = (range: Counted['ranges'][number]): number => range.endOffset - range.startOffset;
  for (const { startOffset, endOffset, count } of ranges.sort((a, b) => size(b) - size(a)))
    counts.fill(count, Math.max(0, startOffset - wrapper), Math.max(0, endOffset - wrapper));
  return counts;
}

/**
 * The counts of `to`, which differs from `from` in the specifiers of imports and the like: inside of lines. undefined:
 * it differs in more: its last line, where the sites are, is another.
 */
function countsLike(counts: Float64Array, from: string, to: string): Float64Array | undefined {
  const [given, wanted] = [from.trimEnd().split('\n'), to.trimEnd().split('\n')];
  // vitest may have put a map after it
  if (given[wanted.length - 1] !== wanted.at(-1)) return undefined;
  const result = new Float64Array(to.length).fill(1);
  let [start, at] = [0, 0];
  for (const [i, line] of wanted.entries()) {
    const other = given[i]!;
    const shorter = Math.min(line.length, other.length);
    let same = 0;
    while (same < shorter && line[same] === other[same]) same++;
    for (let column = 0; column < line.length; column++) {
      const fromEnd = Math.max(same, other.length - line.length + column);
      result[at + column] = counts[start + (column < same ? column : fromEnd)] ?? 1;
    }
    start += other.length + 1;
    at += line.length + 1;
  }
  return result;
}

/** A place in made code, and where it came from: offsets. */
type Link = [made: number, from: number];

/** In the order of the made code. */
function links({ code, map }: Transformed, from: string): Link[] {
  const [lines, origins] = [lineStarts(code), lineStarts(from)];
  return decodedMappings(new TraceMap(map as SourceMapInput)).flatMap((segments, line) =>
    segments.flatMap(([column, source, originalLine, originalColumn]): Link[] =>
      source === undefined
        ? []
        : [[lines[line]! + column, (origins[originalLine!] ?? from.length) + originalColumn!]],
    ),
  );
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The counts of what `made` was made of. A place that became several has the count of the one that ran most often. */
function countsBefore(counts: Float64Array, made: Transformed, from: string): Float64Array {
  const result = new Float64Array(from.length).fill(-1);
  for (const [at, origin] of links(made, from))
    result[origin] = Math.max(result[origin] ?? -1, counts[at] ?? -1);
  // a place that the map does not name goes with the one before it
  let last = 1;
  for (const [at, count] of result.entries()) {
    if (count < 0) result[at] = last;
    else last = count;
  }
  return result;
}

/** The counts of what was made of code with these counts. */
function countsAfter(counts: Float64Array, made: Transformed, from: string): Float64Array {
  const result = new Float64Array(made.code.length).fill(1);
  const all = links(made, from);
  for (const [i, [at, origin]] of all.entries()) {
    const end = all[i + 1]?.[0] ?? made.code.length;
    for (let place = at; place < end; place++)
      result[place] = counts[Math.min(origin + place - at, counts.length - 1)] ?? 1;
  }
  return result;
}

/** Ranges that all go to the end: some versions of the provider take a range's end for a part of it. */
function asFunction(counts: Float64Array): Counted {
  const ranges: Counted['ranges'] = [];
  for (const [startOffset, count] of counts.entries()) {
    if (count !== ranges.at(-1)?.count) ranges.push({ startOffset, endOffset: counts.length, count });
  }
  return { functionName: '', isBlockCoverage: true, ranges };
}

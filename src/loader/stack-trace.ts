/**
 * Stack traces of the user's errors show the original columns (instrumented code keeps its lines). Node's own
 * source map support would do it too, but it rewrites file URLs to paths, and it follows the maps of other
 * modules, so that a program's `error.stack` would differ from a plain run. So: V8's frames, each with its
 * position replaced, and none of ours. It looks like Node's own
 * `Error.prepareStackTrace`; a program that sets another gets raw call sites.
 *
 * With `--enable-source-maps` (or under a loader that asks for it) Node formats, from the comment that names
 * our map.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { replace } from '../../runtime/intercept/disguise.ts';
import { GLOBAL_NAME } from '../../runtime/interface.ts';
import { type Locate, rawSites } from '../../runtime/real-stack.ts';
import { answering, watchPrepareStackTrace } from './call-sites.ts';
import { lazy } from './lazy.ts';
import { originalOf, readKept } from './store.ts';

const tracing = lazy<typeof import('@jridgewell/trace-mapping')>('@jridgewell/trace-mapping');
const mapFiles = new Map<string, string>();
/** the same to what the code was compiled from */
const originals = new Map<string, string>();
const maps = new Map<string, object | null>();

export function rememberMap(script: string, { map, original }: { map: string; original: string }): void {
  mapFiles.set(script, map);
  if (original !== map) originals.set(script, original);
}

/** Does V8 know instrumented code by that name? */
export const isMapped = (script: string): boolean => Boolean(mapFiles.get(script));

/** `find` knows the maps of modules that another thread transformed (Node 20). */
export function installStackTrace(own: string, find: (file: string) => string | undefined): void {
  replace(Error, 'prepareStackTrace', (plain) => {
    // declared: of expressions esbuild takes the names
    function prepareStackTrace(error: Error, sites: NodeJS.CallSite[]): unknown {
      if (process.sourceMapsEnabled) return plain(error, withoutOwn(own, sites));
      const shown: unknown[] = [];
      let inner: unknown;
      for (const site of sites) {
        const script = site.getFileName() ?? '';
        if (script.startsWith(own)) {
          inner = pastProxy(inner, site);
          if (shown.length > 0) shown[shown.length - 1] = asMethod(inner, site.getFunctionName() ?? '');
          continue;
        }
        learn(script, find);
        inner = mapFiles.get(script) ? mapped(site, script) : site.isEval() ? mappedOrigin(site) : site;
        shown.push(inner);
      }
      return plain(error, shown);
    }
    return prepareStackTrace;
  });
  watchPrepareStackTrace(
    (prepare) => prepare === rawSites,
    (sites) =>
      withoutOwn(own, sites).map((site) => {
        const script = site.getFileName() ?? '';
        learn(script, find);
        return mapFiles.get(script) ? placed(site, script) : site;
      }),
  );
}

/** The same with sites that stay sites. */
function withoutOwn(own: string, sites: NodeJS.CallSite[]): NodeJS.CallSite[] {
  if (!Array.isArray(sites)) return sites;
  const shown: NodeJS.CallSite[] = [];
  for (const site of sites) {
    if (!site.getFileName()?.startsWith(own)) {
      shown.push(site);
      continue;
    }
    const inner = shown.at(-1);
    const name = site.getFunctionName();
    if (inner === undefined || !name) continue;
    const text = String(asMethod(inner, name));
    shown[shown.length - 1] = answering(inner, { toString: text, getMethodName: name });
  }
  return shown;
}

function placed(site: NodeJS.CallSite, script: string): NodeJS.CallSite {
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
  const original = line === null || column === null ? null : lookUp(script, line, column);
  if (original === null) return site;
  return answering(site, {
    getLineNumber: original.line,
    getColumnNumber: original.column,
    toString: mapped(site, script),
  });
}

/** The position, in the code as the user gave it, of a place in instrumented code. 1-based both ways. */
export function positionOf(
  find: (file: string) => string | undefined,
): (script: string, line: number, column: number) => Position | null {
  return (script, line, column) => {
    learn(script, find);
    return mapFiles.get(script) ? lookUp(script, line, column) : null;
  };
}

/** Where a place in instrumented code came from; null for code that has no map of ours. */
export function locator(find: (file: string) => string | undefined): Locate {
  return (script, line, column) => {
    learn(script, find);
    learnBuilt(script);
    const map = originals.get(script) ?? mapFiles.get(script);
    if (!map) return null;
    const original = positionIn(map, line, column + 1) ?? { line, column: column + 1, source: null };
    const { source } = original;
    const name = source?.startsWith('file:') && originals.has(script) ? source : script;
    const file = name.startsWith('file:') ? fileURLToPath(name) : name;
    return { file, line: original.line, column: original.column - 1 };
  };
}

function learn(script: string, find: (file: string) => string | undefined): void {
  if (!script.startsWith('file:') || mapFiles.has(script)) return;
  const map = find(fileURLToPath(script)) ?? '';
  mapFiles.set(script, map);
  const original = originalOf(map);
  if (map !== '' && existsSync(original)) originals.set(script, original);
}

/** A file that was instrumented before the program ran (`tsrace build`) names its map. Errors show it as Node does. */
function learnBuilt(script: string): void {
  if (seen.has(script)) return;
  seen.add(script);
  try {
    const file = script.startsWith('file:') ? fileURLToPath(script) : script;
    const code = isAbsolute(file) && !mapFiles.get(script) ? readFileSync(file, 'utf8') : '';
    const name = code.includes(`${GLOBAL_NAME}.module(`) && BESIDE.exec(code)?.[1];
    if (!name) return;
    const map = join(dirname(file), decodeURIComponent(name));
    built.add(map);
    originals.set(script, map);
  } catch {
    // it is gone
  }
}

const seen = new Set<string>();
/** maps whose sources are relative to them */
const built = new Set<string>();
const BESIDE = /\n\/\/# sourceMappingURL=([^\s:/]+\.map)\s*$/;

/** V8 names a method by looking for it on its receiver, where it now finds ours, of the same name. */
const asMethod = (site: unknown, name: string): unknown =>
  name === '' ? site : String(site).replace(/^(\w+)\.<anonymous> /, (_, type) => `${type}.${name} `);

/** A method that ours has called on a Proxy of the receiver (`Array.prototype.map.call(view, f)`). */
function pastProxy(site: unknown, ours: NodeJS.CallSite): unknown {
  const name = `.${ours.getFunctionName()} (<anonymous>)`;
  return String(site) === `Proxy${name}` ? `${ours.getTypeName()}${name}` : site;
}

function mapped(site: NodeJS.CallSite, script: string): unknown {
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
  const original = line === null || column === null ? null : lookUp(script, line, column);
  if (original === null) return site;
  return textOf(site).replace(
    `${script}:${line}:${column}`,
    () => `${script}:${original.line}:${original.column}`,
  );
}

/** Code made by `eval` or `Function`: where that was. */
const mappedOrigin = (site: NodeJS.CallSite): unknown => {
  const text = site.toString();
  const shown = text.replace(/eval at (\S+) \(([^()]+):(\d+):(\d+)\)/g, (all, name, script, line, column) => {
    const original = mapFiles.get(script) ? lookUp(script, Number(line), Number(column)) : null;
    if (original === null) return all;
    const named = BROUGHT.test(name) ? '<anonymous>' : name;
    return `eval at ${named} (${script}:${original.line}:${original.column})`;
  });
  return shown === text ? site : shown;
};

/** V8 names a function without a name by an assignment that comes later, which may be ours. */
function textOf(site: NodeJS.CallSite): string {
  const text = site.toString();
  const name = site.getFunctionName();
  if (name === null || !isOurs(name, site)) return text;
  const place = text.slice(text.indexOf(' (', text.indexOf(name)) + 2, -1);
  const start = text.startsWith('async ') ? 'async ' : '';
  if (site.isConstructor()) return `new <anonymous> (${place})`;
  if (site.isToplevel()) return `${start}${place}`;
  return `${start}${site.getTypeName()}.${site.getMethodName() ?? '<anonymous>'} (${place})`;
}

/** Names of variables that the plugin brings; none is given to a function, but V8 may take it for one's. */
const BROUGHT = /^_[a-z]\d*$/;

const isOurs = (name: string, site: NodeJS.CallSite): boolean =>
  name.includes(`${GLOBAL_NAME}.`) || (BROUGHT.test(name) && site.getFunction()?.name === '');

/** 1-based both ways. */
const lookUp = (script: string, line: number, column: number): Position | null =>
  positionIn(mapFiles.get(script)!, line, column);

interface Position {
  line: number;
  column: number;
  source: string | null;
}

function positionIn(mapFile: string, line: number, column: number): Position | null {
  const { TraceMap, traceSegment, decodedMappings } = tracing();
  let map = maps.get(mapFile) as InstanceType<typeof TraceMap> | null | undefined;
  if (map === undefined) {
    try {
      map = new TraceMap(readKept(mapFile), built.has(mapFile) ? pathToFileURL(mapFile).href : undefined);
    } catch {
      map = null;
    }
    maps.set(mapFile, map);
  }
  if (map === null) return null;
  const found = traceSegment(map, line - 1, column - 1);
  if (found === null || found.length === 1) return null;
  const [start, sourceIndex, originalLine, originalColumn] = found;
  // text that was printed as it was, an operator say, has one segment
  const into = column - 1 - start;
  const next = into === 0 ? undefined : decodedMappings(map)[line - 1]?.find(([at]) => at > start);
  const same =
    next !== undefined && next[2] === originalLine && next[3]! - originalColumn === next[0] - start;
  const source = map.resolvedSources[sourceIndex] ?? null;
  return { line: originalLine + 1, column: originalColumn + 1 + (same ? into : 0), source };
}

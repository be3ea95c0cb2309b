/**
 * The real V8 stack, for the one case that the shadow stack cannot tell: a function that ran without a call in
 * the source (an accessor, a generator's resumption, `valueOf`, a Proxy trap). Its caller has not noted where
 * it is. Such functions carry SiteFlag.IMPLICIT, and only stacks with one of them are captured, on the slow
 * path: it costs microseconds.
 */

/** Original position of a place in instrumented code; null for code that is not. 1-based line, 0-based column. */
export type Locate = (
  script: string,
  line: number,
  column: number,
) => { file: string; line: number; column: number } | null;

export interface RealFrame {
  function: string;
  file: string;
  line: number;
  column: number;
}

const LIMIT = 200;

/** Gives the sites as V8 has them, whoever else changes them for the program. */
export const rawSites = (_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites;

/** Frames of instrumented code, innermost first. */
export function realFrames(locate: Locate): RealFrame[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  let sites: NodeJS.CallSite[] = [];
  try {
    Error.stackTraceLimit = LIMIT;
    Error.prepareStackTrace = rawSites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, realFrames);
    sites = holder.stack ?? [];
  } finally {
    if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    else Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
  const frames: RealFrame[] = [];
  for (const site of Array.isArray(sites) ? sites : []) {
    const script = site.getFileName() ?? site.getScriptNameOrSourceURL?.();
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    if (!script || line === null || column === null || isAsync(site)) continue;
    const place = locate(script, line, column - 1);
    if (place !== null) frames.push({ function: nameOf(site), ...place });
  }
  return frames;
}

function isAsync(site: NodeJS.CallSite): boolean {
  return (site as { isAsync?: () => boolean }).isAsync?.() === true;
}

function nameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName();
  if (name === null) return site.isToplevel() ? '<module>' : '<anonymous>';
  const type = site.isToplevel() || name.includes('.') || name.includes(' ') ? null : site.getTypeName();
  return type === null || type === 'Object' ? name : `${type}.${name}`;
}

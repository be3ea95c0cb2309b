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
/** Where the innermost frame of instrumented code is looked for first: behind our own frames, and those of native functions. */
const NEAR = 16;

/** Gives the sites as V8 has them, whoever else changes them for the program. */
export const rawSites = (_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites;

/** The innermost frame of instrumented code, if it is not far: cheaper than all of them. */
export function realLeaf(locate: Locate): RealFrame | undefined {
  return capture(locate, NEAR, 1)[0];
}

/** Frames of instrumented code, innermost first. */
export function realFrames(locate: Locate): RealFrame[] {
  return capture(locate, LIMIT, LIMIT);
}

function capture(locate: Locate, depth: number, most: number): RealFrame[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  let sites: NodeJS.CallSite[] = [];
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = rawSites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, capture);
    sites = holder.stack ?? [];
  } finally {
    if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    else Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
  const frames: RealFrame[] = [];
  for (const site of Array.isArray(sites) ? sites : []) {
    if (frames.length === most) break;
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

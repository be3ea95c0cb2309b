/** The page of a document: our script and style as they were built, and the source lines that can still be read. */
import type { PageData, PageSource, PageTimeline } from '../report/page-data.ts';
import { type PageAssets, policy, renderPage } from '../report/render/page.ts';
import type { Frame, RaceDocument, RaceReport } from '../report/report.ts';
import { built } from './built.ts';
import type { ProjectFiles } from './project-files.ts';

export interface Page {
  html: string;
  /** its Content-Security-Policy */
  policy: string;
}

/** lines before and after each place that is shown */
const AROUND = 7;
/** characters; a line that is longer was made by a machine */
const LONGEST = 2000;

export function makePage(document: RaceDocument, races: readonly RaceReport[], files: ProjectFiles): Page {
  const chosen = { ...document, races: [...races] };
  const data: PageData = { document: chosen, sources: sourcesOf(chosen, files) };
  const assets: PageAssets = { script: built('page.js'), style: built('page.css') };
  return { html: renderPage(data, assets), policy: policy(assets) };
}

/** Of a trace. */
export function makeTimelinePage(document: RaceDocument, timeline: PageTimeline): Page {
  const assets: PageAssets = { script: built('page.js'), style: built('page.css') };
  return { html: renderPage({ document, sources: [], timeline }, assets), policy: policy(assets) };
}

/** For every frame that the document has no lines for itself; lines that touch are one excerpt. */
function sourcesOf({ races, threads, startedAt }: RaceDocument, files: ProjectFiles): PageSource[] {
  const wanted = new Map<string, Set<number>>();
  const want = ({ file, line }: Frame, race?: RaceReport): void => {
    const own = race?.sources?.some((one) => {
      return one.file === file && line >= one.from && line < one.from + one.lines.length;
    });
    if (own) return;
    const lines = wanted.get(file);
    if (lines === undefined) wanted.set(file, new Set([line]));
    else lines.add(line);
  };
  for (const race of races) {
    for (const { frames } of race.accesses) for (const frame of frames) want(frame, race);
    for (const frame of race.location.allocatedAt) want(frame, race);
  }
  for (const { createdAt } of threads) for (const frame of createdAt) want(frame);

  const started = Date.parse(startedAt);
  return [...wanted].flatMap(([file, lines]) => {
    const source = files.get(file);
    if (source === undefined) return [];
    return excerpts(lines, source.lines).map((excerpt) => ({
      ...excerpt,
      file,
      changed: source.changed > started,
    }));
  });
}

function excerpts(
  wanted: ReadonlySet<number>,
  lines: readonly string[],
): { from: number; lines: string[] }[] {
  const found: { from: number; lines: string[] }[] = [];
  let [from, to] = [1, -Infinity];
  const end = (): void => {
    if (to >= from)
      found.push({ from, lines: lines.slice(from - 1, to).map((line) => line.slice(0, LONGEST)) });
  };
  for (const line of [...wanted].sort((a, b) => a - b)) {
    if (line < 1 || line > lines.length) continue;
    if (line - AROUND > to + 1) {
      end();
      from = Math.max(1, line - AROUND);
    }
    to = Math.min(lines.length, line + AROUND);
  }
  end();
  return found;
}

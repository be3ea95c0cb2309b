/** `tsrace view`: a document again, on the terminal, as a page, or served as one. */
import { writeFileSync } from 'node:fs';
import { OptionError, type Options } from '../../options.ts';
import { readDocument } from '../../report/document.ts';
import type { RaceDocument } from '../../report/report.ts';
import { SourceLines } from '../../report/source-lines.ts';
import { styleFor } from '../../report/style.ts';
import { writeFully } from '../../report/write.ts';
import { isTrace, quoted, TraceFile } from '../../trace/file.ts';
import type { TracedRun } from '../../trace/parts.ts';
import { type Timeline, timelineOf } from '../../trace/timeline.ts';
import { makePage, makeTimelinePage, type Page } from '../../view/page.ts';
import { printed } from '../../view/print.ts';
import { ProjectFiles } from '../../view/project-files.ts';
import { parseSubcommand, type Usage } from '../arguments.ts';
import { checkFile } from '../places.ts';
import { openBrowser } from '../view/browser.ts';
import { type Choice, choose, ORDERS } from '../view/choose.ts';
import { serve } from '../view/serve.ts';
import { printTimeline } from '../view/trace.ts';

const COLORS = ['auto', 'always', 'never'];
/** events of a trace that are shown at once */
const WINDOW = 10_000;

const USAGE: Usage = {
  name: 'view',
  synopsis: 'FILE [options]',
  description:
    'Shows the races of a report that tsrace --json has written, or what the threads of a trace (tsrace --trace) did to be ordered.',
  flags: {
    race: { type: 'string', description: 'only the race whose id begins so' },
    top: { type: 'string', description: 'only the first N' },
    sort: { type: 'string', description: `order by ${ORDERS.join(', ')} (default: as reported)` },
    html: { type: 'string', description: 'write a page to FILE: one file, which needs no network' },
    open: { type: 'boolean', description: 'show the page in the browser, until ctrl-C' },
    from: { type: 'string', description: 'of a trace: the first event to show (default: 1)' },
    to: { type: 'string', description: `of a trace: the last one (default: ${WINDOW} of them)` },
    clocks: {
      type: 'boolean',
      description: 'of a trace: also the vector clock of each event, exactly',
    },
    color: { type: 'string', description: `${COLORS.join(', ')} (default: auto)` },
  },
  files: { name: 'report or trace', least: 1, most: 1 },
  examples: [
    'tsrace view races.json --sort count --top 10',
    'tsrace view races.json --race 8db1d3',
    'tsrace view races.json --html races.html',
    'tsrace view races.json --open',
    'tsrace view run.trace --from 1000 --to 1200',
  ],
};

export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const given = await parseSubcommand(USAGE, args);
  if (typeof given === 'string') {
    writeFully(1, given);
    return 0;
  }
  const { flags } = given;
  const file = given.files[0]!;
  const choice: Choice = {
    race: word(flags, 'race'),
    sort: oneOf(flags, 'sort', ORDERS),
    top: count(flags, 'top'),
  };
  const color = oneOf(flags, 'color', COLORS) as Options['color'] | undefined;
  const html = word(flags, 'html');
  if (html !== undefined) checkFile('html', html);

  if (isTrace(file)) {
    const page = viewTrace(file, flags, html !== undefined || flags['open'] === true, color ?? 'auto', env);
    if (page !== undefined) await give(page, html, flags);
    return 0;
  }
  const document = readDocument(file);
  const races = choose(document.races, choice, file);
  const files = new ProjectFiles(process.cwd());
  if (html === undefined && flags['open'] !== true) {
    const { columns } = process.stdout;
    const style = styleFor({ fd: 1, color: color ?? 'auto', columns, prefix: '' }, env);
    writeFully(1, printed(document, races, files, style));
    return 0;
  }
  const page = makePage(document, races, files);
  await give(page, html, flags);
  return 0;
}

async function give(page: Page, html: string | undefined, flags: Record<string, unknown>): Promise<void> {
  if (html !== undefined) write(html, page);
  if (flags['open'] === true) await untilInterrupted(page);
}

/** Prints it, unless a page is wanted. */
function viewTrace(
  file: string,
  flags: Record<string, unknown>,
  asPage: boolean,
  color: Options['color'],
  env: NodeJS.ProcessEnv,
): Page | undefined {
  const from = count(flags, 'from') ?? 1;
  const to = count(flags, 'to') ?? from + WINDOW - 1;
  if (to < from) throw new OptionError(`--to ${to} comes before --from ${from}`);
  const trace = new TraceFile(file);
  try {
    const prefix = trace.run?.prefix ?? '';
    const source = new SourceLines(prefix, undefined, new ProjectFiles(process.cwd()).reader());
    const timeline = timelineOf(trace, from, to, source, flags['clocks'] === true);
    for (const limit of timeline.limits) writeFully(2, `tsrace: ${quoted(file)}: ${limit}\n`);
    if (asPage) return timelinePage(timeline, from, trace.run);
    const { columns } = process.stdout;
    const style = styleFor({ fd: 1, color, columns, prefix }, env);
    writeFully(1, printTimeline(timeline, from, style));
    return undefined;
  } finally {
    trace.close();
  }
}

function timelinePage({ events, threads, total, accesses }: Timeline, from: number, run?: TracedRun): Page {
  const summary = {
    races: 0,
    threads: threads.length,
    sharedBuffers: 0,
    accessesChecked: accesses,
    uninstrumented: [],
  };
  const document: RaceDocument = {
    schemaVersion: 1,
    tool: { name: 'tsrace', version: run?.version ?? '' },
    command: run?.command ?? [],
    startedAt: run?.startedAt ?? '',
    durationMs: 0,
    races: [],
    threads,
    summary,
  };
  return makeTimelinePage(document, { events, from, total });
}

function write(file: string, { html }: Page): void {
  try {
    writeFileSync(file, html);
  } catch (error) {
    throw new OptionError(`cannot write --html ${file}: ${(error as Error).message}`);
  }
}

async function untilInterrupted(page: Page): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const { url, close } = await serve(page);
  writeFully(1, `${url}\nServed to this machine only, until ctrl-C.\n`);
  openBrowser(url);
  await interrupted;
  await close();
}

function word(flags: Record<string, unknown>, name: string): string | undefined {
  const value = flags[name];
  if (value === '') throw new OptionError(`--${name} needs a value: tsrace view --help`);
  return value as string | undefined;
}

function oneOf<T extends string>(
  flags: Record<string, unknown>,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = word(flags, name);
  if (value === undefined || (choices as readonly string[]).includes(value)) return value as T | undefined;
  throw new OptionError(`--${name} must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}`);
}

function count(flags: Record<string, unknown>, name: string): number | undefined {
  const value = word(flags, name);
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new OptionError(`--${name} must be a whole number from 1 on, not ${JSON.stringify(value)}`);
}

/**
 * From the numbers of a `Race` to a `Report`: stacks, threads and the buffer are looked up in the process's
 * tables, so a thread can name the code of modules that it never loaded. Also reads the two source lines.
 */
import type { ReportTables, ThreadInfo } from '../../runtime/contract.ts';
import type { Race, RacingAccess } from '../../runtime/core/race.ts';
import { SiteFlag } from '../../runtime/interface.ts';
import { fingerprint, stableFingerprint } from './fingerprint.ts';
import type {
  AccessReport,
  Excerpt,
  Frame,
  RaceReport,
  Report,
  SourceExcerpt,
  ThreadReport,
} from './report.ts';
import { threadName } from './report.ts';
import { SourceLines } from './source-lines.ts';
import { explainRace } from './why/why.ts';

/** lines of source on each side of a frame */
const AROUND = 4;
/** races before this one that may have announced it */
const RECENT = 8;
/** frames of each stack whose source goes along */
const SHOWN_FRAMES = 8;

export const threadId = (seq: number, pid: number | string): string => `${pid}:${seq}`;

/** What a report leaves out of file names. */
export const strip = (file: string, prefix: string): string =>
  prefix !== '' && file.startsWith(prefix) ? file.slice(prefix.length) : file;

const framesOf = (
  stack: number,
  tables: Pick<ReportTables, 'frames'>,
  prefix: string,
  lines?: SourceLines,
): Frame[] =>
  tables.frames(stack).map(({ function: name, file, line, column, source }) => {
    const frame: Frame = { function: name, file: strip(file, prefix), line, column: column + 1 };
    lines?.note(frame, source);
    return frame;
  });

export function threadReport(
  info: ThreadInfo,
  tables: Pick<ReportTables, 'frames'>,
  pid: number,
  prefix: string,
): ThreadReport {
  const { seq, name, state, file, parent, createdAt } = info;
  return {
    id: threadId(seq, pid),
    name: seq === 0 ? 'main' : name,
    state,
    file: strip(file, prefix),
    parent: parent < 0 ? null : threadId(parent, pid),
    createdAt: framesOf(createdAt, tables, prefix),
  };
}

export function symbolize(
  race: Race,
  count: number,
  tables: ReportTables,
  pid: number,
  prefix: string,
  source: SourceLines = new SourceLines(prefix, (number) => tables.source(number)),
): Report {
  const access = (role: AccessReport['role'], racing: RacingAccess): AccessReport => ({
    role,
    type: racing.type,
    atomic: racing.atomic,
    size: racing.size,
    thread: threadId(racing.thread, pid),
    test: tables.causeName(tables.causeOf(racing.stack)) || null,
    frames: framesOf(racing.stack, tables, prefix, source),
  });
  const accesses: [AccessReport, AccessReport] = [
    access('current', race.current),
    access('previous', race.previous),
  ];
  const buffer = tables.buffer(race.buffer);
  const site = tables.frames(race.current.stack)[0];
  const report: RaceReport = {
    id: fingerprint(accesses),
    stableId: stableFingerprint(accesses, (frame) => source.of(frame)),
    kind: race.kind,
    count,
    tests: [...new Set(accesses.map(({ test }) => test).filter((test) => test !== null))],
    location: {
      buffer: race.buffer,
      bufferByteLength: buffer.byteLength,
      byteOffset: race.byteOffset,
      byteLength: race.byteLength,
      view: race.view,
      index: race.index,
      name: site?.text ?? '',
      native: site !== undefined && (site.flags & SiteFlag.CALL) !== 0,
      allocatedBy: buffer.allocatedBy < 0 ? null : threadId(buffer.allocatedBy, pid),
      allocatedAt: framesOf(buffer.allocatedAt, tables, prefix),
    },
    accesses,
  };
  addWhy(race, report, tables, pid, prefix, source);
  const threads = threadsOf(race, report, buffer.allocatedBy, tables, pid);
  return {
    race: report,
    threads: threads.map((seq) => threadReport(tables.thread(seq), tables, pid, prefix)),
    excerpts: excerpts(accesses, source),
  };
}

function addWhy(
  race: Race,
  report: RaceReport,
  tables: ReportTables,
  pid: number,
  prefix: string,
  source: SourceLines,
): void {
  const id = (seq: number): string => threadId(seq, pid);
  const { why, epochs } = explainRace(race, report, {
    tables,
    source,
    id,
    named: (seq) => threadName(id(seq), [threadReport(tables.thread(seq), tables, pid, prefix)]),
    framesOf: (stack) => framesOf(stack, tables, prefix, source),
    earlier: () =>
      tables
        .racesFrom(Math.max(0, tables.raceCounts().length - 1 - RECENT))
        .flatMap(({ report: text }) => (text === undefined ? [] : [(JSON.parse(text) as Report).race])),
  });
  report.why = why;
  report.accesses.forEach((access, i) => {
    access.epoch = epochs[i]!;
  });
  report.sources = sourcesOf(
    report.accesses.flatMap(({ frames }) => frames.slice(0, SHOWN_FRAMES)),
    source,
  );
}

/** Those that the race names, and their creators. */
function threadsOf(
  race: Race,
  { why }: RaceReport,
  allocatedBy: number,
  tables: ReportTables,
  pid: number,
): number[] {
  const threads = new Set([race.current.thread, race.previous.thread]);
  if (allocatedBy >= 0) threads.add(allocatedBy);
  for (const { thread } of why?.events ?? []) threads.add(Number(thread.slice(`${pid}:`.length)));
  for (const seq of threads) {
    const { parent } = tables.thread(seq);
    if (parent >= 0) threads.add(parent);
  }
  return [...threads];
}

/** The line of the current access, and that of the previous one where it stands elsewhere. */
function excerpts(accesses: readonly AccessReport[], source: SourceLines): Excerpt[] {
  const found: Excerpt[] = [];
  const seen = new Set<string>();
  for (const { role, frames } of accesses) {
    const at = frames[0];
    if (at === undefined || seen.has(`${at.file}:${at.line}:${at.column}`)) continue;
    seen.add(`${at.file}:${at.line}:${at.column}`);
    const text = source.line(at);
    if (text !== undefined) found.push({ role, line: at.line, column: at.column, text });
  }
  return found;
}

/** What a page shows of the stacks: some lines around each frame, those of one file that touch as one. */
function sourcesOf(frames: readonly Frame[], source: SourceLines): SourceExcerpt[] {
  const found: SourceExcerpt[] = [];
  const byPlace = [...frames].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  let before: Frame | undefined;
  for (const frame of byPlace) {
    const { file, line } = frame;
    const last = found.at(-1);
    const end = last === undefined ? 0 : last.from + last.lines.length;
    const touches = last?.file === file && line - AROUND <= end && source.same(before!, frame);
    const from = touches ? end : Math.max(1, line - AROUND);
    const lines = source.some(frame, from, line + AROUND);
    if (touches) last.lines.push(...lines);
    else if (lines.length > 0) found.push({ file, from, lines });
    before = frame;
  }
  return found;
}

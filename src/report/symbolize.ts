/**
 * From the numbers of a `Race` to a `Report`: stacks, threads and the buffer are looked up in the process's
 * tables, so a thread can name the code of modules that it never loaded. Also reads the two source lines.
 */
import type { Tables, ThreadInfo } from '../../runtime/contract.ts';
import type { Race, RacingAccess } from '../../runtime/core/race.ts';
import { SiteFlag } from '../../runtime/interface.ts';
import { fingerprint, stableFingerprint } from './fingerprint.ts';
import type { AccessReport, Excerpt, Frame, Report, ThreadReport } from './report.ts';
import { SourceLines } from './source-lines.ts';

export const threadId = (seq: number, pid: number): string => `${pid}:${seq}`;

/** What a report leaves out of file names. */
export const strip = (file: string, prefix: string): string =>
  prefix !== '' && file.startsWith(prefix) ? file.slice(prefix.length) : file;

const framesOf = (stack: number, tables: Tables, prefix: string): Frame[] =>
  tables.frames(stack).map(({ function: name, file, line, column }) => ({
    function: name,
    file: strip(file, prefix),
    line,
    column: column + 1,
  }));

export function threadReport(info: ThreadInfo, tables: Tables, pid: number, prefix: string): ThreadReport {
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

export function symbolize(race: Race, count: number, tables: Tables, pid: number, prefix: string): Report {
  const access = (role: AccessReport['role'], racing: RacingAccess): AccessReport => ({
    role,
    type: racing.type,
    atomic: racing.atomic,
    size: racing.size,
    thread: threadId(racing.thread, pid),
    test: tables.causeName(tables.causeOf(racing.stack)) || null,
    frames: framesOf(racing.stack, tables, prefix),
  });
  const accesses: [AccessReport, AccessReport] = [
    access('current', race.current),
    access('previous', race.previous),
  ];
  const sources = new SourceLines(prefix);
  const buffer = tables.buffer(race.buffer);
  const site = tables.frames(race.current.stack)[0];
  const threads = [race.current.thread, race.previous.thread];
  if (buffer.allocatedBy >= 0) threads.push(buffer.allocatedBy);
  for (const seq of [...threads]) {
    const parent = tables.thread(seq).parent;
    if (parent >= 0) threads.push(parent);
  }
  return {
    race: {
      id: fingerprint(accesses),
      stableId: stableFingerprint(accesses, (file) => sources.of(file)),
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
    },
    threads: [...new Set(threads)].map((seq) => threadReport(tables.thread(seq), tables, pid, prefix)),
    excerpts: excerpts(accesses, sources),
  };
}

/** The line of the current access, and that of the previous one where it stands elsewhere. */
function excerpts(accesses: readonly AccessReport[], sources: SourceLines): Excerpt[] {
  const found: Excerpt[] = [];
  const seen = new Set<string>();
  for (const { role, frames } of accesses) {
    const at = frames[0];
    if (at === undefined || seen.has(`${at.file}:${at.line}:${at.column}`)) continue;
    seen.add(`${at.file}:${at.line}:${at.column}`);
    const text = sources.of(at.file)?.[at.line - 1];
    if (text !== undefined) found.push({ role, line: at.line, column: at.column, text });
  }
  return found;
}

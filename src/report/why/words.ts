/** What an event was done to, in the words of the source: `state[0]`, `worker 2`, `lock "db"`. */
import type { ReportTables, SyncInfo, SyncObject } from '../../../runtime/contract.ts';
import type { SourceLines } from '../source-lines.ts';
import { argumentsAt } from './arguments.ts';

/** longer ones say less than they take */
const MAX_NAME = 40;

/** What the call that made the event was given. */
export function argumentsIn(
  event: SyncInfo,
  tables: Pick<ReportTables, 'frames'>,
  source: SourceLines,
): string[] {
  const [site] = tables.frames(event.stack);
  const line = site && source.line(site);
  return site === undefined || line === undefined ? [] : argumentsAt(line, site.column + 1);
}

/** Undefined where the source does not say. */
export function wordIn(
  event: SyncInfo,
  tables: Pick<ReportTables, 'frames'>,
  source: SourceLines,
): string | undefined {
  const [view = '', index = ''] = argumentsIn(event, tables, source);
  const name = `${view}[${index}]`;
  return view === '' || index === '' || name.length > MAX_NAME ? undefined : name;
}

/** @param threadNamed what a reader knows the thread by */
export function nameOf(
  object: SyncObject,
  word: string | undefined,
  threadNamed: (seq: number) => string,
): string {
  switch (object.type) {
    case 'word':
      return word ?? `byte ${object.byteOffset} of buffer ${object.buffer}`;
    case 'thread':
      return threadNamed(object.seq);
    case 'name':
      return object.kind === 'lock' ? `lock ${JSON.stringify(object.name)}` : JSON.stringify(object.name);
    case 'message':
    case 'channel':
      return '';
  }
}

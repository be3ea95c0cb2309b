/** The page: it gathers what all of its threads report, and says it on the console. */
import type { ThreadRuntime } from '../../runtime/contract.ts';
import type { Bell } from '../../runtime/web/bell.ts';
import { coverageOf } from '../report/coverage.ts';
import type { Report, Uninstrumented } from '../report/report.ts';
import { threadReport } from '../report/symbolize.ts';
import { Announcer } from './announcer.ts';
import type { Tsrace } from './api.ts';
import { host, leave } from './host.ts';
import { print, warn } from './print.ts';
import { READY } from './ready.ts';
import { notesOf, PAGE, prefix, tell } from './tell.ts';

declare const TSRACE_VERSION: string;

const NativeChannel = globalThis.BroadcastChannel;

export function collect(runtime: ThreadRuntime, bell: Bell): (item: Uninstrumented) => void {
  const { tables } = runtime;
  const startedAt = new Date();
  const notes = new Map<string, Uninstrumented>();
  const note = (item: Uninstrumented): void => {
    notes.set(`${item.what}\n${item.why}`, item);
  };

  const announcer = new Announcer(function* (order) {
    runtime.tellUntold();
    for (const { report } of tables.racesFrom(order)) {
      // its thread is about to write it, and will ring
      if (report === undefined) return;
      yield JSON.parse(report) as Report;
    }
  });

  tell(runtime, bell);
  if (host === undefined) announcer.listen(print);
  bell.onRing(() => announcer.gather());
  const channel = new NativeChannel(notesOf(bell));
  channel.onmessage = ({ data }) => note(JSON.parse(data as string) as Uninstrumented);

  const races: Tsrace['races'] = () => {
    announcer.gather();
    const counts = tables.raceCounts();
    return announcer.reports.map(({ race }, order) => ({ ...race, count: counts[order] ?? 1 }));
  };
  const api: Tsrace = {
    races,
    document() {
      const found = races();
      const threads = tables.threads().map((info) => threadReport(info, tables, PAGE, prefix()));
      const unchecked = threads.flatMap(({ state, file }) =>
        state === 'starting'
          ? [{ what: file, why: 'this worker runs unchecked: it does not begin with tsrace/web' }]
          : [],
      );
      const { events, edges } = tables.syncCounts();
      const weaknesses = tables.weaknesses().map((why) => ({ what: 'detector', why }));
      return {
        schemaVersion: 1,
        tool: { name: 'tsrace', version: TSRACE_VERSION },
        command: [globalThis.location.href],
        startedAt: startedAt.toISOString(),
        durationMs: Date.now() - startedAt.getTime(),
        races: found,
        threads,
        summary: {
          races: found.length,
          threads: threads.length,
          sharedBuffers: tables.bufferCount(),
          accessesChecked: tables.accessesRecorded(),
          syncEvents: events,
          edges,
          files: tables.siteUse().map((use) => coverageOf(use, PAGE, String)),
          uninstrumented: [...notes.values(), ...unchecked, ...weaknesses],
        },
      };
    },
    onRace: (told) => announcer.listen(told),
  };
  Object.defineProperty(globalThis, '__tsrace__', { value: Object.freeze(api), configurable: true });
  if (host !== undefined) leave({ host, runtime, analysis: bell.analysis, document: api.document });
  // for those that were here before this code
  globalThis.dispatchEvent(new Event(READY));
  return (item) => {
    note(item);
    if (host === undefined && item.what !== 'WebAssembly') warn(`${item.what}: ${item.why}`);
  };
}

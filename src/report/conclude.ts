/**
 * The end of a run: merges what all processes of the tree left on disk into one document. Races are merged by
 * fingerprint and their counts added; a process that was killed counts each of its races once.
 */
import { version } from '../version.ts';
import { Coverage } from './coverage.ts';
import { type KnownRaces, type Rule, readKnown } from './known/known.ts';
import { readRecords } from './records.ts';
import type { RaceDocument, RaceReport, Report, ThreadReport, Uninstrumented } from './report.ts';

export interface Run {
  command: string[];
  startedAt: Date;
}

export interface Conclusion {
  document: RaceDocument;
  /** how often races that count were seen, all together */
  seen: number;
  /** a process ended itself after its first report */
  halted: boolean;
  /** there is a race that counts, or a suppression that no longer does */
  fails: boolean;
  /** entries that silence nothing any more, and those that had nothing to silence, as `tsrace.suppressions:3` and pattern */
  suppressions: { expired: KnownRaces['expired']; unused: Pick<Rule, 'by' | 'pattern'>[] };
  /** races that were kept for a test to tell, and none did */
  untold: Report[];
}

export function conclude(directory: string, { command, startedAt }: Run): Conclusion {
  const races = new Map<string, RaceReport>();
  const threads = new Map<string, ThreadReport>();
  const uninstrumented = new Map<string, Uninstrumented>();
  /** pid → id of the race by the order of its report, and how often it was seen */
  const processes = new Map<string, { ids: string[]; counts: number[] }>();
  const processOf = (pid: string): { ids: string[]; counts: number[] } => {
    let found = processes.get(pid);
    if (found === undefined) {
      found = { ids: [], counts: [] };
      processes.set(pid, found);
    }
    return found;
  };
  const sums = { sharedBuffers: 0, accessesChecked: 0, syncEvents: 0, edges: 0 };
  const coverage = new Coverage();
  let halted = false;
  const untold: Report[] = [];
  const used = new Set<string>();
  const records = readRecords(directory);
  const told = new Map(
    records.flatMap((record) => (record.type === 'told' ? [[`${record.pid} ${record.order}`, record]] : [])),
  );

  for (const record of records) {
    switch (record.type) {
      case 'race': {
        const { race } = record.report;
        const pid = pidOf(race.accesses[0].thread);
        if (race.suppressed) used.add(race.suppressed.by);
        const by = told.get(`${pid} ${record.order}`);
        if (by?.expected) break;
        if (record.held && by === undefined) untold.push(record.report);
        processOf(pid).ids[record.order] = race.id;
        const known = races.get(race.id);
        if (known === undefined) races.set(race.id, race);
        else known.tests = [...new Set([...known.tests, ...race.tests])];
        for (const thread of record.report.threads)
          if (!threads.has(thread.id)) threads.set(thread.id, thread);
        break;
      }
      case 'end': {
        processOf(String(record.pid)).counts = record.counts;
        for (const thread of record.threads) threads.set(thread.id, thread);
        const { summary } = record;
        sums.sharedBuffers += summary.sharedBuffers;
        sums.accessesChecked += summary.accessesChecked;
        sums.syncEvents += summary.syncEvents ?? 0;
        sums.edges += summary.edges ?? 0;
        coverage.add(summary.files ?? []);
        for (const item of summary.uninstrumented) uninstrumented.set(item.what + item.why, item);
        break;
      }
      case 'uninstrumented':
        uninstrumented.set(record.what + record.why, { what: record.what, why: record.why });
        break;
      case 'halt':
        halted = true;
    }
  }

  for (const race of races.values()) race.count = 0;
  let seen = 0;
  for (const { ids, counts } of processes.values()) {
    ids.forEach((id, order) => {
      const count = counts[order] ?? 1;
      const race = races.get(id) as RaceReport;
      race.count += count;
      if (race.suppressed === undefined) seen += count;
    });
  }
  const document: RaceDocument = {
    schemaVersion: 1,
    tool: { name: 'tsrace', version },
    command,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    races: [...races.values()],
    threads: [...threads.values()],
    summary: {
      races: races.size,
      threads: threads.size,
      ...sums,
      files: coverage.result(),
      uninstrumented: [...uninstrumented.values()],
    },
  };
  const { expired = [], rules = [] } = readKnown(directory) ?? {};
  const fails = expired.length > 0 || document.races.some(({ suppressed }) => suppressed === undefined);
  const unused = rules.filter(({ by }) => !used.has(by));
  return { document, seen, halted, untold, fails, suppressions: { expired, unused } };
}

const pidOf = (thread: string): string => thread.slice(0, thread.indexOf(':'));

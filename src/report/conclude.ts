/**
 * The end of a run: merges what all processes of the tree left on disk into one document. Races are merged by
 * fingerprint and their counts added; a process that was killed counts each of its races once.
 */
import { version } from '../version.ts';
import { readRecords } from './records.ts';
import type { RaceDocument, RaceReport, ThreadReport, Uninstrumented } from './report.ts';

export interface Run {
  command: string[];
  startedAt: Date;
}

export interface Conclusion {
  document: RaceDocument;
  /** how often races were seen, all together */
  seen: number;
  /** a process ended itself after its first report */
  halted: boolean;
}

export function conclude(directory: string, { command, startedAt }: Run): Conclusion {
  const races = new Map<string, RaceReport>();
  const threads = new Map<string, ThreadReport>();
  const uninstrumented = new Map<string, Uninstrumented>();
  const counted = new Map<string, number>();
  const totals = new Map<string, number>();
  let [sharedBuffers, accessesChecked, halted] = [0, 0, false];

  for (const record of readRecords(directory)) {
    switch (record.type) {
      case 'race': {
        const { race } = record.report;
        const pid = pidOf(race.accesses[0].thread);
        counted.set(`${pid} ${race.id}`, Math.max(race.count, counted.get(`${pid} ${race.id}`) ?? 0));
        if (!races.has(race.id)) races.set(race.id, race);
        for (const thread of record.report.threads)
          if (!threads.has(thread.id)) threads.set(thread.id, thread);
        break;
      }
      case 'end': {
        const pid = String(record.pid);
        totals.set(pid, record.seen);
        for (const thread of record.threads) threads.set(thread.id, thread);
        for (const [id, count] of Object.entries(record.counts)) counted.set(`${pid} ${id}`, count);
        sharedBuffers += record.summary.sharedBuffers;
        accessesChecked += record.summary.accessesChecked;
        for (const item of record.summary.uninstrumented) uninstrumented.set(item.what + item.why, item);
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
  const perProcess = new Map<string, number>();
  for (const [key, count] of counted) {
    const [pid = '', id = ''] = key.split(' ');
    const race = races.get(id);
    if (race !== undefined) race.count += count;
    perProcess.set(pid, (perProcess.get(pid) ?? 0) + count);
  }
  let seen = 0;
  for (const [pid, count] of perProcess) seen += Math.max(count, totals.get(pid) ?? 0);
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
      sharedBuffers,
      accessesChecked,
      uninstrumented: [...uninstrumented.values()],
    },
  };
  return { document, seen, halted };
}

const pidOf = (thread: string): string => thread.slice(0, thread.indexOf(':'));

/**
 * What the hooks (hooks.ts) find on a page in place of what the preload leaves under Node. The page may not wait for
 * its workers, and cannot know what is suppressed: so before the races of a test are looked at, those that are new go
 * to vitest's process (pages.ts) by a command of vitest's, and come back with a verdict.
 */
import type { SeenRace } from '../../../runtime/contract.ts';
import type { Report } from '../../report/report.ts';
import type { HostedPage } from '../../web/host.ts';
import type { Handle } from '../handle.ts';
import { createTesting, PATIENCE_MS, type Testing } from '../testing.ts';
import { PageCauses } from './page-causes.ts';
import { type News, send, type Verdict } from './page-message.ts';

// as they are before a test replaces them
const { setTimeout } = globalThis;
const now = performance.now.bind(performance);
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function handleOf({ host, runtime, analysis, document }: HostedPage): Handle {
  const { tables } = runtime;
  const verdicts = new Map<number, Verdict>();
  /** files whose source the runner shows */
  const shown = new Set<string>();
  let told: News['told'] = [];

  const causes = new PageCauses(runtime.causes, (some) => testing.oneOf(some));
  const testing: Testing = {
    ...createTesting({
      causes,
      tables: {
        addCause: (name) => tables.addCause(name),
        causeName: (cause) => tables.causeName(cause),
        racesFrom: (from) => tables.racesFrom(from).filter(isTold),
      },
      enterRealm() {},
      prefix: host.prefix,
      told: (order, expected) => told.push([order, expected]),
      pause() {},
      isSuppressed: (order) => verdicts.get(order)?.suppressed ?? false,
    }),
    ready: () =>
      inTurn(async () => {
        const races = await untold();
        if (told.length > 0 || races.length > 0) await tell(races);
      }),
    ended: () => inTurn(async () => tell(await untold())),
  };

  let last: Promise<void> = Promise.resolve();
  /** Tests that run at a time tell what they know one after the other. */
  function inTurn(step: () => Promise<void>): Promise<void> {
    const done = last.then(step);
    last = done.catch(() => {});
    return done;
  }

  function isTold({ order, report }: SeenRace): boolean {
    return order < verdicts.size && report !== undefined;
  }

  /** Those that have not been told, with the reports that their threads are about to write. */
  async function untold(): Promise<SeenRace[]> {
    for (const deadline = now() + PATIENCE_MS; ; await pause(5)) {
      runtime.tellUntold();
      const races = tables.racesFrom(verdicts.size);
      if (races.every(({ report }) => report !== undefined) || now() >= deadline) return races;
    }
  }

  async function tell(races: readonly SeenRace[]): Promise<void> {
    const { threads, summary } = document();
    const reports = races.map(({ report }): Report | null =>
      report === undefined ? null : JSON.parse(report),
    );
    const news: News = {
      analysis,
      from: verdicts.size,
      reports,
      told,
      end: { threads, summary, counts: tables.raceCounts() },
    };
    told = [];
    for (const verdict of await send(news)) {
      verdicts.set(verdicts.size, verdict);
      if (verdict.shown !== undefined) shown.add(verdict.shown);
    }
  }

  return { testing, evaluated: (file) => shown.has(file) };
}

/**
 * What the hooks (hooks.ts) find on a page in place of what the preload leaves under Node. The page may not wait for
 * its workers, and cannot know what is suppressed: so before the races of a test are looked at, those that are new go
 * to vitest's process (pages.ts) by a command of vitest's, and come back with a verdict.
 */
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
  /** by the places of races */
  const verdicts = new Map<number, Verdict>();
  /** the first place without one */
  let first = 0;
  /** places of races that nobody waits for: they are told once their threads have written them */
  const overdue = new Set<number>();
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
        racesFrom: (from) => tables.racesFrom(from).filter(({ order }) => verdicts.has(order)),
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

  /** Those that can be told; waits for what their threads are about to write. */
  async function untold(): Promise<[order: number, report: Report][]> {
    while (verdicts.has(first)) first++;
    for (const deadline = now() + PATIENCE_MS; ; await pause(5)) {
      runtime.tellUntold();
      const races = tables.racesFrom(first).filter(({ order }) => !verdicts.has(order));
      const unwritten = races.filter(({ order, report }) => report === undefined && !overdue.has(order));
      if (unwritten.length > 0 && now() < deadline) continue;
      for (const { order } of unwritten) overdue.add(order);
      return races.flatMap(({ order, report }) =>
        report === undefined ? [] : [[order, JSON.parse(report) as Report]],
      );
    }
  }

  async function tell(reports: News['reports']): Promise<void> {
    const { threads, summary } = document();
    const news: News = {
      analysis,
      reports,
      told,
      end: { threads, summary, counts: tables.raceCounts() },
    };
    told = [];
    for (const [at, verdict] of (await send(news)).entries()) {
      verdicts.set(reports[at]![0], verdict);
      if (verdict.shown !== undefined) shown.add(verdict.shown);
    }
  }

  return { testing, evaluated: (file) => shown.has(file) };
}

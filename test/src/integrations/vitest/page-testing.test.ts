/** What a page tells vitest's process of its races, and when: each once, with the report that its thread writes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SeenRace } from '../../../../runtime/contract.ts';
import { PATIENCE_MS } from '../../../../src/integrations/testing.ts';
import type { News, Verdict } from '../../../../src/integrations/vitest/page-message.ts';
import { handleOf } from '../../../../src/integrations/vitest/page-testing.ts';
import type { HostedPage } from '../../../../src/web/host.ts';
import { document, race as raceReport } from '../../documents.ts';

// before the module under test takes the timers that a program may replace
vi.hoisted(() => vi.useFakeTimers());

const TEST = 1;
const scope = globalThis as { __vitest_browser_runner__?: unknown };
let sent: News[];

beforeEach(() => {
  sent = [];
  scope.__vitest_browser_runner__ = {
    commands: {
      async triggerCommand(_: string, [text]: [string]): Promise<Verdict[]> {
        const news = JSON.parse(text) as News;
        sent.push(news);
        await after(10);
        return news.reports.map(() => ({ suppressed: false }));
      },
    },
  };
});
afterEach(() => {
  delete scope.__vitest_browser_runner__;
});

/** A page whose threads count races, and write their reports later. */
class Page {
  readonly races: SeenRace[] = [];
  readonly testing = handleOf({
    host: { channels: '', prefix: '' },
    analysis: 7,
    document: () => document([]),
    runtime: {
      causes: { current: () => TEST },
      tellUntold() {},
      tables: {
        racesFrom: (order: number) => this.races.slice(order),
        raceCounts: () => this.races.map(() => 1),
      },
    },
  } as unknown as HostedPage).testing!;

  count(): number {
    return this.races.push({ order: this.races.length, causes: [TEST, TEST], report: undefined }) - 1;
  }

  write(order: number): void {
    const report = { race: raceReport({ id: `${order}` }), threads: [], excerpts: [] };
    this.races[order]!.report = JSON.stringify(report);
  }

  /** of the running test */
  found(): string[] {
    return this.testing.races(new Set([TEST])).map(({ report: { race } }) => race.id);
  }
}

const told = (): string[][] => sent.map(({ reports }) => reports.map(([, { race }]) => race.id));

const after = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

test('a race that is counted while another one is on its way is told with its report', async () => {
  const page = new Page();
  page.write(page.count());
  const first = page.testing.ready!();
  const late = page.count();
  const second = page.testing.ready!();
  void after(100).then(() => page.write(late));
  await vi.advanceTimersByTimeAsync(1000);
  await Promise.all([first, second]);
  expect(told().flat()).toEqual(['0', '1']);
  expect(page.found()).toEqual(['0', '1']);
});

test('at the end of a file, too', async () => {
  const page = new Page();
  const late = page.count();
  const ended = page.testing.ended!();
  void after(100).then(() => page.write(late));
  await vi.advanceTimersByTimeAsync(1000);
  await ended;
  expect(told()).toEqual([['0']]);
});

test('a report that its thread never writes is waited for in vain, once', async () => {
  const page = new Page();
  page.count();
  page.write(page.count());
  const ready = [page.testing.ready!(), page.testing.ready!()];
  await vi.advanceTimersByTimeAsync(PATIENCE_MS - 100);
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  await Promise.all(ready);
  expect(told()).toEqual([['1']]);
  expect(page.found()).toEqual(['1']);
});

test('what is written too late for its test is told with what comes next', async () => {
  const page = new Page();
  const late = page.count();
  page.write(page.count());
  const first = page.testing.ready!();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS + 100);
  await first;
  page.write(late);
  const second = page.testing.ready!();
  await vi.advanceTimersByTimeAsync(100);
  await second;
  expect(told()).toEqual([['1'], ['0']]);
});

test('a test without races tells nothing', async () => {
  await new Page().testing.ready!();
  expect(sent).toEqual([]);
});

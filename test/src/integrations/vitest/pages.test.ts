/** What vitest's process makes of what a page tells: a process of the run. */
import { expect, test, vi } from 'vitest';
import type { News } from '../../../../src/integrations/vitest/page-message.ts';
import { Pages, type Speaker } from '../../../../src/integrations/vitest/pages.ts';
import type { PageRun } from '../../../../src/report/sink.ts';
import { access, document, frame, race, thread } from '../../documents.ts';

const { threads, summary } = document([]);

const news = (reports: News['reports'], told: News['told'] = []): string =>
  JSON.stringify({ analysis: 7, reports, told, end: { threads, summary, counts: [] } });

const report = (file: string): News['reports'][number][1] => ({
  race: race({ accesses: [access('current', { frames: [frame('f', file, 1)] }), access('previous')] }),
  threads: [thread('7:0', { file: 'http://localhost/' }), thread('7:1', { file: 'src/w.ts?worker_file' })],
  excerpts: [],
});

function opened(): { pages: Pages; run: { [K in 'race' | 'told' | 'ended']: ReturnType<typeof vi.fn> } } {
  const run = { race: vi.fn<PageRun['race']>(), told: vi.fn(), ended: vi.fn() };
  return { run, pages: new Pages({ open: () => ({ name: '1.1', ...run }), prefix: '/app/' }) };
}

const speaker: Speaker = {
  root: '/app',
  file: '/app/a.test.ts',
  shows: (file) => file === '/app/src/shown.ts',
};

test('races have their places, and verdicts in the order of the message', () => {
  const { pages, run } = opened();
  run.race.mockReturnValueOnce({ reason: 'known', by: 'us' });
  const verdicts = pages.hear(
    news([
      [3, report('src/a.ts')],
      [1, report('src/shown.ts')],
    ]),
    speaker,
  );
  expect(verdicts).toEqual([{ suppressed: true }, { suppressed: false, shown: '/app/src/shown.ts' }]);
  expect(run.race.mock.calls.map(([order]) => order)).toEqual([3, 1]);
  const [, { threads: of }] = run.race.mock.calls[0]!;
  expect(of).toMatchObject([
    { id: '1.1:0', file: 'a.test.ts' },
    { id: '1.1:1', parent: '1.1:0', file: 'src/w.ts' },
  ]);
  pages.hear(news([], [[3, true]]), speaker);
  expect(run.told.mock.calls).toEqual([[3, true]]);
  expect(run.ended).toHaveBeenCalledTimes(2);
});

test('a race is heard once', () => {
  const { pages } = opened();
  pages.hear(news([[0, report('src/a.ts')]]), speaker);
  expect(() => pages.hear(news([[0, report('src/a.ts')]]), speaker)).toThrow('race 0, which was told before');
});

test('a page that is not checked says so', () => {
  const { pages, run } = opened();
  expect(pages.hear('null', speaker)).toBeUndefined();
  expect(run.ended).not.toHaveBeenCalled();
});

test.each([
  ['no text', 7, 'must be a string'],
  ['a report', news([[0, {} as never]]), 'reports[0][1].race must be an object'],
])('what is wrong is told: %s', (_, message, what) => {
  expect(() => opened().pages.hear(message, speaker)).toThrow(what);
});

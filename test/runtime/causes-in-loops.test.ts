/** A worker that takes a message in the middle of a loop: what the loop does from then on is the sender's. */
import { expect, test } from 'vitest';
import { partsFor } from '../../runtime/core/core.ts';
import { Detector } from '../../runtime/core/detector.ts';
import { PLAIN_WRITE } from '../../runtime/core/shadow/kind.ts';
import type { View } from '../../runtime/interface.ts';
import { createMainRuntime } from '../../runtime/thread.ts';

const SITE = 0x3000_0001;
const [FIRST, SECOND] = [5, 6];
/** accesses, more than are put off */
const MANY = 300;

test('each access has the cause of its turn', () => {
  const runtime = createMainRuntime('causes');
  const seq = runtime.fork({ file: 'other', name: '' });
  const { registry, locks, records, recovery, buffers } = partsFor(runtime.segments, seq);
  const other = new Detector(seq, registry, locks, records, recovery);
  const words = new Int32Array(new SharedArrayBuffer(64));
  const id = runtime.share(words.buffer as unknown as SharedArrayBuffer);
  const view = (words as unknown as Record<symbol, View>)[runtime.hooks.S]!;

  runtime.causes.serve(FIRST);
  const way = view.w(0, SITE);
  expect(way).toBeDefined();
  expect(view.w(1, SITE, way)).toBe(way);
  runtime.causes.take(FIRST);
  expect(view.w(2, SITE, way)).toBe(way);
  runtime.causes.take(SECOND);
  const second = view.w(3, SITE, view.w(4, SITE, way));
  // what others do meanwhile for another cause is an epoch of its own, and so is what comes then
  runtime.causes.run(FIRST, () => view.w(5, SITE));
  view.w(6, SITE, second);
  runtime.causes.run(FIRST, () => view.w(6, SITE));
  // also where the epoch remembers it
  for (let i = 0; i < MANY; i++) view.w(7, SITE);
  runtime.causes.run(FIRST, () => {
    view.w(7, SITE);
    for (let i = 0; i < MANY; i++) view.w(8, SITE);
  });
  view.w(8, SITE);
  runtime.end();

  other.elements(buffers.get(id), 2, 0, 9, 1, PLAIN_WRITE, 0);
  const causes = other
    .takeRaces()
    .map(({ byteOffset, previous }) => [byteOffset / 4, runtime.tables.causeOf(previous.stack)]);
  expect(causes.sort(([a = 0], [b = 0]) => a - b)).toEqual([
    [0, FIRST],
    [1, FIRST],
    [2, FIRST],
    [3, SECOND],
    [4, SECOND],
    [5, FIRST],
    [6, FIRST],
    [7, FIRST],
    [8, SECOND],
  ]);
});

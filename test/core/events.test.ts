/** What a thread did to be ordered, as a report tells it: sync/event-log.ts. */
import { expect, test } from 'vitest';
import { EventKind, EventLog } from '../../runtime/core/sync/event-log.ts';
import { nextCore } from './memory.ts';

test('each atomic write is an event, after the release that it has read', () => {
  const core = nextCore();
  const buffer = core.buffer(64);
  const main = core.main();
  const [one, other] = [main.fork(), main.fork()];
  const tid = one.detector.tid;
  for (let i = 0; i < 3; i++) one.atomic(buffer, 8, 4, 'store', 10 + i);
  other.atomic(buffer, 8, 4, 'rmw', 20);
  for (let i = 0; i < 3; i++) one.atomic(buffer, 8, 4, 'rmw', 30 + i);

  const events = new EventLog(one.parts.memory.events).of(tid).filter(({ kind }) => kind !== EventKind.START);
  const word = { seq: one.seq, object: buffer, place: 8 };
  const store = { ...word, kind: EventKind.ATOMIC_STORE, source: 0 };
  const update = { ...word, kind: EventKind.ATOMIC_UPDATE, source: 0 };
  expect(events).toEqual([
    expect.objectContaining({ ...store, clock: 1, stack: 10 }),
    expect.objectContaining({ ...store, clock: 2, stack: 11 }),
    expect.objectContaining({ ...store, clock: 3, stack: 12 }),
    expect.objectContaining({ ...update, clock: 4, stack: 30, source: other.detector.tid, sourceClock: 1 }),
    expect.objectContaining({ ...update, clock: 5, stack: 31 }),
    expect.objectContaining({ ...update, clock: 6, stack: 32 }),
  ]);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Causes } from '../../runtime/causes.ts';

test('without a runner there is none, and nothing is watched', () => {
  const causes = new Causes();
  causes.begin(0);
  causes.serve(0);
  causes.take(7);
  expect([causes.active, causes.current(), causes.run(7, () => causes.current())]).toEqual([false, 0, 0]);
});

test('what a cause starts keeps it, also when two take turns', async () => {
  const causes = new Causes();
  causes.begin(1);
  const twice = async (): Promise<number[]> => {
    const first = causes.current();
    await sleep(5);
    return [first, causes.current()];
  };
  const both = await Promise.all([causes.run(2, twice), causes.run(3, twice)]);
  expect([...both, causes.current()]).toEqual([[2, 2], [3, 3], 1]);
});

test('a worker goes on for the sender of the message that it takes; a thread of tests does not', () => {
  const worker = new Causes();
  worker.serve(4);
  worker.run(5, () => {
    worker.take(6);
    expect(worker.current()).toBe(6);
  });
  expect(worker.current()).toBe(4);
  const tests = new Causes();
  tests.begin(4);
  tests.take(6);
  expect(tests.current()).toBe(4);
});

/** Who hears of a page's reports, and how often. The tables have more of them whenever somebody looks. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { Announcer } from '../../../src/web/announcer.ts';
import { race } from '../documents.ts';

const report = (id: string): Report => ({ race: race({ id }), threads: [], excerpts: [] });

let written: Report[];
let announcer: Announcer;
beforeEach(() => {
  written = [];
  announcer = new Announcer((order) => written.slice(order));
});

const found = (...ids: string[]): void => void written.push(...ids.map(report));
const known = (): string[] => announcer.reports.map(({ race: { id } }) => id);

/** What a listener hears, by its ids; it does `step` with each. */
function ear(step: (id: string) => void = () => {}): { heard: string[]; stop: () => void } {
  const heard: string[] = [];
  const stop = announcer.listen(({ race: { id } }) => {
    heard.push(id);
    step(id);
  });
  return { heard, stop };
}

test('a listener hears what was there, and what comes', () => {
  found('a');
  const { heard, stop } = ear();
  found('b', 'c');
  announcer.gather();
  stop();
  found('d');
  announcer.gather();
  expect(heard).toEqual(['a', 'b', 'c']);
  expect(known()).toEqual(['a', 'b', 'c', 'd']);
});

test('a listener that asks for all races hears each of them once, as do others', () => {
  const asking = ear(() => announcer.gather());
  const other = ear();
  found('a', 'b', 'c');
  announcer.gather();
  expect(known()).toEqual(['a', 'b', 'c']);
  expect(asking.heard).toEqual(['a', 'b', 'c']);
  expect(other.heard).toEqual(['a', 'b', 'c']);
});

test('what is found while a new listener hears of the earlier ones comes to it, too', () => {
  found('a');
  const early = ear();
  const late = ear((id) => {
    if (id === 'a') found('b');
    announcer.gather();
  });
  expect([early.heard, late.heard]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('a listener that another one brings hears each once', () => {
  let brought: string[] | undefined;
  const bringing = ear(() => {
    brought ??= ear().heard;
  });
  found('a', 'b');
  announcer.gather();
  expect([bringing.heard, brought]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('an error of a listener is its own', () => {
  const thrown = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
  try {
    ear(() => {
      throw new Error('mine');
    });
    const other = ear();
    found('a');
    announcer.gather();
    expect(other.heard).toEqual(['a']);
    expect(() => thrown.mock.calls[0]![0]()).toThrow('mine');
  } finally {
    thrown.mockRestore();
  }
});

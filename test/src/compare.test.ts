import { expect, test } from 'vitest';
import { compare } from '../../src/report/compare.ts';
import { race } from './documents.ts';

const of = (id: string, stableId?: string): ReturnType<typeof race> =>
  race({ id, ...(stableId !== undefined && { stableId }) });

test('a race is the same by its id, or by what stands at its place', () => {
  const older = [of('a', 'sa'), of('b'), of('c', 'sc'), of('d', 'sd')];
  const newer = [of('a', 'other'), of('b'), of('moved', 'sc'), of('e', 'se')];
  const { fresh, gone, same } = compare(older, newer);
  const ids = (races: { id: string }[]): string[] => races.map(({ id }) => id);
  expect([ids(fresh), ids(gone), ids(same)]).toEqual([['e'], ['d'], ['a', 'b', 'moved']]);
});

test('two of older versions, which have one id only, are not the same by having none', () => {
  expect(compare([of('a')], [of('b')]).fresh).toHaveLength(1);
});

test('a suppressed race is not new', () => {
  const known = race({ id: 'b', suppressed: { reason: 'x', by: 'y' } });
  expect(compare([], [known])).toEqual({ fresh: [], gone: [], same: [] });
});

/** Built modules' ranges of site numbers: translated where they are known, and never wrongly. */
import { expect, test } from 'vitest';
import { PlacedSites, unpackTable } from '../../runtime/placed-sites.ts';

test('numbers of several modules are told apart', () => {
  const sites = new PlacedSites();
  expect(sites.add(1000, 10, 50)).toBe(true);
  expect(sites.add(500, 5, 80)).toBe(true);
  expect(sites.add(1010, 2, 90)).toBe(true);
  expect([1000, 1009, 500, 504, 1010, 1011].map((site) => sites.get(site))).toEqual([50, 59, 80, 84, 90, 91]);
  expect([499, 505, 999, 1012, 0].map((site) => sites.get(site))).toEqual([0, 0, 0, 0, 0]);
});

test('a module that is there already, from another bundle, changes nothing', () => {
  const sites = new PlacedSites();
  expect(sites.add(1000, 10, 50)).toBe(true);
  expect(sites.add(1000, 10, 50)).toBe(true);
  expect(sites.get(1003)).toBe(53);
});

test('where two modules overlap, the first keeps its numbers and the second its others', () => {
  const sites = new PlacedSites();
  sites.add(1000, 10, 50);
  expect(sites.add(1005, 10, 200)).toBe(false);
  expect(sites.get(1007)).toBe(57);
  expect(sites.get(1012)).toBe(207);
  expect(sites.add(995, 10, 300)).toBe(false);
  expect(sites.get(996)).toBe(301);
  expect(sites.get(1000)).toBe(50);
});

test('a table comes out as it was packed', () => {
  const table = unpackTable({ file: 'a.ts', names: ['f', 'x'], sites: [1, 2, 3, 0, 1, 4, 5, 6, 1, 0] });
  expect(table).toEqual({
    file: 'a.ts',
    names: ['f', 'x'],
    sites: [
      { line: 1, column: 2, flags: 3, fn: 0, text: 1 },
      { line: 4, column: 5, flags: 6, fn: 1, text: 0 },
    ],
  });
});

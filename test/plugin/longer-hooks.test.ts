/** Where V8 inlines all hooks of a function's loops, they are the longer ones. */
import { expect, test } from 'vitest';
import { instrument } from '../../plugin/instrument.ts';

/** The hooks of elements, in order. */
const hooksOf = (body: string): string => hooksIn(`export function f(a, b, n) { ${body} }`);

function hooksIn(module: string): string {
  const { code } = instrument(module, 'f.js', {});
  return [...code.matchAll(/\?\.([rwu])\(/gi)].map(([, name]) => name).join('');
}

const reads = (count: number): string =>
  Array.from({ length: count }, (_, i) => `g(a[n >> ${i}]);`).join(' ');
const loop = (code: string): string => `while (n-- > 0) { ${code} }`;

test('of few they are', () => {
  expect(hooksOf(loop(reads(5)))).toBe('RRRRR');
  expect(hooksOf(loop('g(); a[n & 7] = 1; a[n & 3]++; b[n] = a[n >> 2];'))).toBe('WURW');
});

test('of more than V8 inlines none is', () => {
  expect(hooksOf(loop(reads(6)))).toBe('rrrrrr');
  expect(hooksOf(loop(`${reads(1)} ${loop('g(); a[n] = 1; b[n] = 1; a[n >> 1] = 1; b[n >> 1] = 1;')}`))).toBe(
    'rwwww',
  );
});

test('those in no loop are short, and count for nothing', () => {
  expect(hooksOf(`${reads(6)} ${loop(reads(2))}`)).toBe('rrrrrrRR');
});

test('so are those in a loop that stands beside one of ranges', () => {
  expect(hooksOf(`let s = 0; for (let i = 0; i < n; i++) s += a[i]; ${loop(reads(5))} return s;`)).toBe(
    'rRRRRR',
  );
});

test('but not in one that has no ranges: it runs wherever memory is shared', () => {
  expect(hooksOf('let s = 0; while (s < n) s += a[s & 7]; return s;')).toBe('R');
});

test('each function has its own', () => {
  expect(hooksOf(`${loop(reads(4))} return () => { ${loop(reads(4))} };`)).toBe('RRRRRRRR');
});

test('so has a module, a static block and an arrow function', () => {
  expect(hooksIn(loop(reads(5)))).toBe('RRRRR');
  expect(hooksIn(`export class K { static { ${loop(reads(2))} } f = (a, n) => { ${loop(reads(2))} } }`)).toBe(
    'RRRR',
  );
});

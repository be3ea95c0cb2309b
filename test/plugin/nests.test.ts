/** Which loops inside each other are steady as one (plugin/rewrite/nest.ts). What they touch: quiet-loops.test.ts. */
import { expect, test } from 'vitest';
import { instrument } from '../../plugin/instrument.ts';

/** How many loops the largest nest has that is checked as one. */
function largest(body: string): number {
  const source = `function f(a, b, n, k, m) { let s = 0; ${body} return s; }`;
  const { code } = instrument(source, '/program.js', { sourceType: 'commonjs' });
  const grids = [...code.matchAll(/\.g\((.*?)\)\)/g)].map(([, args]) => args!.match(/_n\d+/g)!.length);
  return Math.max(0, ...grids);
}

test.for<[loops: number, what: string, body: string]>([
  [2, 'rows', 'for (let y = 0; y < n; y++) for (let x = 0; x < k; x++) s += a[y * k + x];'],
  [
    3,
    'matrices, multiplied',
    'for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { let t = 0; for (let p = 0; p < n; p++) t += a[i * n + p] * b[p * n + j]; s += t; }',
  ],
  [
    2,
    'an index of its own',
    'for (let y = 1; y < n; y++) { const end = y * k + k - 1; for (let i = y * k + 1; i < end; i++) b[i] = a[i - k]; }',
  ],
  [
    3,
    'each from where the one around it is',
    'for (let i = 0; i < n; i++) for (let j = i; j < i + 3; j++) for (let p = j; p < j + 4; p++) s += a[p];',
  ],
  [
    4,
    'a convolution',
    'for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) for (let v = 0; v < 3; v++) { const row = (y + v) * n; for (let w = 0; w < 3; w++) s += a[row + x + w]; }',
  ],
  [2, 'every second', 'for (let y = 0; y <= n; y += 2) for (let x = m; x < k; x += m) a[y * k + x]++;'],
  [
    2,
    'two in one',
    'for (let y = 0; y < n; y++) { for (let x = 0; x < k; x++) s += a[x]; for (let x = 0; x < m; x++) s += a[y + x]; }',
  ],
  [
    2,
    'up to the length of a view',
    'for (let y = 0; y < n; y++) for (let x = 0; x < a.length; x++) s += a[x];',
  ],
])('%i loops are checked as one: %s', ([loops, , body]) => {
  expect(largest(body)).toBe(loops);
});

test.for<[loops: number, what: string, body: string]>([
  [0, 'a triangle', 'for (let y = 0; y < n; y++) for (let x = 0; x < y; x++) s += a[y * n + x];'],
  [0, 'an inner step that changes', 'for (let y = 1; y < n; y++) for (let x = 0; x < k; x += y) s += a[x];'],
  [
    0,
    'an outer step that changes',
    'for (let y = 1; y < n; y += y) for (let x = 0; x < k; x++) s += a[y + x];',
  ],
  [0, 'a product of counters', 'for (let y = 0; y < n; y++) for (let x = 0; x < k; x++) s += a[x * y];'],
  [0, 'an index by an index', 'for (let y = 0; y < n; y++) for (let x = 0; x < k; x++) s += b[a[x]];'],
  [0, 'a bound that is an element', 'for (let y = 0; y < n; y++) for (let x = 0; x < b[0]; x++) s += a[x];'],
  [
    0,
    'a bound that the turns change',
    'for (let y = 0; y < n; y++) { k += 1; for (let x = 0; x < k; x++) s += a[x]; }',
  ],
  [
    0,
    'a counter that the turns change',
    'for (let y = 0; y < n; y++) { for (let x = 0; x < k; x++) s += a[x]; y++; }',
  ],
  [0, 'a counter from outside', 'let x; for (let y = 0; y < n; y++) for (x = 0; x < k; x++) s += a[x];'],
  [0, 'an early end', 'for (let y = 0; y < n; y++) for (let x = 0; x < k; x++) { if (a[x] > 3) break; }'],
  [
    0,
    'an access that is not always made',
    'for (let y = 0; y < n; y++) { if (y > k) s += a[y]; for (let x = 0; x < k; x++) s += x; }',
  ],
  [
    0,
    'a name that was of the turn before',
    'for (let y = 0; y < n; y++) { for (let x = 0; x < k; x++) s += a[t + x]; var t = y; }',
  ],
  [
    0,
    'a name that gets another value',
    'for (let y = 0; y < n; y++) { let t = y; t *= y; for (let x = 0; x < k; x++) s += a[t + x]; }',
  ],
  [
    0,
    'a name that means another loop in an inner one',
    'for (let i = 0; i < n; i++) for (let j = 0; j < 3; j++) { const c = j * 2; for (let j = 0; j < 4; j++) s += a[c + j]; }',
  ],
  [
    4,
    'the fifth loop around four',
    `for (let u = 0; u < n; u++) for (let i = 0; i < n; i++) for (let j = 0; j < 3; j++) for (let p = 0; p < 3; p++) for (let q = 0; q < 3; q++) s += a[i + j + p + q + u];`,
  ],
])('not more than %i: %s', ([loops, , body]) => {
  expect(largest(body)).toBe(loops);
});

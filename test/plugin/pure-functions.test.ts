/** Which functions are said to only compute (plugin/pure-functions.ts): those that surely do. */
import { describe, expect, test } from 'vitest';
import { instrument } from '../../plugin/instrument.ts';

/** The names that the code tells the runtime. */
function told(code: string, sourceType: 'module' | 'commonjs' | 'script' = 'module'): string[] {
  const [, names] = /__tsrace\.x\(([^)]*)\)/.exec(instrument(code, '/m.ts', { sourceType }).code) ?? [];
  return names?.split(', ') ?? [];
}

describe('only computes', () => {
  test.for([
    'function f(x) { return x + 1; }',
    'export function f(x: number): number { return (x as number)! * 2; }',
    'export default function f(x) { return -x; }',
    'const f = (x) => x ** 2;',
    'export const f = function (x, y = 1) { return x > y ? x : y; };',
    'function f() {}',
    'function f(x) { x ^= x << 13; x++; return x || 1; }',
    'function f(x) { return Math.imul(x, Math.max(x, 3)); }',
    'function f(x) { let t; if (x > 1) t = x; else { const u = x; t = u; } return t; }',
    'const N = 1 << 4; function f(x) { return x % N; }',
    'function f(x) { return g(x) + 1; } function g(x) { return x / 2; }',
    'function f(x) { for (let i = 0; i < 8; i++) { if (x & i) continue; x >>= 1; } return x; }',
    'function f(x) { for (let i = 7, t = x; i >= 0; i -= 2, t++) x += t; return x; }',
    'const LIMIT = 250; function f(x) { let i = 0; while (i < LIMIT && x * x < 4) { x += i; i++; } return i; }',
    'function f(x) { let i = -3; while (x > 0 && i <= 9) { if (i > 5) break; i += 1; } }',
    'function f(x) { for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) x += i * j; return x; }',
  ])('%s', (code) => {
    expect(told(code)).toContain('f');
  });
});

describe('may do more', () => {
  test.for([
    // of others
    'let n = 0; function f(x) { n++; return x; }',
    'let n = 0; function f(x) { return n + x; }',
    'var n = 3; function f(x) { return n + x; }',
    'const n = [1][0]; function f(x) { return n + x; }',
    'import { n } from "n"; function f(x) { return n + x; }',
    'function f(x) { return globalThis; }',
    'function f(x) { return unheardOf; }',
    'function f(x) { return x.y; }',
    'function f(x) { return x[0]; }',
    'function f(x) { return this; }',
    'function f(x) { return arguments; }',
    'function f(x) { return [x]; }',
    'function f(x) { return "" + x; }',
    'function f(x) { return 1n; }',
    'function f(x) { return () => x; }',
    // calls
    'function f(x) { return g(x); }',
    'function f(x) { return f(x - 1); }',
    'function f(x) { return x ? g(x - 1) : 0; } function g(x) { return f(x); }',
    'function f(x) { return Atomics.load(x, 0); }',
    'function f(x) { return Math.nothing(x); }',
    'function f(x) { return Math["max"](x); }',
    'function f(...x) { return Math.max(...x); }',
    'function f(x, Math) { return Math.max(x); }',
    'let g = (x) => x; function f(x) { return g(x); } g = null;',
    'function f(x) { return eval("x"); }',
    'function f(x) { return g(x) } function g(x) { return h(x) } function h(x) { return i(x) } function i(x) { return j(x) } function j(x) { return x }',
    // that throws
    'function f(x) { throw x; }',
    'function f(x) { const y = x; y = 2; }',
    'function f(x) { y = x; let y; return y; }',
    'function f(x) { let y = y + x; return y; }',
    'function f(x) { if (x) { return y; } const y = 1; }',
    'function f(x = y, y) { return x; }',
    'function f(x) { const N = 1; { N++; } }',
    // that is no plain function
    'async function f(x) { return x; }',
    'function* f(x) { return x; }',
    'function f({ x }) { return x; }',
    'function f([x]) { return x; }',
    // that may go on for ever
    'function f(x) { for (;;) x++; }',
    'function f(x) { while (x > 0) x--; }',
    'function f(x, n) { for (let i = 0; i < n; i++) x++; return x; }',
    'function f(x) { for (let i = x; i < 9; i++) x++; return x; }',
    'function f(x) { for (let i = 0; i < 9; i--) x++; return x; }',
    'function f(x) { for (let i = 0; i < 9; x++) i = 0; return x; }',
    'function f(x) { for (let i = 0; i < 9; i++) i = 0; return x; }',
    'function f(x) { for (let i = 0; i < 9; i++) i -= 1; return x; }',
    'function f(x) { for (let i = 0; i < 9; i += x) x++; return x; }',
    'function f(x) { for (let i = 0; i < 9 || x; i++) x++; return x; }',
    'function f(x) { for (let i = 0; i < 9e99; i++) x++; return x; }',
    'function f(x) { for (let i = 0; i < 9; i += 0.1) x++; return x; }',
    'function f(x) { let i = 0; while (i < 9) { if (x) continue; i++; } }',
    'function f(x) { let i = 0; while (i < 9) { if (x) i++; } }',
    'function f(x) { let i = 0; while (i < 9) { for (i = 0; i < 3; i++) x++; i++; } }',
    'function f(x) { let i; while (i < 9) i++; }',
    'function f(x) { for (let i = 0; i < 9; i++) for (let j = 0; j < i; j++) x++; }',
    'function f(x) { a: for (let i = 0; i < 9; i++) for (let j = 0; j < 9; j++) continue a; }',
    'function f(x) { do x++; while (x < 9); }',
    'function f(x) { for (const i of [1]) x++; }',
  ])('%s', (code) => {
    expect(told(code)).not.toContain('f');
  });

  test('in a script, where others may declare it again', () => {
    expect(told('function f(x) { return x; }', 'script')).toEqual([]);
    expect(told('function f(x) { return x; }', 'commonjs')).toEqual(['f']);
  });

  test.for([
    'function f(x) { return x; } function f(x) { x(); }',
    'function f(x) { return x; } f = null;',
    'function f(x) { return g(x); } function g(x) { return x; } function g(x) { x(); }',
    '{ function f(x) { return x; } }',
  ])('%s, by a name that has two meanings', (code) => {
    expect(told(code, 'commonjs')).toEqual([]);
  });
});

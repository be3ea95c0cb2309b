import { describe, expect, it } from 'vitest';
import { instrument } from '../../plugin/instrument.ts';
import { relocate } from '../../plugin/relocate.ts';

describe('relocate', () => {
  it('adds the base to each site and changes no length', () => {
    const { code } = instrument('function f(a, i) { a[i] = g(a[0]); }', 'a.js');
    const moved = relocate(code, 0xabcd);
    expect(moved).toHaveLength(code.length);
    expect(code.match(/0x3_\w{7}/g)!.map((raw) => Number(raw) + 0xabcd)).toEqual(
      moved.match(/0x3_\w{7}/g)!.map(Number),
    );
  });

  it('never touches what the user wrote', () => {
    const source = [
      'const n = 0x3_0000001, s = "0x3_0000002", t = `0x3_0000003$' + '{n}0x3_0000004`; // 0x3_0000005',
      'const r = /^0x3_0000006$/; /* 0x3_0000007 */',
      'export default [n, s, t, r.test("0x3_0000006")];',
    ].join('\n');
    const { code } = instrument(source, 'a.mjs');
    const withoutSites = (text: string): string => text.replace(/__tsrace\.s\[_d\] = \w+;/g, '');
    expect(withoutSites(relocate(code, 99))).toBe(withoutSites(code));
    const run = (text: string): unknown => {
      const body = text.replace('export default', 'return').replaceAll('__tsrace', '({ s: [], d: 0 })');
      return new Function(body)();
    };
    expect(run(code.replace('++__tsrace.d', '0'))).toEqual(run(source));
  });

  it('gives no second number to code that was instrumented in another thread', () => {
    const first = relocate(instrument('function f(a) { return a[0]; }', 'a.js').code, 7);
    const again = instrument(`(${first})(view); g();`, 'b.js').code;
    expect(again).toContain(String(0x3000_0007));
    expect(relocate(again, 1)).toContain(String(0x3000_0007));
  });
});

describe('what is left alone', () => {
  it('is a file that says so', () => {
    const source = '/* tsrace-ignore-file */\nf(a[0]);\n';
    expect(instrument(source, 'a.js').code.trim()).toBe(source.trim());
    expect(instrument(source, 'a.js').sites.sites).toEqual([]);
  });

  it('is an access on a line after a comment that says so', () => {
    const { sites } = instrument('// tsrace-ignore-next-line\na[0] = b[0];\na[1];\n', 'a.js');
    expect(sites.sites.map(({ line }) => line)).toEqual([3]);
  });

  it('is a function that is instrumented already, and not the code around it', () => {
    const { code, sites } = instrument(
      'function f(a) { return a?.[__tsrace.S]?.r(0, 1), a[0]; }\nfunction g(a) { return a[0]; }\n',
      'a.js',
    );
    expect(code.split('\n')[0]).toBe('function f(a) {return a?.[__tsrace.S]?.r(0, 1), a[0];}');
    expect(sites.sites).toHaveLength(1);
  });

  it('is a whole program that is instrumented already', () => {
    const { code } = instrument('f(a[0]);', 'a.js');
    expect(instrument(code, 'a.js').sites.sites).toEqual([]);
  });

  it('is what cannot be a view or an index', () => {
    const source = `
      const list = [1], text = 'x', map = new Map(); let table = {}; table = [];
      export function f(o, i, ...rest) {
        o['name']; o[Symbol.iterator]; o[\`a\${i}\`]; 'abc'[i]; [1, 2][i]; arguments[i]; rest[i]; list[i]; table[i];
        map[i]; text[i]; o[i].name; o[i][0].weight;  delete o[i]; i in o; o['a' + i]; o[typeof i];
      }`;
    expect(instrument(source, 'a.mjs').sites.sites.filter(({ flags }) => !(flags & 4))).toEqual([]);
  });

  it("is what Babel cannot parse: the error is Babel's, with its place", () => {
    expect(() => instrument('let a = ;', 'a.js')).toThrow(
      expect.objectContaining({ loc: { line: 1, column: 8, index: 8 } }),
    );
  });
});

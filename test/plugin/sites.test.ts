import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { describe, expect, it } from 'vitest';
import { type InstrumentOptions, instrument } from '../../plugin/instrument.ts';
import { SiteFlag } from '../../runtime/interface.ts';

const source = `
class Counter {
  constructor(private view: Int32Array) {}
  get head(): number {
    return this.view[0]!;
  }
  bump(i: number): void {
    this.view[i]++;
    log(
      this.view[i],
    );
  }
}
const later = async (v: Int32Array) => {
  v[1] = await make(v)
    .then((x) => x);
};
const handler = { get(target: Int32Array, key: number) { return target[key]; }, run: () => f() };
function* steps(v: Int32Array) { yield v[0]; }
top(new Counter(data)
  .bump(1));
`;

function sitesOf(code: string, filename = 'a.ts', options: InstrumentOptions = {}) {
  const { sites } = instrument(code, filename, options);
  return sites.sites.map((site) => ({
    at: `${site.line}:${site.column}`,
    fn: sites.names[site.fn],
    text: sites.names[site.text],
    flags: Object.entries(SiteFlag)
      .filter(([, bit]) => site.flags & bit)
      .map(([name]) => name)
      .join(),
  }));
}

describe('sites', () => {
  it('are where the user wrote them', () => {
    const sites = sitesOf(source);
    for (const site of sites) {
      const [line, column] = site.at.split(':').map(Number);
      const there = source.split('\n')[line! - 1]!.slice(column);
      const name = /[\w$#]+$/.exec(site.text!)?.[0] ?? site.text!;
      expect(
        there.startsWith(site.text!) || there.startsWith(`new ${site.text}`) || there.startsWith(name),
        `${site.at} ${site.text}`,
      ).toBe(true);
    }
    expect(sites).toMatchInlineSnapshot(`
      [
        {
          "at": "5:11",
          "flags": "IMPLICIT",
          "fn": "get head",
          "text": "this.view",
        },
        {
          "at": "8:4",
          "flags": "PUSHED,UPDATE",
          "fn": "Counter.bump",
          "text": "this.view",
        },
        {
          "at": "10:6",
          "flags": "PUSHED",
          "fn": "Counter.bump",
          "text": "this.view",
        },
        {
          "at": "9:4",
          "flags": "PUSHED,CALL",
          "fn": "Counter.bump",
          "text": "log",
        },
        {
          "at": "15:2",
          "flags": "PUSHED",
          "fn": "later",
          "text": "v",
        },
        {
          "at": "15:15",
          "flags": "PUSHED,CALL",
          "fn": "later",
          "text": "make",
        },
        {
          "at": "16:5",
          "flags": "PUSHED,CALL",
          "fn": "later",
          "text": "make(v) .then",
        },
        {
          "at": "18:64",
          "flags": "IMPLICIT",
          "fn": "get",
          "text": "target",
        },
        {
          "at": "18:91",
          "flags": "PUSHED,CALL",
          "fn": "run",
          "text": "f",
        },
        {
          "at": "19:39",
          "flags": "IMPLICIT",
          "fn": "steps",
          "text": "v",
        },
        {
          "at": "20:4",
          "flags": "PUSHED,CALL",
          "fn": "<module>",
          "text": "Counter",
        },
        {
          "at": "21:3",
          "flags": "PUSHED,CALL",
          "fn": "<module>",
          "text": "new Counter(data) .bump",
        },
        {
          "at": "20:0",
          "flags": "PUSHED,CALL",
          "fn": "<module>",
          "text": "top",
        },
      ]
    `);
  });

  it('share their names', () => {
    const { sites } = instrument('f(v[0], v[0], v[0]); f();', 'a.js');
    expect(sites.names).toEqual([...new Set(sites.names)]);
  });

  it('shorten long text', () => {
    const [site] = sitesOf(`${'abcdefghij'.repeat(6)}[0];`, 'a.js');
    expect(site?.text).toHaveLength(40);
  });

  it('go through an input source map', () => {
    const original = '\n\n\nfunction f(a: Int32Array) {\n  return a[0];\n}\n';
    const first = instrument(original, '/src/a.ts');
    // The first pass stands for any tool that moved the code: feed its output without the hooks.
    const moved = `${'\n'.repeat(0)}function f(a) { return a[0]; }`;
    const map = {
      version: 3,
      sources: ['a.ts'],
      names: [],
      // line 1: column 0 → 4:0, column 23 → 5:9
      mappings: 'AAGA,uBACS',
    };
    const again = instrument(moved, '/src/a.js', { inputSourceMap: map });
    expect(again.sites.file).toBe('/src/a.ts');
    expect(again.sites.sites.map(({ line, column }) => [line, column])).toEqual([[5, 9]]);
    expect(first.sites.sites.map(({ line, column }) => [line, column])).toEqual([[5, 9]]);
    expect(again.map?.sources.some((name) => name?.endsWith('a.ts'))).toBe(true);
  });
});

describe('the source map', () => {
  it('leads each token of the user back to itself', () => {
    const { code, map } = instrument(source, 'a.ts');
    const trace = new TraceMap(map as never);
    const lines = code.split('\n');
    for (const word of ['bump', 'later', 'handler', 'steps', 'top']) {
      const line = lines.findIndex((text) => text.includes(word));
      const found = originalPositionFor(trace, { line: line + 1, column: lines[line]!.indexOf(word) });
      expect(source.split('\n')[found.line! - 1]!.slice(found.column!)).toMatch(new RegExp(`^${word}`));
    }
  });

  it('is not needed for lines', () => {
    const { code } = instrument(source, 'a.ts');
    const lineOf = (text: string, word: string) => text.split('\n').findIndex((line) => line.includes(word));
    for (const word of ['bump(', 'later', 'handler', 'steps', 'then'])
      expect(lineOf(code, word)).toBe(lineOf(source, word));
  });
});

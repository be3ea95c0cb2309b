/**
 * v8 coverage under tsrace (integrations/vitest/coverage.ts): V8's counts of instrumented code, brought back to the code
 * as it was, are V8's counts of that code, at each statement, function and branch.
 */
import { Session } from 'node:inspector/promises';
import vm from 'node:vm';
import { parseSync, traverse } from '@babel/core';
import { expect, test } from 'vitest';
import { instrument } from '../../plugin/instrument.ts';
import { createHooks } from '../../runtime/hooks.ts';
import { type Counted, Coverage } from '../../src/integrations/vitest/coverage.ts';

const PROGRAM = `
const list = new Int32Array(8), other = [1, 2, 3];
function early(a, stop) {
  if (stop) return a[0];
  const b = a[1];
  a[2] = b;
  for (const x of a) other[0] += x;
  return b;
}
function counted(a, n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    if (a[i] > 3) { s += a[i]; } else s--;
    s += i & 1 ? a[i] : 0;
  }
  while (s > 100) s -= a[0];
  return s;
}
class Box {
  value = list[0] || other[1];
  get first() { return this.value[0] ?? list[1]; }
  static of(a = list[2]) { return new Box(a); }
  async wait(key) { try { await list[key]; return list[key] && other[key]; } catch { list[0] = 1; } finally { list[1]++; } }
  *all([a, b = list[3]] = list) { yield a; yield b; }
}
const pick = (a, i) => (i > 2 ? a[i] : a[0]);
const never = async ({ a, ...rest }) => { const [x] = list; switch (x) { case 0: return rest[a]; default: list[x]--; } };
function fails(a) {
  try { a[0] = 1; throw new Error(a[1]); } catch { if (a[0] > 5) a[1] = 2; }
  do { a[0]--; if (a[0] === -3) break; } while (a[0] > -10);
  label: for (const key in other) { if (a[key] === 0) continue label; a[key]++; }
}
early(list, true); early(list, true);
counted(list, 5); counted(list, 0);
new Box().first; [...Box.of().all()]; new Box().wait(3);
pick(list, 3); fails(list);
if (list[0] < -100) { pick(list, 1); list[0]++; }
`;

async function coverage(code: string): Promise<Counted[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const filename = `file:///coverage-${Math.random()}.js`;
  // what V8 counts lives as long as this
  const script = new vm.Script(code, { filename });
  script.runInThisContext();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result.find(({ url }) => url === filename)!.functions;
}

function countAt(functions: readonly Counted[], offset: number): number {
  const around = functions
    .flatMap(({ ranges }) => ranges)
    .filter(({ startOffset, endOffset }) => startOffset <= offset && offset < endOffset)
    .sort((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset));
  return around[0]?.count ?? 0;
}

/** vite's transform, of code that needs none */
const ssrTransform = async (code: string, map: object | null) => ({
  code,
  map: map ?? {
    version: 3,
    sources: ['a.js'],
    names: [],
    mappings: code.split('\n').map((text, line) => [...text].map((_, column) => [column, 0, line, column])),
  },
});

test('the counts are those of a plain run', async () => {
  const code = `{${PROGRAM}}`;
  const made = instrument(code, '/a.js', { sourceType: 'script', countable: true });
  const hooks = createHooks();
  Object.defineProperty(globalThis, '__tsrace', { configurable: true, value: hooks });
  const plain = await coverage(code);
  const checked = await coverage(made.code);
  const converter = new Coverage({ config: { root: '/' }, vite: { ssrTransform } });
  const { map: positions } = await ssrTransform(code, null);
  converter.add('/a.js', { code, positions, instrumented: made.code, map: made.map! });
  const back = await converter.plain('file:///a.js', 0, { code: made.code, map: made.map }, checked);
  expect(back?.made.code).toBe(code);

  const different: string[] = [];
  const seen = new Set<number>();
  traverse(parseSync(code, { configFile: false, babelrc: false, sourceType: 'script' })!, {
    enter({ node }) {
      const counts = /Statement|Function|Method|Declarator|Conditional|Logical/.test(node.type);
      if (!counts || node.start == null) return;
      const inside = node.start + (node.type === 'BlockStatement' ? 1 : 0);
      const [was, is] = [countAt(plain, inside), countAt(back!.functions, inside)];
      seen.add(was);
      if (was !== is) different.push(`${code.slice(node.start, node.start + 30)}: ${was}, now ${is}`);
    },
  });
  expect(different).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining([0, 1, 2, 5]));
});

test('countable code has each statement once, and no optional link of ours', () => {
  const { code } = instrument(PROGRAM, '/a.js', { countable: true });
  expect(code.match(/s \+= i & 1/g)).toHaveLength(1);
  expect(code).not.toContain('?.');
});

import { transformSync } from '@babel/core';
import typescript from '@babel/plugin-transform-typescript';
import { expect, it } from 'vitest';
import tsrace from '../../plugin/index.ts';
import { instrument } from '../../plugin/instrument.ts';
import type { SiteTable } from '../../runtime/interface.ts';

const source = `import { a, type B } from './a';
enum E { X = a[0] }
export class C { constructor(private v: Int32Array) { f(this.v[E.X]); } }
`;

it('does the same as a plugin among others', () => {
  const options = { configFile: false, babelrc: false, retainLines: true } as const;
  const result = transformSync(source, { ...options, filename: 'a.ts', plugins: [tsrace, typescript] });
  const direct = instrument(source, 'a.ts');
  expect(result?.code).toBe(direct.code);
  expect((result!.metadata as { tsrace?: SiteTable }).tsrace?.sites).toEqual(direct.sites.sites);
});

/** Programs that Babel alone would not run as tsc does: compiled by both, run as CommonJS, and compared. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { instrument } from '../../plugin/instrument.ts';

const DIR = fileURLToPath(new URL('../../fixtures/transform/tsc', import.meta.url));
const require = createRequire(import.meta.url);

function show(value: unknown): string {
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object' && value !== null)
    return JSON.stringify(value, (_k, v) => (typeof v === 'function' ? show(v) : v));
  return String(value);
}

function run(code: string): string[] {
  const lines: string[] = [];
  const log = (...values: unknown[]) => void lines.push(values.map(show).join(' '));
  const t = (name: string, value: unknown) => {
    lines.push(name);
    return value;
  };
  const attempt = (f: () => unknown) => {
    try {
      lines.push(`= ${show(f())}`);
    } catch (error) {
      lines.push(`! ${error}`);
    }
  };
  const names = ['exports', 'require', 'module', 'log', 't', 'attempt', '__tsrace'];
  const hooks = {
    S: Symbol('stamp'),
    d: 0,
    s: new Int32Array(100),
    k: (_view: unknown, key: unknown) => key,
    v: () => false,
    m: () => {},
    get: (target: Record<string, unknown>, key: string) => target[key],
  };
  const module = { exports: {} };
  new Function(...names, code).call(module.exports, module.exports, require, module, log, t, attempt, hooks);
  expect(hooks.d).toBe(0);
  return lines;
}

describe.each(readdirSync(DIR))('%s', (name) => {
  const source = readFileSync(join(DIR, name), 'utf8');
  const options = JSON.parse(/^\/\/ options: (.*)/.exec(source)?.[1] ?? '{}') as ts.CompilerOptions;

  it('does what tsc makes of it', () => {
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: false,
        ...options,
      },
    });
    const expected = run(outputText);
    expect(expected.length).toBeGreaterThan(1);
    const { code } = instrument(source, name, { ...options, sourceType: 'commonjs' } as object);
    expect(run(code)).toEqual(expected);
  });
});

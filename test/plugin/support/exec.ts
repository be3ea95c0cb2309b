/** Compiles the programs of `fixtures/transform/exec`, runs them plain and instrumented, and compares. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@babel/core';
import decorators from '@babel/plugin-proposal-decorators';
import typescript from '@babel/plugin-transform-typescript';
import { instrument } from '../../../plugin/instrument.ts';

const here = dirname(fileURLToPath(import.meta.url));
export const EXEC_DIR = join(here, '../../../fixtures/transform/exec');

export interface Outcome {
  log: string[];
  hooks: string[];
  stacks: Record<string, string>;
  depth: number;
  leaked: string;
}

export interface Program {
  name: string;
  source: string;
  code: string;
  plain: Outcome;
  instrumented: Outcome;
}

const EXTENSION = { module: '.mjs', commonjs: '.cjs', script: '.js' } as const;

function kindOf(name: string): keyof typeof EXTENSION {
  if (name.endsWith('.script.js')) return 'script';
  return name.endsWith('.cjs') || name.endsWith('.cts') ? 'commonjs' : 'module';
}

/** Runs all programs in one child process. */
export function runAll(node = process.execPath): Program[] {
  const dir = mkdtempSync(join(tmpdir(), 'tsrace-exec-'));
  mkdirSync(join(dir, 'out'));
  const jobs = readdirSync(EXEC_DIR)
    .sort()
    .map((name) => {
      const source = readFileSync(join(EXEC_DIR, name), 'utf8');
      const kind = kindOf(name);
      const { code, sites } = instrument(source, name, { sourceType: kind });
      const plain = transformSync(source, {
        configFile: false,
        babelrc: false,
        filename: name,
        sourceType: kind === 'module' ? 'module' : 'script',
        parserOpts: { allowReturnOutsideFunction: kind === 'commonjs' },
        retainLines: true,
        plugins: [
          [decorators, { version: '2023-11' }],
          ...(/ts$/.test(name) ? [[typescript, { allowDeclareFields: true }]] : []),
        ],
      })!.code!;
      const base = join(dir, 'out', name);
      const files = {
        plain: `${base}.plain${EXTENSION[kind]}`,
        instrumented: `${base}.tsrace${EXTENSION[kind]}`,
      };
      writeFileSync(files.plain, plain);
      writeFileSync(files.instrumented, code);
      return { name, kind, source, code, sites, ...files };
    });
  const list = join(dir, 'jobs.json');
  writeFileSync(list, JSON.stringify(jobs));
  const out = execFileSync(node, [join(here, 'child.mjs'), list], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (!process.env['TSRACE_KEEP']) rmSync(dir, { recursive: true });
  const results = JSON.parse(out) as Pick<Program, 'plain' | 'instrumented'>[];
  return jobs.map(({ name, source, code }, i) => ({ name, source, code, ...results[i]! }));
}

/** `//= r 0, w 1` at the end of a line: the hooks of that line, in order. All of the program's, or none, are declared. */
export function declaredHooks(source: string): string[] {
  return source.split('\n').flatMap((line, i) => {
    const [, list] = /\/\/= (.*)$/.exec(line) ?? [];
    return (list ?? '').split(',').flatMap((item) => (item.trim() ? [`${item.trim()} @${i + 1}`] : []));
  });
}

/** `//@ label: f:3 < g:7`: the shadow stack at `here(label)`, innermost first. */
export function declaredStacks(source: string): Record<string, string> {
  return Object.fromEntries(
    [...source.matchAll(/\/\/@ (\S+): (.*)$/gm)].map(([, label, stack]) => [label!, stack!.trim()]),
  );
}

/** Runs a program in a real node process, with the interception preloaded or without it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Another binary runs the same tests on another version of Node. */
const node: string = process.env['TSRACE_TEST_NODE'] ?? process.execPath;
const here = fileURLToPath(new URL('.', import.meta.url));
const directory: string = mkdtempSync(join(tmpdir(), 'tsrace intercept-'));
export const preload: string = await bundle();
export const nothing: string = join(directory, 'nothing.cjs');
writeFileSync(nothing, '');

export interface Outcome {
  stdout: string;
  stderr: string;
  code: number | null;
}

async function bundle(): Promise<string> {
  const outfile = join(directory, 'preload.cjs');
  await build({
    entryPoints: [join(here, 'preload.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile,
    plugins: [
      {
        name: 'fake runtime',
        setup(build) {
          build.onResolve({ filter: /^\.\.\/thread\.ts$/ }, () => ({ path: join(here, 'fake-runtime.ts') }));
        },
      },
    ],
  });
  return outfile;
}

let count = 0;

/** Writes `source` into a file of its own, by default an ES module. */
export function program(source: string, extension = 'mjs'): string {
  const file = join(directory, `program-${count++}.${extension}`);
  writeFileSync(file, source);
  return file;
}

export function run(
  file: string,
  preloaded: boolean,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const { NODE_OPTIONS: _, VITEST: __, ...inherited } = process.env;
  // without us an empty file is preloaded, so that command lines and environments can be compared
  const NODE_OPTIONS = `--require="${preloaded ? preload : nothing}"`;
  const child = spawn(node, [file, ...args], {
    env: { ...inherited, NODE_OPTIONS, ...env },
    timeout: 50_000,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ stdout, stderr, code })));
}

/** The outcomes of a program without and with the interception. */
export async function both(
  source: string,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<[Outcome, Outcome]> {
  const file = program(source);
  return Promise.all([run(file, false, args, env), run(file, true, args, env)]);
}

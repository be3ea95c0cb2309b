/**
 * A project of fixtures/projects, run by `tsrace vitest`. A test whose name starts with `race` must fail with a data
 * race as its only error; every other test must pass.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CLI } from './project.ts';

interface Verdict {
  name: string;
  status: string;
  errors: string[];
}

interface Outcome {
  code: number | null;
  output: string;
  verdicts: Verdict[];
}

interface JsonResults {
  testResults: { assertionResults: { title: string; status: string; failureMessages: string[] }[] }[];
}

export function runProject(project: string, args: string[] = [], wrapper = true): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'tsrace-vitest-'));
  const json = join(folder, 'results.json');
  const vitest = [
    resolve('node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${json}`,
    ...args,
  ];
  const { NODE_OPTIONS: _, TSRACE: __, VITEST: ___, FORCE_COLOR: ____, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: '1' };
  const cwd = resolve('fixtures/projects', project);
  return new Promise<Outcome>((done, reject) => {
    const command = wrapper ? [CLI, process.execPath, ...vitest] : vitest;
    const child = spawn(process.execPath, command, { cwd, env, timeout: 100_000, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      let results: JsonResults = { testResults: [] };
      try {
        results = JSON.parse(readFileSync(json, 'utf8')) as JsonResults;
      } catch {
        // the comparison says so
      }
      const verdicts = results.testResults
        .flatMap(({ assertionResults }) => assertionResults)
        .map(({ title, status, failureMessages }) => ({ name: title, status, errors: failureMessages }));
      done({ code, output, verdicts });
    });
  }).finally(() => rmSync(folder, { recursive: true, force: true }));
}

/** What differs from what the names of the tests say. */
export const unexpected = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.filter(({ name, status, errors }) =>
    name.startsWith('race')
      ? status !== 'failed' || errors.length !== 1 || !errors[0]!.startsWith('DataRaceError')
      : status !== 'passed',
  );

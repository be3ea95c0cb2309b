// Runs a program of the bench as a process of its own, plain or under tsrace, with nothing of the caller's settings.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A program did not do what it is there for: one figure is missing, the others stand. */
export class Failure extends Error {}

const TIME_LIMIT = 10 * 60_000;
const PEAK = join(import.meta.dirname, 'programs/peak.cjs');

/**
 * @param traced under `tsrace node`
 * @param peak   measure the peak memory of the program as well
 */
export function launch(project, traced, program, args = [], { peak = false } = {}) {
  const { NODE_OPTIONS: _, TSRACE: __, FORCE_COLOR: ___, NODE_V8_COVERAGE: ____, ...env } = process.env;
  if (peak) env.NODE_OPTIONS = `--require "${PEAK.replace(/[\\"]/g, '\\$&')}"`;
  const command = [...(traced ? [project.cli, 'node'] : []), program, ...args.map(String)];
  const started = performance.now();
  const child = spawn(process.execPath, command, {
    cwd: project.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT,
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const milliseconds = performance.now() - started;
      process.off('exit', stop);
      if (code === 0) resolve({ stdout, peakMiB: peakOf(stderr), milliseconds });
      else reject(new Failure(`ended with ${code ?? signal}: ${gistOf(stderr)}`));
    });
  });
}

/** Behind an error come its stack and Node's version. */
const gistOf = (stderr) =>
  (/^\w*Error\b.*$/m.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1)).slice(0, 200);

/** The command line of tsrace is a process as well, and a small one. */
const peakOf = (stderr) =>
  Math.max(...[...stderr.matchAll(/^peak=(\d+)$/gm)].map(([, kib]) => Number(kib) / 1024));

/** What a program prints as JSON. */
export async function launchForJson(...args) {
  const { stdout } = await launch(...args);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Failure(`printed no result: ${stdout.slice(0, 200)}`);
  }
}

/** A project of the user's in a temporary folder, and programs run in it: plainly or under the built CLI. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const DIST: string = resolve('dist');
export const CLI: string = join(DIST, 'src/cli/bin.js');
export const REGISTER: string = join(DIST, 'register.cjs');

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** what stdin says; it is closed then */
  input?: string;
  /** relative to the project; its root if not given */
  cwd?: string;
  kill?: { signal: NodeJS.Signals; when: string };
}

export class Project {
  readonly root: string;

  /** A name with a space: everything has to be quoted right. */
  constructor(files: Record<string, string> = {}) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'tsrace test ')));
    this.write(files);
  }

  write(files: Record<string, string>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, name)), { recursive: true });
      writeFileSync(join(this.root, name), content);
    }
  }

  /** Has these packages of the repository installed, `tsrace` as well. */
  link(...packages: string[]): this {
    for (const name of packages) this.linkTo(name, name === 'tsrace' ? '.' : join('node_modules', name));
    return this;
  }

  linkTo(name: string, folder: string): void {
    const link = join(this.root, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve(folder), link, 'junction');
  }

  read(name: string): string {
    return readFileSync(join(this.root, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.root, name));
  }

  tsrace(args: string[], options: RunOptions = {}): Promise<Outcome> {
    return this.run(process.execPath, [CLI, ...args], options);
  }

  node(args: string[], options: RunOptions = {}): Promise<Outcome> {
    return this.run(process.execPath, args, options);
  }

  run(
    command: string,
    args: string[],
    { env: more, kill, input, cwd = '.' }: RunOptions = {},
  ): Promise<Outcome> {
    const { NODE_OPTIONS: _, TSRACE: __, FORCE_COLOR: ___, ...inherited } = process.env;
    const env = { ...inherited, ...more };
    return new Promise((done, reject) => {
      const child = spawn(command, args, {
        cwd: resolve(this.root, cwd),
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      child.stdin.on('error', () => {}).end(input);
      const outcome = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        outcome.stdout += text;
        if (kill && outcome.stdout.includes(kill.when)) child.kill(kill.signal);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        outcome.stderr += text;
      });
      child.once('error', reject);
      child.once('close', (code, signal) => done({ code, signal, ...outcome }));
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Races with itself, once, at line 5 of the file. */
export const RACY = `const { Worker, isMainThread, workerData } = require('node:worker_threads');
if (isMainThread) {
  const view = new Int32Array(new SharedArrayBuffer(16));
  const worker = new Worker(__filename, { workerData: view });
  view[0]++;
  worker.on('exit', () => END);
} else workerData[0]++;
`;
export const racy = (end = '0'): string => RACY.replace('END', end);

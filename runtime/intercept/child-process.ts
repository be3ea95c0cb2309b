/**
 * Child processes are checked too, whatever environment they are given: at the moment they start, the preload's
 * NODE_OPTIONS and what it needs to know join their environment. `process.env` does not hold them, so a program
 * (a child as well) finds the environment that was meant for it.
 *
 * Asynchronous functions all end in `ChildProcess.prototype.spawn`; the synchronous ones have nothing in common.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { type Handler, intercept } from './disguise.ts';

const { apply } = Reflect;
const { isArray } = Array;

type Environment = Record<string, string | undefined>;

/** Node splits NODE_OPTIONS at spaces outside double quotes; inside them a backslash escapes. */
const flagOf = (preload: string): string => `--require "${preload.replace(/[\\"]/g, '\\$&')}"`;

/** In a new process: takes out what a parent put in. */
export function removeCarried(preload: string, carried: readonly string[]): void {
  const flag = flagOf(preload);
  const { NODE_OPTIONS: options } = process.env;
  if (options === flag) delete process.env['NODE_OPTIONS'];
  else if (options?.startsWith(`${flag} `)) process.env['NODE_OPTIONS'] = options.slice(flag.length + 1);
  for (const name of carried) delete process.env[name];
}

/** `carried`: the variables that go with the preload. */
export function interceptChildProcesses(preload: string, carried: Readonly<Record<string, string>>): void {
  const flag = flagOf(preload);
  const entries = Object.entries(carried);

  /** What the process gets beyond `env`; nothing when it is there already (a tsrace that starts its command). */
  function additions(nodeOptions: string | undefined): [string, string][] {
    if (nodeOptions?.includes(flag)) return [];
    return [['NODE_OPTIONS', nodeOptions === undefined ? flag : `${flag} ${nodeOptions}`], ...entries];
  }

  function withPairs(pairs: readonly string[]): string[] {
    const given = pairs.findLast((pair) => pair.startsWith('NODE_OPTIONS='));
    const added = additions(given?.slice('NODE_OPTIONS='.length));
    const names = added.map(([name]) => `${name}=`);
    const kept = pairs.filter((pair) => !names.some((name) => pair.startsWith(name)));
    return added.length === 0 ? [...pairs] : [...kept, ...added.map(([name, value]) => `${name}=${value}`)];
  }

  /** As Node reads it: inherited properties count. */
  function withVariables(env: Environment): Environment {
    const copy: Environment = {};
    for (const name in env) copy[name] = env[name];
    const given = copy['NODE_OPTIONS'];
    return Object.assign(copy, Object.fromEntries(additions(given === undefined ? undefined : `${given}`)));
  }

  /** The arguments with the environment in their options, which stand at `at`. */
  function withOptions(args: unknown[], at: number): unknown[] {
    const options = args[at] ?? {};
    if (typeof options !== 'object' || isArray(options)) return args;
    const copy: { env?: unknown } = { __proto__: null, ...options } as { env?: unknown };
    copy.env = withVariables(Object(copy.env ?? process.env));
    const changed = [...args];
    changed[at] = copy;
    return changed;
  }

  const spawn: Handler = (original, child, args) => {
    const [options] = args;
    if (typeof options !== 'object' || options === null) return apply(original, child, args);
    const pairs: unknown = options.envPairs ?? [];
    if (!isArray(pairs)) return apply(original, child, args);
    return apply(original, child, [{ ...options, envPairs: withPairs(pairs) }, ...args.slice(1)]);
  };
  intercept(childProcess.ChildProcess.prototype, 'spawn', spawn);
  const sync: Handler = (original, self, args) => {
    const hasArguments = isArray(args[1]) || args[1] === undefined || args[1] === null;
    return apply(original, self, withOptions(args, hasArguments ? 2 : 1));
  };
  intercept(childProcess, 'spawnSync', sync);
  intercept(childProcess, 'execFileSync', sync);
  const command: Handler = (original, self, args) => apply(original, self, withOptions(args, 1));
  intercept(childProcess, 'execSync', command);
  intercept(process, 'execve', (original, self, args) => {
    const [file, argv, env = process.env, ...rest] = args;
    return typeof env === 'object' && env !== null
      ? apply(original, self, [file, argv, withVariables(env), ...rest])
      : apply(original, self, args);
  });
  syncBuiltinESMExports();
}

/**
 * jest, by the events of jest-circus: the functions of its tests and hooks run for the test, and when a test is done,
 * with its hooks, the races that it has shown are its errors. What comes later is told at the end of the run.
 * https://github.com/jestjs/jest/blob/main/packages/jest-circus/README.md
 */
import { plainRaceError } from './race-error.ts';
import type { FoundRace, Testing } from './testing.ts';

const { apply } = Reflect;

type Body = (...args: unknown[]) => unknown;

interface Block {
  name: string;
  parent?: Block;
}

interface Test extends Block {
  fn?: Body;
  concurrent?: boolean;
  errors: unknown[];
  failing?: boolean;
}

interface Hook {
  type: string;
  fn: Body;
  parent: Block;
}

interface Event {
  name: string;
  test?: Test;
  hook?: Hook;
}

interface State {
  currentlyRunningTest?: Test | null;
  currentDescribeBlock?: { children: { type: string; concurrent?: boolean }[] };
}

interface Environment {
  handleTestEvent?(event: Event, state: State): unknown;
}

/** @param module `jest-circus/runner`: its export runs a test file */
export function installJest(testing: Testing, module: { exports: { default?: Body } | Body }): void {
  const { exports } = module;
  const run = typeof exports === 'function' ? exports : exports.default;
  if (typeof run !== 'function') return;
  const around: Body = (globalConfig, config, environment, runtime, path, ...rest) => {
    watch(testing, environment as Environment, String(path));
    return run(globalConfig, config, environment, runtime, path, ...rest);
  };
  if (typeof exports === 'function') module.exports = around;
  else exports.default = around;
}

function watch(testing: Testing, environment: Environment, path: string): void {
  const file = path.startsWith(testing.prefix) ? path.slice(testing.prefix.length) : path;
  const causes = new Map<object, number>();
  /** what was wrapped: a retry runs the same function */
  const wrapped = new WeakSet<Body>();
  const seen = new Map<Test, FoundRace[]>();
  testing.begin(testing.cause(`the module code of ${file}`));

  function causeOf(of: object, name: () => string): number {
    const cause = causes.get(of) ?? testing.cause(name());
    causes.set(of, cause);
    return cause;
  }
  const nameOf = (test: Test): string => `test ${JSON.stringify(fullName(test))} (${file})`;

  function around(body: Body, cause: () => number): Body {
    if (wrapped.has(body)) return body;
    const made = new Proxy(body, {
      apply: (target, self, args) => testing.run(cause(), () => apply(target, self, args)),
    });
    wrapped.add(made);
    return made;
  }

  function check(test: Test): void {
    const fresh = testing.races(new Set([causeOf(test, () => nameOf(test))]));
    const races = [...(seen.get(test) ?? []), ...fresh];
    if (races.length === 0) return;
    seen.set(test, races);
    for (const race of fresh) testing.settle(race, 'told');
    const reports = races.map(({ report }) => report);
    test.errors.push(plainRaceError(reports, testing.prefix, nameOf(test)));
  }

  const original = environment.handleTestEvent;
  environment.handleTestEvent = function handleTestEvent(event, state) {
    const { name, test, hook } = event;
    if (name === 'add_test') {
      // a concurrent one starts before its turn
      const added = state.currentDescribeBlock?.children.at(-1) as Test | undefined;
      if (added?.fn) added.fn = around(added.fn, () => causeOf(added, () => nameOf(added)));
    } else if (name === 'hook_start' && hook !== undefined) {
      hook.fn = around(hook.fn, () => {
        const running = state.currentlyRunningTest;
        if (running) return causeOf(running, () => nameOf(running));
        return causeOf(hook, () => `${hook.type} of ${JSON.stringify(fullName(hook.parent)) || file}`);
      });
    } else if (name === 'test_done' && test !== undefined) {
      check(test);
    }
    return original === undefined ? undefined : apply(original, this, [event, state]);
  };
}

const ROOT = 'ROOT_DESCRIBE_BLOCK';

function fullName(block: Block): string {
  const names: string[] = [];
  for (let at: Block | undefined = block; at !== undefined && at.name !== ROOT; at = at.parent)
    names.unshift(at.name);
  return names.join(' > ');
}

/**
 * Node's own runner. A test of `node:test` is an AsyncResource, and its function and hooks run through
 * `runInAsyncScope`: that says which test runs, also when several do at once. When the function has ended, the
 * races that the test has shown fail it; what it shows later, in a hook or by a worker that outlives it, is told at
 * the end of the run with the test's name.
 * https://github.com/nodejs/node/blob/main/lib/internal/test_runner/test.js (Test, TestHook)
 */
import { AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { intercept } from '../../runtime/intercept/disguise.ts';
import { plainRaceError } from './race-error.ts';
import type { Testing } from './testing.ts';

const { apply } = Reflect;

interface Test {
  name: string;
  parent: Test | null;
  loc?: { file?: string };
}

export function installNodeTest(testing: Testing): void {
  const causes = new WeakMap<Test, number>();

  function causeOf(test: Test): number {
    let cause = causes.get(test);
    if (cause === undefined) {
      cause = testing.cause(nameOf(test, testing.prefix));
      causes.set(test, cause);
    }
    return cause;
  }

  function check(test: Test): void {
    const races = testing.races(new Set([causeOf(test)]));
    if (races.length === 0) return;
    for (const race of races) testing.settle(race, 'told');
    throw plainRaceError(
      races.map(({ report }) => report),
      testing.prefix,
      nameOf(test, testing.prefix),
    );
  }

  intercept(AsyncResource.prototype, 'runInAsyncScope', (original, self, args) => {
    const test = isTest(self) ? self : isTest(self?.parentTest) ? self.parentTest : undefined;
    if (test === undefined) return apply(original, self, args);
    if (testing.current() === 0)
      testing.begin(testing.cause(`the module code of ${fileOf(test, testing.prefix)}`));
    const cause = causeOf(test);
    const [fn, ...rest] = args;
    // inside: the scope brings the context in which the test was made
    const within = function (this: unknown, ...given: unknown[]): unknown {
      return testing.run(cause, () => apply(fn, this, given));
    };
    const result: unknown = apply(original, self, [within, ...rest]);
    // a hook's races are of the test that it belongs to; a test with a callback ends when that is called
    if (test !== self || args.length > 3) return result;
    if (!types.isPromise(result)) {
      check(test);
      return result;
    }
    return result.then((value) => {
      check(test);
      return value;
    });
  });
}

const isTest = (value: unknown): value is Test =>
  value instanceof AsyncResource &&
  value.constructor.name === 'Test' &&
  'parent' in value &&
  value.parent !== null;

function nameOf(test: Test, prefix: string): string {
  const names: string[] = [];
  // the outermost has no parent, and no name of the user's
  for (let at: Test | null = test; at !== null && at.parent !== null; at = at.parent) names.unshift(at.name);
  return `test ${JSON.stringify(names.join(' > '))} (${fileOf(test, prefix)})`;
}

function fileOf(test: Test, prefix: string): string {
  const file = (test.loc?.file ?? process.argv[1] ?? '').replace(/^file:\/\//, '');
  return file.startsWith(prefix) ? file.slice(prefix.length) : file;
}

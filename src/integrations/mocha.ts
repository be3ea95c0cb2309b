/**
 * mocha. Its tests and hooks are run by `Runnable.prototype.run`, which says when one ends: a test that has shown races
 * by then ends with an error. What it shows later, in an `afterEach` or by a worker that outlives it, is told at the end
 * of the run with the test's name: a hook that fails would end its suite.
 * https://github.com/mochajs/mocha/blob/main/lib/runnable.js
 */
import { intercept } from '../../runtime/intercept/disguise.ts';
import { plainRaceError } from './race-error.ts';
import type { FoundRace, Testing } from './testing.ts';

const { apply } = Reflect;

interface Runnable {
  type: string;
  title: string;
  file?: string;
  parent?: { title: string; file?: string };
  titlePath(): string[];
  ctx?: { currentTest?: Runnable };
  /** of a test that is tried again: its first attempt */
  _retriedTest?: Runnable;
}

/** @param Runnable what `mocha/lib/runnable.js` exports */
export function installMocha(testing: Testing, Runnable: { prototype: object }): void {
  const causes = new WeakMap<Runnable, number>();
  testing.begin(testing.cause('code outside of the tests'));
  /** the races of a test's earlier attempts: a retry hides none */
  const seen = new WeakMap<Runnable, FoundRace[]>();

  function causeOf(runnable: Runnable): number {
    let cause = causes.get(runnable);
    if (cause === undefined) {
      cause = testing.cause(nameOf(runnable, testing.prefix));
      causes.set(runnable, cause);
    }
    return cause;
  }

  function errorOf(runnable: Runnable): Error | undefined {
    const first = runnable._retriedTest ?? runnable;
    const fresh = testing.races(new Set([causeOf(first)]));
    const races = [...(seen.get(first) ?? []), ...fresh];
    if (races.length === 0) return undefined;
    seen.set(first, races);
    for (const race of fresh) testing.settle(race, 'told');
    const reports = races.map(({ report }) => report);
    return plainRaceError(reports, testing.prefix, nameOf(first, testing.prefix));
  }

  intercept(Runnable.prototype, 'run', (original, self: Runnable, [ended, ...rest]) => {
    if (typeof ended !== 'function') return apply(original, self, [ended, ...rest]);
    const isTest = self.type === 'test';
    const worksFor = (isTest ? self : self.ctx?.currentTest) ?? self;
    const checked = (error: unknown, ...more: unknown[]): unknown =>
      ended((isTest ? errorOf(self) : undefined) ?? error, ...more);
    return testing.run(causeOf(worksFor._retriedTest ?? worksFor), () =>
      apply(original, self, [checked, ...rest]),
    );
  });
}

function nameOf(runnable: Runnable, prefix: string): string {
  const name = JSON.stringify(runnable.titlePath().filter(Boolean).join(' > '));
  const file = runnable.file ?? runnable.parent?.file ?? '';
  const shown = file.startsWith(prefix) ? file.slice(prefix.length) : file;
  return `${runnable.type === 'test' ? 'test' : 'hook'} ${name}${shown && ` (${shown})`}`;
}

/**
 * What any test runner's integration needs of the thread that runs tests: to say for which test (its *cause*)
 * something runs, and to ask which races that test showed. It lives in the preload; a runner's hooks, which may
 * be loaded by the runner's own module system, or into a vm context, find it by `testing()` (handle.cts).
 */
import type { Causes } from '../../runtime/causes.ts';
import type { SeenRace, Tables } from '../../runtime/contract.ts';
import type { Report } from '../report/report.ts';

export interface FoundRace {
  /** its place among the races of the process */
  order: number;
  /** the numbers that `cause` gave */
  causes: [number, number];
  report: Report;
}

export interface Testing {
  /** Names a test or a hook: the name is shown in reports. Each call makes a new one. */
  cause(name: string): number;
  /** A part of what runs now, with the same name: its races are those of the whole, too. */
  part(): number;
  /** What may be any of these. */
  oneOf(causes: readonly number[]): number;
  /** What runs now, 0 if nobody said. */
  current(): number;
  /** Runs `body` for that cause, with all that it starts. */
  run<T>(cause: number, body: () => T): T;
  /** What runs outside of every `run` from now on. */
  begin(cause: number): void;
  /**
   * Races that one of these causes, in any thread of the process, has shown and nobody has settled. Those that are
   * suppressed are no test's; `known` asks for them too.
   */
  races(causes: ReadonlySet<number>, known?: 'known'): FoundRace[];
  /** The race was shown to the user as a test's failure, or a test asserted that it is there. */
  settle(race: FoundRace, how: 'told' | 'expected'): void;
  /** Makes a vm context's view of shared memory the one that is watched. */
  enterRealm(global: object): void;
  /** what reports leave out of file names */
  prefix: string;
  /** Where this thread may not wait for others: until then `races` does not know all. */
  ready?(): Promise<void>;
  /** Where no preload sees the end: what would be known then, for now. */
  ended?(): Promise<void>;
}

export interface ThreadCauses extends Pick<Causes, 'current' | 'begin'> {
  /** `whole`: what `cause` is a part of, 0 if it is none. */
  run<T>(cause: number, body: () => T, whole: number): T;
}

export interface TestingSetup {
  causes: ThreadCauses;
  tables: Pick<Tables, 'addCause' | 'causeName' | 'racesFrom'>;
  enterRealm(global: object): void;
  prefix: string;
  /** a race is settled */
  told(order: number, expected: boolean): void;
  /** Waits; not called where `racesFrom` knows the reports of all. */
  pause(ms: number): void;
  /** where others have judged it since its report was made */
  isSuppressed?(order: number): boolean;
}

/** How long another thread may take to write the report of a race that it has counted. */
export const PATIENCE_MS = 2000;

export function createTesting(setup: TestingSetup): Testing {
  const { causes, tables, enterRealm, prefix, told, pause } = setup;
  const settled = new Set<number>();
  /** part → whole, or wholes of which it is one's */
  const wholes = new Map<number, readonly number[]>();
  const found: FoundRace[] = [];
  let read = 0;

  function readNew(): void {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const races = tables.racesFrom(read);
      const whole = races.findIndex(({ report }) => report === undefined);
      for (const race of whole < 0 ? races : races.slice(0, whole)) add(race);
      if (whole < 0) return;
      if (Date.now() > deadline) {
        // its thread was ended in between
        for (const race of races.slice(whole)) add(race);
        return;
      }
      pause(5);
    }
  }

  function add({ order, causes: pair, report }: SeenRace): void {
    read = order + 1;
    if (report !== undefined) found.push({ order, causes: pair, report: JSON.parse(report) as Report });
  }

  function within(cause: number, wanted: ReadonlySet<number>): boolean {
    return wanted.has(cause) || (wholes.get(cause)?.some((whole) => within(whole, wanted)) ?? false);
  }

  return {
    cause: (name) => tables.addCause(name),
    part() {
      const whole = causes.current();
      const part = tables.addCause(tables.causeName(whole) || 'an assertion');
      wholes.set(part, [whole]);
      return part;
    },
    oneOf(some) {
      const joint = tables.addCause(some.map((cause) => tables.causeName(cause)).join(' or '));
      wholes.set(joint, some);
      return joint;
    },
    current: () => causes.current(),
    run: (cause, body) => causes.run(cause, body, wholes.get(cause)?.[0] ?? 0),
    begin: (cause) => causes.begin(cause),
    races(wanted, known) {
      readNew();
      return found.filter(
        ({ order, causes: [a, b], report: { race } }) =>
          !settled.has(order) &&
          (known !== undefined || !(race.suppressed !== undefined || setup.isSuppressed?.(order))) &&
          (within(a, wanted) || within(b, wanted)),
      );
    },
    settle({ order }, how) {
      settled.add(order);
      told(order, how === 'expected');
    },
    enterRealm,
    prefix,
  };
}

/**
 * In the thread that runs a test file: ties races to tests. Every test and hook is a cause (runtime/causes.ts) of
 * what it starts; when a test has ended, with its hooks, the races that it has shown are its errors. A race that is
 * found later, by a worker that outlives its test, makes that test fail after the fact.
 *
 * From vitest 4.1 on a test runs inside `aroundEach`; before, its function and the hooks are wrapped. Only vitest's
 * public functions are used, but for one: the channel by which a late result is sent.
 */

import { handle } from '../handle.ts';
import { NAME, type RaceError, raceError } from '../race-error.ts';
import type { FoundRace, Testing } from '../testing.ts';

export interface Task {
  id: string;
  type: 'test' | 'suite';
  name: string;
  fails?: boolean | undefined;
  suite?: Task | undefined;
  file: Task & { filepath: string };
  filepath?: string;
  tasks?: Task[];
  meta: object;
  result?: { state: string; errors?: { name?: unknown }[] | undefined };
  context: { onTestFinished(check: () => Promise<void>): void };
}

// biome-ignore lint/suspicious/noExplicitAny: hooks of every kind
type Hook = (...args: any[]) => unknown;
type Hooks = Record<'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach', Hook[]>;

/** What we use of the module `vitest`, in all its versions. */
export interface Vitest {
  beforeAll(hook: Hook): void;
  afterAll(hook: Hook): void;
  beforeEach(hook: (context: { task: Task }) => unknown): void;
  aroundEach?(hook: (run: () => Promise<void>, context: { task: Task }) => Promise<void>): void;
  expect: { getState(): { testPath?: string } };
  TestRunner?: { getSuiteHooks(suite: Task): Hooks; getTestFn(task: Task): () => unknown };
}

/** Before vitest 4.1: the module `vitest/suite`. */
export interface VitestSuite {
  getFn(task: Task): Hook;
  setFn(task: Task, fn: Hook): void;
  getHooks(suite: Task): Hooks;
}

export function install(vitest: Vitest, suite: VitestSuite | undefined): void {
  const testing = handle()?.testing;
  if (testing === undefined) return;
  testing.enterRealm(globalThis);
  watchImports();
  new TestFile(testing, vitest, suite);
}

class TestFile {
  readonly #testing: Testing;
  readonly #file: string;
  readonly #causes = new Map<Task, Set<number>>();
  /** of hooks, and of the file's own code */
  readonly #others = new Set<number>();
  /** the races of a test's earlier attempts: a retry hides none */
  readonly #seen = new Map<Task, FoundRace[]>();

  /** before vitest 4.1 several errors are thrown as an array */
  readonly #arrays: boolean;

  constructor(testing: Testing, vitest: Vitest, suite: VitestSuite | undefined) {
    this.#arrays = suite !== undefined;
    this.#testing = testing;
    const path = vitest.expect.getState().testPath ?? '';
    this.#file = path.startsWith(testing.prefix) ? path.slice(testing.prefix.length) : path;
    testing.begin(this.#other(`the module code of ${this.#file}`));

    const getHooks = vitest.TestRunner?.getSuiteHooks ?? suite?.getHooks;
    const wrap = (file: unknown): void => {
      if (isSuite(file)) this.#wrap(file, getHooks, suite);
    };
    // vitest reads what the first parameter takes apart
    // biome-ignore lint/correctness/noEmptyPattern: nothing
    vitest.beforeAll(suite === undefined ? ({}: object, file: unknown) => wrap(file) : wrap);
    if (vitest.aroundEach !== undefined) {
      vitest.aroundEach(async (run, { task }) => {
        await testing.run(this.#begin(task), run);
        await testing.ready?.();
        this.#check(task);
      });
      this.#runOnPage(vitest);
    } else {
      vitest.beforeEach(({ task }) => {
        this.#begin(task);
        // called last, after the user's and after every `afterEach`
        task.context.onTestFinished(async () => {
          await testing.ready?.();
          this.#check(task);
        });
      });
    }
    vitest.afterAll(async () => {
      await testing.ready?.();
      try {
        this.#checkLate();
      } finally {
        await testing.ended?.();
      }
    });
  }

  /**
   * A page has no asynchronous context (page-causes.ts). So what tests that run at a time do before their first `await`
   * is told apart by their functions.
   */
  #runOnPage({ TestRunner }: Vitest): void {
    const { runner } =
      (globalThis as { __vitest_browser_runner__?: { runner?: Runner } }).__vitest_browser_runner__ ?? {};
    if (runner === undefined || TestRunner === undefined) return;
    runner.runTask = async (task) => {
      await this.#testing.run(this.#begin(task), TestRunner.getTestFn(task));
    };
  }

  #other(name: string): number {
    const cause = this.#testing.cause(name);
    this.#others.add(cause);
    return cause;
  }

  #nameOf(task: Task): string {
    return `test ${JSON.stringify(fullName(task))} (${this.#file})`;
  }

  #begin(task: Task): number {
    const causes = this.#causes.get(task);
    if (causes !== undefined) return [...causes][0]!;
    const cause = this.#testing.cause(this.#nameOf(task));
    this.#causes.set(task, new Set([cause]));
    return cause;
  }

  /** Has the hooks of all suites run for a cause of their own; before vitest 4.1 also each test. */
  #wrap(task: Task, getHooks: VitestSuite['getHooks'] | undefined, older: VitestSuite | undefined): void {
    const testing = this.#testing;
    if (task.type === 'test') {
      if (older === undefined) return;
      const fn = older.getFn(task);
      older.setFn(task, () => testing.run(this.#begin(task), fn));
      return;
    }
    const hooks = getHooks?.(task);
    if (hooks !== undefined) {
      const of =
        task.filepath !== undefined ? this.#file : `${JSON.stringify(fullName(task))} (${this.#file})`;
      for (const name of ['beforeAll', 'afterAll'] as const) {
        for (const [i, hook] of hooks[name].entries()) {
          const cause = this.#other(`${name} of ${of}`);
          hooks[name][i] = around(hook, (run) => testing.run(cause, run));
        }
      }
      for (const name of older === undefined ? [] : (['beforeEach', 'afterEach'] as const)) {
        for (const [i, hook] of hooks[name].entries()) {
          hooks[name][i] = around(hook, (run, context) =>
            testing.run(this.#begin((context as { task: Task }).task), run),
          );
        }
      }
    }
    for (const child of task.tasks ?? []) this.#wrap(child, getHooks, older);
  }

  /** Throws the races of the test that has ended, if there are any. */
  #check(task: Task): void {
    const errors = this.#errors(task);
    if (errors.length === 0) return;
    const { result } = task;
    // a test that was to fail was not to fail like this; a retry has the errors of its earlier attempts
    if (result?.errors) result.errors = task.fails ? [] : result.errors.filter(({ name }) => name !== NAME);
    task.fails = false;
    throw this.#all(errors);
  }

  #errors(task: Task): RaceError[] {
    const fresh = this.#testing.races(this.#causes.get(task) ?? new Set());
    const races = [...(this.#seen.get(task) ?? []), ...fresh];
    this.#seen.set(task, races);
    return this.#tell(races, this.#nameOf(task));
  }

  #tell(races: readonly FoundRace[], test: string): RaceError[] {
    return races.map((race) => {
      this.#testing.settle(race, 'told');
      const evaluated = (file: string): boolean => handle()?.evaluated?.(file) ?? false;
      return raceError(race.report, this.#testing.prefix, test, evaluated);
    });
  }

  /** Several errors as one that vitest takes apart again. */
  #all(errors: readonly RaceError[]): unknown {
    if (errors.length === 1) return errors[0];
    return this.#arrays ? errors : new AggregateError(errors, errors[0]!.message);
  }

  /** The file is over: what its tests have shown since they ended, and what no test has. */
  #checkLate(): void {
    for (const [task, causes] of this.#causes) {
      if (this.#testing.races(causes).length === 0) continue;
      const errors = this.#errors(task);
      if (!fail(task, errors)) throw this.#all(errors);
    }
    const races = this.#testing.races(this.#others);
    if (races.length > 0) throw this.#all(this.#tell(races, ''));
  }
}

/** Of a page: what vitest runs tests with. */
interface Runner {
  runTask?(task: Task): Promise<void>;
}

const isSuite = (value: unknown): value is Task => (value as Task | undefined)?.type === 'suite';

function fullName(task: Task): string {
  const names: string[] = [];
  for (let at: Task | undefined = task; at !== undefined && at.filepath === undefined; at = at.suite)
    names.unshift(at.name);
  return names.join(' > ');
}

/** vitest keeps notes on its hooks, as properties. */
function around(hook: Hook, call: (run: () => unknown, first: unknown) => unknown): Hook {
  return new Proxy(hook, {
    apply: (target, self, args) => call(() => Reflect.apply(target, self, args), args[0]),
  });
}

/** What vitest does not evaluate is imported by Node: the first time that the answer to a `fetch` says so. */
function watchImports(): void {
  const { __vitest_worker__: worker } = globalThis as { __vitest_worker__?: Channel };
  const hookImports = handle()?.hookImports;
  if (hookImports === undefined) return;
  if (worker?.rpc?.fetch === undefined) {
    hookImports();
    return;
  }
  if (WATCHED in worker.rpc) return;
  worker.rpc = new Proxy(worker.rpc, {
    has: (rpc, name) => name === WATCHED || Reflect.has(rpc, name),
    get(rpc, name) {
      const call: unknown = Reflect.get(rpc, name);
      if (name !== 'fetch') return call;
      return async (...args: unknown[]) => {
        const fetched = await (call as Fetch)(...args);
        if (fetched?.externalize !== undefined && !fetched.externalize.startsWith('node:')) hookImports();
        return fetched;
      };
    },
  });
}

const WATCHED = Symbol('tsrace');

type Fetch = (...args: unknown[]) => Promise<{ externalize?: string } | undefined>;

interface Channel {
  rpc?: {
    fetch?: Fetch;
    /** of a page with the method first, `run` */
    onTaskUpdate?(...update: unknown[]): Promise<void>;
  };
}

/** Turns the result of a test that is over, as vitest itself sends results. */
function fail(task: Task, errors: readonly RaceError[]): boolean {
  const { rpc } = (globalThis as { __vitest_worker__?: Channel }).__vitest_worker__ ?? {};
  if (rpc?.onTaskUpdate === undefined || task.result === undefined) return false;
  task.result.state = 'fail';
  task.result.errors = [...(task.result.errors ?? []), ...errors.map(plain)];
  const update = [[[task.id, task.result, task.meta]], [[task.id, 'test-finished', undefined]]];
  void rpc.onTaskUpdate(...('__vitest_browser_runner__' in globalThis ? ['run', ...update] : update));
  return true;
}

function plain({ name, message, stack, stacks, cause }: RaceError): RaceError {
  return { name, message, stack, stacks, ...(cause && { cause: plain(cause) }) };
}

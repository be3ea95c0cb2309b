/**
 * The composition root of a thread: its runtime, what intercepts the platform, the loader, and where reports
 * go. It runs before any code of the user's and never breaks it: what fails here is said once, and the thread
 * goes on unchecked.
 */
import Module from 'node:module';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { interceptChildProcesses, removeCarried } from '../runtime/intercept/child-process.ts';
import { interceptMessaging } from '../runtime/intercept/messaging.ts';
import { interceptBuiltins } from '../runtime/node/builtins.ts';
import { atExit } from '../runtime/node/exit.ts';
import { startThread } from '../runtime/node/threads.ts';
import { ThreadTracer } from '../runtime/trace/tracer.ts';
import { compileAsUsual, compileLater } from './compile-later.ts';
import type { Handle } from './integrations/handle.ts';
import { installNodeTest } from './integrations/node-test.ts';
import { seesRunners } from './integrations/runners.ts';
import { createTesting } from './integrations/testing.ts';
import { decorateThrown, isProgramUnseen } from './loader/command-line.ts';
import { instrumentEvalWith } from './loader/commonjs.ts';
import { installContexts } from './loader/contexts.ts';
import { installEvaluation } from './loader/evaluate.ts';
import { installFatal, restoreLine } from './loader/fatal.ts';
import { installLoader } from './loader/install.ts';
import { runTimeCode } from './loader/run-time-code.ts';
import { isMapped, locator, positionOf } from './loader/stack-trace.ts';
import { findMap } from './loader/transform.ts';
import { defaults, fromEnvironment, OptionError, type Options } from './options.ts';
import { Sink } from './report/sink.ts';
import { sleep, writeFully } from './report/write.ts';
import { atProcessEnd, carriedBy, openRun } from './run.ts';
import { appendPart } from './trace/parts.ts';

/** `required`: by the command line, which a worker inherits. */
export function preload(file: string, required: boolean): void {
  const globals = globalThis as { [STARTED]?: Handle };
  if (globals[STARTED]) return;
  const handle: Handle = {};
  Object.defineProperty(globals, STARTED, { value: handle });
  try {
    start(file, required, handle);
  } catch (error) {
    writeFully(2, `tsrace: this thread runs unchecked: ${(error as Error)?.stack ?? error}\n`);
  }
}

/** Two installations of tsrace may be preloaded at once (one by a nested command): the first one checks. */
const STARTED = Symbol.for('tsrace.started');

/** Names the test runner in whose processes and threads code is evaluated that was instrumented elsewhere. */
const RUNNER = 'TSRACE_RUNNER';

const NO_HOOK =
  'an ES module on the command line or from stdin, for which Node has no hooks: put it into a file';

function start(file: string, required: boolean, handle: Handle): void {
  const thread = startThread({ preload: file });
  if (thread === undefined) return;
  const { runtime } = thread;
  const run = openRun(readOptions);
  const { options } = run;
  const carried = carriedBy(run);
  if (isMainThread) removeCarried(file, Object.keys(carried));
  // for this thread alone: what tests start is run by Node
  let runner = process.env[RUNNER] !== undefined;
  delete process.env[RUNNER];
  const { tables, seq } = runtime;
  if (options.trace !== '') {
    const { directory } = run;
    const { pid } = process;
    const append = (of: number, chunk: Uint8Array): void => appendPart(directory, pid, of, chunk);
    const setup = { pid, append, blocks: blocksOf(options) };
    runtime.trace((thread) => new ThreadTracer(thread, setup));
  }
  const sink = new Sink({ tables, options, run: run.directory, seq });
  runtime.onRace = sink.onRace;

  let startsProcesses = false;
  const interceptOnce = (): void => {
    if (!startsProcesses) interceptChildProcesses(file, carried);
    startsProcesses = true;
  };
  // loading child_process costs a worker 2 ms; on Node 20 another thread sees what ES modules say
  if (isMainThread || !('registerHooks' in Module)) interceptOnce();

  let seesRunner: ReturnType<typeof seesRunners> = () => {};
  let seesNodeTest = (): void => {};
  const { loader, hookImports } = installLoader({
    tables,
    options,
    own: dirname(file),
    uninstrumented: (item) => sink.uninstrumented(item),
    hooks: runtime.hooks,
    withoutMeeting: runtime.withoutMeeting,
    segments: runtime.segments,
    run: run.directory,
    preload: file,
    later: runner,
    ran: (file, module) => seesRunner(file, module),
    sees: (code) => {
      if (/\bnode:test\b/.test(code)) seesNodeTest();
      if (!startsProcesses && /child_process|cluster|execve/.test(code)) interceptOnce();
    },
  });
  runtime.locate = locator(findMap);
  const made = runTimeCode({
    loader,
    place: () => tables.frames(runtime.stack())[0],
    named: (what, why) => runtime.whenMet(() => sink.uninstrumented({ what, why })),
  });
  Object.assign(runtime.hooks, made);
  const instrumentEval = (code: string): string => instrumentEvalWith(loader, code, '[worker eval]');
  interceptBuiltins(runtime);
  interceptMessaging(runtime, {
    preload: file,
    inherited: required,
    instrumentEval,
    starting: compileAsUsual,
    // under a test runner its code is instrumented
    uninstrumented: (item) => {
      if (!runner) sink.uninstrumented(item);
    },
  });
  const enterRealm = (global: object): void => runtime.enterRealm(global);
  handle.instrument = (...args) => loader.instrumentApart(...args);
  if (hookImports !== undefined) handle.hookImports = hookImports;
  handle.uninstrumented = (item) => sink.uninstrumented(item);
  const testing = createTesting({
    causes: runtime.causes,
    tables,
    enterRealm,
    prefix: options.strip_path_prefix,
    told: (order, expected) => sink.told(order, expected),
    pause: sleep,
  });
  handle.testing = testing;
  handle.page = () => sink.page();
  handle.globs = options;
  seesRunner = seesRunners(testing, () => {
    runner = true;
    installContexts(loader, enterRealm);
  });
  let knowsNodeTest = false;
  const installOnce = (): void => {
    if (!knowsNodeTest && isMainThread) installNodeTest(testing);
    knowsNodeTest = true;
  };
  if (process.env['NODE_TEST_CONTEXT'] !== undefined || process.execArgv.includes('--test')) installOnce();
  seesNodeTest = installOnce;
  if (runner) handle.evaluated = installEvaluation({ settle: (code) => loader.settle(code), enterRealm });
  atExit(() => {
    try {
      runtime.end();
      if (!isMainThread) return;
      if (isProgramUnseen()) sink.uninstrumented({ what: '[eval]', why: NO_HOOK });
      atProcessEnd(sink, run);
    } catch (error) {
      // the program may be on its way out with an error of its own
      writeFully(2, `tsrace: the summary failed: ${(error as Error)?.stack ?? error}\n`);
    }
  });
  if (!isMainThread) runtime.whenMet(compileLater);
  if (isMainThread) {
    installFatal(
      isMapped,
      (text) => writeFully(2, text),
      (error) => {
        decorateThrown(error);
        restoreLine(error, positionOf(findMap));
      },
    );
  }
}

/** One block in so many is traced; 0 is none. */
const blocksOf = ({ trace_accesses: accesses }: Options): number =>
  accesses === 'all' ? 1 : accesses === 'none' ? 0 : Number(accesses);

function readOptions(): Options {
  try {
    return fromEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    writeFully(2, `tsrace: ${error.message}\n`);
    return defaults();
  }
}

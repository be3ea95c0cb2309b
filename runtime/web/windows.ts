/**
 * Windows of one origin in one page (frames) are one agent: they run on one thread, with a realm each, and reach each
 * other's objects. So the outermost of them that has the runtime makes the thread's, and the others join it. What is
 * posted between them orders nothing more; only shared memory and ports have to be known again.
 *
 * `event.source` is the window whose code calls `postMessage`, which is a function of the window that is posted to. So
 * code is given a function of its own realm: whose code asks, the last call site tells, which it has just passed. Code
 * that is not instrumented is given the browser's function, and so is whoever posts to a window without the runtime.
 */
import type { ThreadRuntime } from '../contract.ts';
import { type AnyFunction, disguise, throwingAsOriginal } from '../intercept/disguise.ts';
import { sendSealed } from '../intercept/post.ts';
import { drained, portsOf } from '../intercept/transfer-list.ts';
import { onlyUserPorts, type Port } from '../intercept/user-ports.ts';
import { findShared } from '../intercept/walk.ts';
import { watch } from './listen.ts';
import { apply, getOwnPropertyDescriptor } from './natives.ts';
import type { Thread } from './thread.ts';

declare const TSRACE_VERSION: string;

const KEY: symbol = Symbol.for('tsrace.window');

/** A window with the runtime, as the others of its thread see it. */
export interface CheckedWindow {
  readonly version: string;
  readonly runtime: ThreadRuntime;
  /** words of the bell (bell.ts) */
  readonly bell: Int32Array;
  /** is told of what is not checked */
  readonly note: (item: { what: string; why: string }) => void;
  readonly thread: ThreadOfWindows;
  /** A `postMessage` for code of this window, to that one. */
  poster(target: object, native: AnyFunction): AnyFunction;
}

export interface ThreadOfWindows {
  /** whose code has passed a call site last; undefined while there is one window */
  caller: CheckedWindow | undefined;
}

type Keyed = Window & { [KEY]?: CheckedWindow };

/** The nearest window around this one that runs on its thread and has the same runtime. */
export function windowAround(): CheckedWindow | undefined {
  for (let at: Window = globalThis.window; at !== at.parent; ) {
    at = at.parent;
    try {
      const found = (at as Keyed)[KEY];
      if (found?.version === TSRACE_VERSION) return found;
    } catch {
      // of another origin
    }
  }
  return undefined;
}

/** Makes this window one of the thread's; `around` was there before. */
export function enterWindow(
  own: Thread,
  runtime: ThreadRuntime,
  bell: Int32Array,
  note: CheckedWindow['note'],
  around: CheckedWindow | undefined,
): void {
  const thread = around?.thread ?? { caller: undefined };
  const posters: WeakMap<object, AnyFunction> = new WeakMap();
  const self: CheckedWindow = {
    version: TSRACE_VERSION,
    runtime,
    bell,
    note,
    thread,
    poster(target, native) {
      let poster = posters.get(target);
      if (poster === undefined) {
        poster = posterTo(runtime, target, native);
        posters.set(target, poster);
      }
      return poster;
    },
  };
  Object.defineProperty(globalThis, KEY, { value: self });
  if (around !== undefined) {
    if (thread.caller === undefined) tellCalls(around);
    tellCalls(self);
  }
  watch(own, globalThis.window);
  interceptPost(self);
}

/** From now on call sites of the window's code say whose they are. */
function tellCalls(window: CheckedWindow): void {
  const { hooks } = window.runtime;
  const { thread } = window;
  const { s } = hooks;
  thread.caller = window;
  Object.defineProperty(hooks, 's', {
    get() {
      thread.caller = window;
      return s;
    },
  });
}

function interceptPost(self: CheckedWindow): void {
  const { postMessage: native } = globalThis;
  const descriptor = getOwnPropertyDescriptor(globalThis, 'postMessage');
  if (descriptor === undefined || !descriptor.configurable) return;
  const { hooks } = self.runtime;
  const { enumerable = true } = descriptor;
  Object.defineProperty(globalThis, 'postMessage', {
    enumerable,
    configurable: true,
    get() {
      // nobody's code that is instrumented is running
      if (hooks.d === 0) return native;
      return (self.thread.caller ?? self).poster(globalThis, native);
    },
    set(value: unknown) {
      Object.defineProperty(globalThis, 'postMessage', {
        value,
        enumerable,
        configurable: true,
        writable: true,
      });
    },
  });
}

function posterTo(runtime: ThreadRuntime, target: object, native: AnyFunction): AnyFunction {
  const post = throwingAsOriginal((_, self, args) => {
    if (args.length === 0 || (self !== undefined && self !== target)) return apply(native, self, args);
    const { given, ports: all } = readArguments(args);
    const ports = onlyUserPorts(all);
    if (ports === undefined && findShared(args[0]) === undefined) return apply(native, self, given);
    return sendSealed(runtime, native, self, given, ports);
  });
  const { postMessage } = {
    postMessage(this: unknown, ...args: unknown[]): unknown {
      return post(native, this, args);
    },
  };
  return disguise(postMessage, native);
}

/** `(message, origin, transfer)` or `(message, { targetOrigin, transfer })`; an iterator is drained once. */
function readArguments(args: unknown[]): { given: unknown[]; ports: Port[] | undefined } {
  const given = args.slice();
  const options = given[1];
  const inOptions = typeof options === 'object' && options !== null;
  const transfer: unknown = inOptions ? (options as { transfer?: unknown }).transfer : given[2];
  if (typeof transfer !== 'object' || transfer === null) return { given, ports: undefined };
  const list = drained(transfer);
  if (list === undefined) return { given, ports: undefined };
  if (inOptions) given[1] = { __proto__: options, transfer: list };
  else given[2] = list;
  return { given, ports: portsOf(list) };
}

/**
 * vm contexts. Each is a realm of its own: its views, Atomics and DataView are patched before any code runs in
 * it, by whichever call it is made. Code that `node:vm` compiles is not instrumented, and said so.
 *
 * `moveMessagePortToContext`: a port that lives in a vm context has the bare prototype of that context, which
 * none of our other replacements reach. The first such port of each context has that prototype patched.
 *
 * Node calls our dispatch in place of its fallback for such ports, which is why that is written out again.
 * https://github.com/nodejs/node/blob/main/lib/internal/per_context/messageport.js (emitMessage)
 */

import vm, { type Context, type CreateContextOptions, type RunningScriptInNewContextOptions } from 'node:vm';
import wt, { type MessagePort } from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import {
  type AnyConstructor,
  type AnyFunction,
  disguiseSourceText,
  type Handler,
  intercept,
  throwingAsOriginal,
} from './disguise.ts';
import { openIfEnvelope } from './open.ts';
import { interceptPostOf } from './post.ts';
import type { Realm } from './realms.ts';
import { DISPATCH } from './receive.ts';
import { isUserPort, renamePort } from './user-ports.ts';

const { apply } = Reflect;
const { createContext, isContext, Script } = vm;
const runScript = Script.prototype.runInContext;

/** Runs code of ours, whatever has been replaced since. */
const runInContext = (code: string, context: Context): unknown =>
  apply(runScript, new Script(code), [context]);

const REALM = '({ Array, Atomics, DataView, Function, Int8Array, Object, Proxy, Reflect })';

const RECEIVING: symbol = Symbol.for('nodejs.internal.kCurrentlyReceivingPorts');

interface BarePort {
  onmessage?: unknown;
  onmessageerror?: unknown;
  [RECEIVING]?: unknown[];
}

const EVENT = `(class MessageEvent {
  constructor(data, target, type, ports) {
    this.data = data;
    this.target = target;
    this.type = type;
    this.ports = ports ?? [];
  }
})`;

export function interceptContexts(runtime: ThreadRuntime): void {
  const patched = new WeakSet<object>();
  intercept(wt, 'moveMessagePortToContext', (original, self, args) => {
    const user = isUserPort(args[0]);
    const port: MessagePort = Reflect.apply(original, self, args);
    if (!user) return port;
    runtime.ordering(() => {
      renamePort(args[0], port);
      const prototype = Object.getPrototypeOf(port);
      if (!patched.has(prototype) && prototype !== wt.MessagePort.prototype) {
        patched.add(prototype);
        interceptPostOf(runtime, prototype);
        interceptDispatchOf(runtime, prototype, runInContext(EVENT, args[1] as Context) as AnyConstructor);
      }
    }, undefined);
    return port;
  });
}

function interceptDispatchOf(runtime: ThreadRuntime, prototype: object, Event: AnyConstructor): void {
  const methods = {
    dispatch(this: BarePort, data: unknown, type: string): void {
      runtime.fromEventLoop();
      const listener = type === 'message' ? this.onmessage : this.onmessageerror;
      const heard = typeof listener === 'function';
      const message = openIfEnvelope(runtime, data, heard);
      if (heard)
        Reflect.apply(listener as AnyFunction, this, [new Event(message, this, type, this[RECEIVING])]);
    },
  };
  const hidden = { configurable: true, writable: true, enumerable: false };
  Object.defineProperty(prototype, DISPATCH, { ...hidden, value: methods.dispatch });
}

/** Patches the realm of each vm context; `unseen` is called when code runs that `node:vm` has compiled. */
export function interceptRealms(runtime: ThreadRuntime, unseen: () => void): void {
  const known = new WeakSet<object>();

  /** The traps of a sandbox that is a Proxy see us look; unseen, its Atomics would make ordered accesses race. */
  function meet(context: Context): void {
    if (known.has(context)) return;
    known.add(context);
    try {
      const realm = runInContext(REALM, context) as Realm;
      runtime.addRealm(realm);
      if (realm.Function !== Function) disguiseSourceText(realm.Function.prototype);
    } catch {
      // a sandbox whose globals are not what they are called
    }
  }

  const create: Handler = (original, self, args) => {
    const context = apply(original, self, args);
    meet(context);
    return context;
  };
  intercept(vm, 'createContext', throwingAsOriginal(create));

  /** while Node makes the realm that it keeps for itself */
  let ofNode = false;
  const unnamed = <T>(run: () => T): T => {
    const outer = ofNode;
    ofNode = true;
    try {
      return run();
    } finally {
      ofNode = outer;
    }
  };

  /** Makes the context that the function would make of the argument at `at`, a little earlier. */
  const running =
    (at: number): Handler =>
    (original, self, args) => {
      if (isOfNode(args[at], args[at + 1])) return unnamed(() => apply(original, self, args));
      unseen();
      const sandbox = args[at] === undefined ? {} : args[at];
      const options = args[at + 1];
      if (typeof sandbox !== 'object' || sandbox === null || isContext(sandbox)) {
        return apply(original, self, args);
      }
      try {
        meet(createContext(sandbox, contextOptions(options)));
      } catch {
        return apply(original, self, args);
      }
      return apply(original, self, [...args.slice(0, at), sandbox, ...args.slice(at + 1)]);
    };
  intercept(vm, 'runInNewContext', running(1));
  intercept(Script.prototype, 'runInNewContext', running(0));

  const naming: Handler = (original, self, args) => {
    if (!ofNode) unseen();
    return apply(original, self, args);
  };
  for (const name of ['runInContext', 'runInThisContext']) {
    intercept(Script.prototype, name, naming);
  }
  intercept(vm, 'compileFunction', naming);
}

/** lib/internal/util.js, `getInternalGlobal`: a realm of Node's own, for its regular expressions. */
function isOfNode(sandbox: unknown, options: unknown): boolean {
  const name = (options as { contextName?: unknown } | undefined)?.contextName;
  return name === 'internal' && (sandbox === undefined || Object.keys(sandbox as object).length === 0);
}

/** How `runInNewContext` makes its context: its own names for the options of `createContext`. */
function contextOptions(options: unknown): CreateContextOptions {
  if (typeof options !== 'object' || options === null) return {};
  const given = options as RunningScriptInNewContextOptions;
  const made: CreateContextOptions = {};
  if (given.contextName !== undefined) made.name = given.contextName;
  if (given.contextOrigin !== undefined) made.origin = given.contextOrigin;
  if (given.contextCodeGeneration !== undefined) made.codeGeneration = given.contextCodeGeneration;
  if (given.microtaskMode !== undefined) made.microtaskMode = given.microtaskMode;
  return made;
}

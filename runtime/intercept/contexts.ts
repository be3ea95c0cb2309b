/**
 * `moveMessagePortToContext`: a port that lives in a vm context has the bare prototype of that context, which
 * none of our other replacements reach. The first such port of each context has that prototype patched.
 *
 * Node calls our dispatch in place of its fallback for such ports, which is why that is written out again.
 * https://github.com/nodejs/node/blob/main/lib/internal/per_context/messageport.js (emitMessage)
 */

import { type Context, runInContext } from 'node:vm';
import wt, { type MessagePort } from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import { type AnyConstructor, type AnyFunction, intercept } from './disguise.ts';
import { DISPATCH, openIfEnvelope } from './receive.ts';
import { interceptPostOf } from './send.ts';
import { isUserPort, renamePort } from './user-ports.ts';

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
    renamePort(args[0], port);
    const prototype = Object.getPrototypeOf(port);
    if (!patched.has(prototype) && prototype !== wt.MessagePort.prototype) {
      patched.add(prototype);
      interceptPostOf(runtime, prototype);
      interceptDispatchOf(runtime, prototype, runInContext(EVENT, args[1] as Context));
    }
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

/**
 * The way in: takes each message out of its envelope at the moment that the user gets it, and acquires the
 * clock of that message, not of one still in the queue.
 *
 * Every style of receiving (`on`, `once`, `addEventListener`, `onmessage`, `events.on`, `events.once`, of
 * ports, Workers, parentPort and BroadcastChannels) goes through one method that Node's C++ calls under a
 * registered symbol. Beside it stands only `receiveMessageOnPort`. A port's close event goes the same way.
 * https://github.com/nodejs/node/blob/main/lib/internal/per_context/messageport.js
 *
 * Without a runtime (a thread that is not checked) messages are still taken out of their envelopes.
 */
import { EventEmitter } from 'node:events';
import wt from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import { type AnyFunction, type Handler, intercept, standIn, throwingAsOriginal } from './disguise.ts';
import { type Envelope, isEnvelope } from './envelope.ts';
import { open } from './open.ts';
import { nativeThreadId } from './thread-ids.ts';
import { closed } from './user-ports.ts';

const { apply } = Reflect;
const { getPrototypeOf } = Object;
export const DISPATCH: symbol = Symbol.for('nodejs.internal.kHybridDispatch');

/** Whose listeners hear what arrives on a port: for the inner port of a Worker object that Worker. */
const speakers: WeakMap<object, EventEmitter> = new WeakMap();

export function speaksFor(port: object, worker: EventEmitter): void {
  speakers.set(port, worker);
}

/** A message that nobody listens to is not received: it orders nothing. */
function isHeard(port: wt.MessagePort): boolean {
  const speaker = speakers.get(port);
  if (speaker === undefined) return (port as unknown as EventEmitter).listenerCount('message') > 0;
  return speaker.listenerCount('message') > 0 || speaker.emit !== EventEmitter.prototype.emit;
}

/** What Node's own port brings for `process.on('workerMessage')`, on its way to the listeners. */
interface ThreadMessage {
  type?: string;
  source?: number;
  destination?: number;
  value?: unknown;
}

function openThreadMessage(runtime: ThreadRuntime | undefined, message: ThreadMessage): void {
  if (!isEnvelope(message.value)) return;
  const arrived =
    message.type === 'receiveMessageFromWorker' ||
    (message.type === 'sendMessageToWorker' && message.destination === nativeThreadId);
  if (arrived && runtime !== undefined) message.source = runtime.ids.toShown(message.source as number);
  if (arrived) message.value = open(runtime, message.value, process.listenerCount('workerMessage') > 0);
}

/** Not one that the user dispatches. The method that Node's C++ calls for it cannot be replaced. */
function isCloseOfNode(event: object): boolean {
  return getPrototypeOf(event)?.constructor?.name === 'MessagePortCloseEvent';
}

export function interceptDispatch(runtime: ThreadRuntime | undefined): void {
  const prototype = wt.MessagePort.prototype as unknown as Record<symbol, AnyFunction>;
  const dispatch = standIn(prototype[DISPATCH]!, (original, port, args) => {
    // Node passes three arguments; `port.emit`, which user code calls, passes two
    if (args.length === 3 && args[2] === undefined) {
      runtime?.fromEventLoop();
      const message: unknown = args[0];
      let cause = 0;
      if (typeof message === 'object' && message !== null && args[1] === 'message') {
        if (isEnvelope(message)) {
          args[0] = open(runtime, message, isHeard(port));
          cause = message[3];
        } else if (!Array.isArray(message)) openThreadMessage(runtime, message);
      }
      // what is done with the message is done for its sender (causes.ts)
      if (cause !== 0 && runtime !== undefined)
        return runtime.causes.run(cause, () => apply(original, port, args));
    } else if (runtime !== undefined && args[1] === 'close' && isCloseOfNode(args[0])) {
      runtime.fromEventLoop();
      closed(runtime, port, port.listenerCount('close') > 0);
    }
    return apply(original, port, args);
  });
  const hidden = { configurable: true, writable: true, enumerable: false };
  Object.defineProperty(prototype, DISPATCH, { ...hidden, value: dispatch });
}

export function interceptReceive(runtime: ThreadRuntime | undefined): void {
  const receive: Handler = (original, self, args) => {
    const received = apply(original, self, args);
    if (!isEnvelope(received?.message)) return received;
    const envelope: Envelope = received.message;
    runtime?.surviving(() => runtime.causes.take(envelope[3]), undefined);
    received.message = open(runtime, envelope, true);
    return received;
  };
  intercept(wt, 'receiveMessageOnPort', throwingAsOriginal(receive));
}

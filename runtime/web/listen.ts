/**
 * The way in. The runtime's listener comes first on every target that messages arrive at; it acquires the clock of
 * the message, once, if anybody of the program's hears it. What the program reads as `event.data` is the message
 * without its envelope, whichever way it listens.
 */
import type { ThreadRuntime } from '../contract.ts';
import { type AnyFunction, disguise, intercept } from '../intercept/disguise.ts';
import { isEnvelope } from '../intercept/envelope.ts';
import { openIfEnvelope } from '../intercept/open.ts';
import { closed, isUserPort } from '../intercept/user-ports.ts';
import { dataOf, ofAnalysis } from './broadcast.ts';
import { type Reseal, resealOf } from './links.ts';
import {
  apply,
  dispatchEvent,
  getOwnPropertyDescriptor,
  isTrusted,
  listenFirst,
  messageData,
  messagePorts,
  NativeMessageEvent,
  stopEvent,
} from './natives.ts';
import type { Thread } from './thread.ts';

/** Takes a message that is not the program's; false leaves it. */
export type Control = (message: unknown, event: MessageEvent) => boolean;

export interface Watched {
  control?: Control | undefined;
  reseal?: Reseal | undefined;
  /** of a BroadcastChannel: whose clocks count */
  analysis?: (() => number) | undefined;
}

type Listeners = Map<unknown, { once: boolean }>;

/** The program's listeners of a watched target, by type. */
const listeners: WeakMap<EventTarget, Record<string, Listeners>> = new WeakMap();
/** Events that were made here, of messages that had to wait. */
const again: WeakSet<Event> = new WeakSet();

const isOnce = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && Boolean((options as { once?: unknown }).once);

/** Reads what is heard where, and makes `event.data` what was sent. */
export function interceptListening(): void {
  intercept(EventTarget.prototype, 'addEventListener', (original, self, args) => {
    const result = apply(original, self, args);
    const heard = listeners.get(self ?? globalThis)?.[String(args[0])];
    if (heard !== undefined && args[1]) heard.set(args[1], { once: isOnce(args[2]) });
    return result;
  });
  intercept(EventTarget.prototype, 'removeEventListener', (original, self, args) => {
    listeners.get(self ?? globalThis)?.[String(args[0])]?.delete(args[1]);
    return apply(original, self, args);
  });
  const descriptor = getOwnPropertyDescriptor(MessageEvent.prototype, 'data')!;
  const reading = {
    get data() {
      return dataOf(apply(messageData, this, []));
    },
  };
  const get = disguise(
    getOwnPropertyDescriptor(reading, 'data')!.get as AnyFunction,
    descriptor.get as AnyFunction,
  );
  Object.defineProperty(MessageEvent.prototype, 'data', { ...descriptor, get });
}

/** Does the program listen? What listens once has done so with this event. */
function isHeard(target: EventTarget, type: 'message' | 'close'): boolean {
  const heard = listeners.get(target)?.[type] ?? new Map();
  const any = heard.size > 0;
  for (const [listener, { once }] of heard) if (once) heard.delete(listener);
  return any || typeof (target as unknown as Record<string, unknown>)[`on${type}`] === 'function';
}

/** From now on the messages that come to `target` are taken out of their envelopes. */
export function watch(
  thread: Thread,
  target: EventTarget,
  { control, reseal, analysis }: Watched = {},
): void {
  if (listeners.has(target)) return;
  listeners.set(target, { message: new Map(), close: new Map() });
  listenFirst(target, 'message', (event) => {
    const resent = again.has(event);
    // the program's own
    if (!resent && !isTrusted(event)) return;
    const message = apply(messageData, event, []);
    if (!resent && control?.(message, event as MessageEvent)) {
      apply(stopEvent, event, []);
      return;
    }
    const { runtime } = thread;
    if (runtime === undefined) {
      const ports = apply(messagePorts, event, []) as readonly MessagePort[];
      apply(stopEvent, event, []);
      thread.attached(() =>
        resend(target, event as MessageEvent, reseal?.(message, ports) ?? message, ports),
      );
      return;
    }
    runtime.fromEventLoop();
    let sent = analysis === undefined ? message : ofAnalysis(message, analysis());
    const onPort = resealOf(target);
    if (onPort !== undefined && !isEnvelope(message))
      sent = onPort(message, apply(messagePorts, event, []) as readonly MessagePort[]);
    openIfEnvelope(runtime, sent, isHeard(target, 'message'));
  });
  if (isUserPort(target)) watchClose(thread, target);
}

function watchClose(thread: Thread, port: EventTarget): void {
  listenFirst(port, 'close', (event) => {
    if (!isTrusted(event)) return;
    const step = (runtime: ThreadRuntime): void => {
      runtime.fromEventLoop();
      closed(runtime, port, isHeard(port, 'close'));
    };
    if (thread.runtime !== undefined) step(thread.runtime);
  });
}

/** The message has waited until the thread was attached. */
function resend(
  target: EventTarget,
  { origin, lastEventId, source }: MessageEvent,
  data: unknown,
  ports: readonly MessagePort[],
): void {
  const event = new NativeMessageEvent('message', { data, origin, lastEventId, source, ports: [...ports] });
  again.add(event);
  apply(dispatchEvent, target, [event]);
}

/** Ports, channels and broadcasts: what leaves by them. What comes is listen.ts's. */
import {
  type AnyConstructor,
  type AnyFunction,
  intercept,
  replaceValue,
  standInClass,
  throwingAsOriginal,
} from '../intercept/disguise.ts';
import { seal } from '../intercept/envelope.ts';
import { readTransferList } from '../intercept/transfer-list.ts';
import { addChannel, closing, isUserPort, onPort, portsWentAway } from '../intercept/user-ports.ts';
import { broadcastOf } from './broadcast.ts';
import { postLater } from './later.ts';
import { sendOnPort } from './links.ts';
import { watch } from './listen.ts';
import { apply, construct } from './natives.ts';
import type { Thread } from './thread.ts';

export function interceptPorts(thread: Thread): void {
  // whatever speaks in envelopes is listened to, wherever it came from
  onPort((port) => watch(thread, port as MessagePort));
  intercept(
    MessagePort.prototype,
    'postMessage',
    throwingAsOriginal((original, port, args) => {
      if (args.length === 0) return apply(original, port, args);
      if (!isUserPort(port)) return postElsewhere(original, port, args);
      const { runtime } = thread;
      if (runtime !== undefined) return sendOnPort(runtime, original, port, args);
      return postLater(thread, args, (later, held) => sendOnPort(later, original, port, held));
    }),
  );
  intercept(MessagePort.prototype, 'close', (original, port, args) => {
    if (!isUserPort(port)) return apply(original, port, args);
    // what was posted before has to leave first
    thread.attached((runtime) => {
      closing(runtime, port);
      apply(original, port, args);
    });
  });
  const { ServiceWorker } = globalThis as { ServiceWorker?: AnyConstructor };
  if (ServiceWorker !== undefined)
    intercept(ServiceWorker.prototype, 'postMessage', throwingAsOriginal(postElsewhere));
  replaceClass('MessageChannel', (Original, args, newTarget) => {
    const channel = construct(Original, args, newTarget) as MessageChannel;
    addChannel(channel.port1, channel.port2);
    return channel;
  });
}

/** To a shared worker or a service worker: nothing of ours may follow. */
function postElsewhere(original: AnyFunction, target: unknown, args: unknown[]): unknown {
  if (args.length < 2) return apply(original, target, args);
  const { argument, ports } = readTransferList(args[1]);
  const result = apply(original, target, [args[0], argument]);
  portsWentAway(ports);
  return result;
}

/** @param isForeign by name: the channel is not the program's */
export function interceptBroadcast(
  thread: Thread,
  analysis: () => number,
  isForeign: (name: string) => boolean,
): void {
  // those of code that ran before us, or that we are to leave alone, may be heard where nobody knows envelopes
  const watched: WeakSet<object> = new WeakSet();
  replaceClass('BroadcastChannel', (Original, args, newTarget) => {
    const channel = construct(Original, args, newTarget) as BroadcastChannel;
    if (isForeign(channel.name)) return channel;
    watched.add(channel);
    watch(thread, channel, { analysis });
    return channel;
  });
  const { BroadcastChannel } = globalThis as { BroadcastChannel?: AnyConstructor };
  if (BroadcastChannel === undefined) return;
  intercept(
    BroadcastChannel.prototype,
    'postMessage',
    throwingAsOriginal((original, channel, args) => {
      if (args.length === 0 || !watched.has(channel)) return apply(original, channel, args);
      const { runtime } = thread;
      if (runtime === undefined)
        return postLater(thread, args.slice(0, 1), (later, [data]) =>
          apply(original, channel, [broadcastOf(analysis(), seal(later, data, undefined, true))]),
        );
      return apply(original, channel, [broadcastOf(analysis(), seal(runtime, args[0], undefined, true))]);
    }),
  );
}

function replaceClass(
  name: 'MessageChannel' | 'BroadcastChannel',
  make: (Original: AnyConstructor, args: unknown[], newTarget: AnyConstructor) => object,
): void {
  const Original = (globalThis as unknown as Record<string, AnyConstructor | undefined>)[name];
  // a worklet has none
  if (Original === undefined) return;
  const Patched = standInClass(Original, (args, newTarget) => make(Original, args, newTarget));
  replaceValue(globalThis, name, Patched);
  replaceValue(Original.prototype, 'constructor', Patched);
}

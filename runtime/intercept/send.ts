/** The way out: every place where a message of the user's leaves this thread puts it into an envelope. */
import wt from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import {
  type AnyConstructor,
  type AnyFunction,
  type Handler,
  intercept,
  replaceValue,
  standInClass,
  throwingAsOriginal,
} from './disguise.ts';
import { seal } from './envelope.ts';
import { readTransferList } from './transfer-list.ts';
import { addChannel, closing, isUserPort, keepPorts, onlyUserPorts } from './user-ports.ts';

const { apply, construct } = Reflect;

/** Calls `original` with the message `args[at]` sealed. */
export function sealAndSend(
  runtime: ThreadRuntime,
  original: AnyFunction,
  self: unknown,
  args: unknown[],
  at = 0,
): unknown {
  const sealed = args.slice();
  if (args.length === at + 1) {
    sealed[at] = seal(runtime, args[at]);
    return apply(original, self, sealed);
  }
  const transfer = readTransferList(args[at + 1]);
  const ports = onlyUserPorts(transfer.ports);
  sealed[at] = seal(runtime, args[at], ports);
  sealed[at + 1] = transfer.argument;
  try {
    return apply(original, self, sealed);
  } catch (error) {
    keepPorts(runtime, ports);
    throw error;
  }
}

/** `new MessageChannel()`, from wherever the user takes it: both ports speak in envelopes. */
export function interceptMessageChannel(): void {
  const Original = wt.MessageChannel as AnyConstructor;
  const MessageChannel = standInClass(Original, (args, newTarget) => {
    const channel = construct(Original, args, newTarget) as InstanceType<typeof wt.MessageChannel>;
    addChannel(channel.port1, channel.port2);
    return channel;
  });
  replaceValue(Original.prototype, 'constructor', MessageChannel);
  replaceValue(wt, 'MessageChannel', MessageChannel);
  replaceValue(globalThis, 'MessageChannel', MessageChannel);
}

/** `port.postMessage` and `port.close`. Ports that Node uses for itself are left alone. */
export function interceptPostOf(runtime: ThreadRuntime, prototype: object): void {
  const post: Handler = (original, port, args) =>
    args.length === 0 || !isUserPort(port)
      ? apply(original, port, args)
      : sealAndSend(runtime, original, port, args);
  intercept(prototype, 'postMessage', throwingAsOriginal(post));
  intercept(prototype, 'close', (original, port, args) => {
    if (isUserPort(port)) closing(runtime, port);
    return apply(original, port, args);
  });
}

export function interceptPost(runtime: ThreadRuntime): void {
  interceptPostOf(runtime, wt.MessagePort.prototype);
  // a BroadcastChannel takes no transfer list, whatever else is passed
  const broadcast: Handler = (original, channel, args) =>
    args.length === 0
      ? apply(original, channel, args)
      : apply(original, channel, [seal(runtime, args[0], undefined, true)]);
  intercept(wt.BroadcastChannel.prototype, 'postMessage', throwingAsOriginal(broadcast));
}

/** `postMessageToThread(threadId, message, …)`, Node 22.5 and later. */
export function interceptPostToThread(runtime: ThreadRuntime): void {
  intercept(wt, 'postMessageToThread', (original, self, args) => {
    if (args.length < 2) return apply(original, self, args);
    if (typeof args[0] === 'number') args[0] = runtime.ids.toNative(args[0]);
    const timeoutOnly = typeof args[2] === 'number';
    return timeoutOnly
      ? apply(original, self, [args[0], seal(runtime, args[1]), ...args.slice(2)])
      : sealAndSend(runtime, original, self, args, 1);
  });
}

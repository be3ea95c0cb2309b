/** The way out: every place where a message of the user's leaves this thread puts it into an envelope. */
import wt from 'node:worker_threads';
import type { ThreadRuntime } from '../contract.ts';
import {
  type AnyConstructor,
  type Handler,
  intercept,
  replaceValue,
  standInClass,
  throwingAsOriginal,
} from './disguise.ts';
import { seal } from './envelope.ts';
import { interceptPostOf, sealAndSend } from './post.ts';
import { addChannel } from './user-ports.ts';

const { apply, construct } = Reflect;

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

/** The way out of a message, on whatever platform: it is put into an envelope. */
import type { ThreadRuntime } from '../contract.ts';
import { type AnyFunction, type Handler, intercept, throwingAsOriginal } from './disguise.ts';
import { seal } from './envelope.ts';
import { readTransferList } from './transfer-list.ts';
import { closing, isUserPort, keepPorts, onlyUserPorts, type Port } from './user-ports.ts';

const { apply } = Reflect;

/** Calls `original` with the message `args[at]` sealed. */
export function sealAndSend(
  runtime: ThreadRuntime,
  original: AnyFunction,
  self: unknown,
  args: unknown[],
  at = 0,
): unknown {
  const given = args.slice();
  if (args.length === at + 1) return sendSealed(runtime, original, self, given, undefined, at);
  const { argument, ports } = readTransferList(args[at + 1]);
  given[at + 1] = argument;
  return sendSealed(runtime, original, self, given, onlyUserPorts(ports), at);
}

/** The same with arguments that are ours, the list of what is transferred read: `ports` of it are the user's. */
export function sendSealed(
  runtime: ThreadRuntime,
  original: AnyFunction,
  self: unknown,
  args: unknown[],
  ports: Port[] | undefined,
  at = 0,
): unknown {
  args[at] = seal(runtime, args[at], ports);
  try {
    return apply(original, self, args);
  } catch (error) {
    keepPorts(runtime, ports);
    throw error;
  }
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

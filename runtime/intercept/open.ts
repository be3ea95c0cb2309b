/** The way in of a message, on whatever platform: it is taken out of its envelope, whose clock is acquired. */
import type { ThreadRuntime } from '../contract.ts';
import { clockOf, type Envelope, isEnvelope, unpack } from './envelope.ts';

/** Hands over the message in `envelope`; `heard` tells whether anyone receives it. */
export function open(runtime: ThreadRuntime | undefined, envelope: Envelope, heard: boolean): unknown {
  unpack(runtime, envelope[2]);
  if (heard) runtime?.acquire(clockOf(envelope));
  return envelope[1];
}

export function openIfEnvelope(
  runtime: ThreadRuntime | undefined,
  message: unknown,
  heard: boolean,
): unknown {
  if (!isEnvelope(message)) return message;
  if (heard) runtime?.surviving(() => runtime.causes.take(message[3]), undefined);
  return open(runtime, message, heard);
}

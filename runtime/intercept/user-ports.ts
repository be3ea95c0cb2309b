/**
 * The ports that speak in envelopes. Node's own threads and streams talk over the same prototypes, and a
 * wrapped message of theirs kills the process silently, so only ports known to be the user's are on the list:
 * those of a `MessageChannel` that the user made, `parentPort`, and such ports that came in a message.
 */
import type { MessagePort } from 'node:worker_threads';

const userPorts: WeakSet<object> = new WeakSet();
const { has, add } = WeakSet.prototype;

export function isUserPort(port: unknown): boolean {
  return Reflect.apply(has, userPorts, [port as object]);
}

export function addUserPorts(ports: readonly (MessagePort | null)[]): void {
  for (const port of ports) if (port !== null) Reflect.apply(add, userPorts, [port]);
}

/** Of the ports that go with a message those that the receiver is to treat as the user's. */
export function onlyUserPorts(ports: MessagePort[] | undefined): MessagePort[] | undefined {
  const known = ports?.filter(isUserPort);
  return known === undefined || known.length === 0 ? undefined : known;
}

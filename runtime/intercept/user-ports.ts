/**
 * The ports that speak in envelopes. Node's own threads and streams talk over the same prototypes, and a
 * wrapped message of theirs kills the process silently, so only ports known to be the user's are on the list:
 * those of a `MessageChannel` that the user made, `parentPort`, and such ports that came in a message. In a browser
 * those are off it again whose other end goes to a shared worker or a service worker.
 *
 * With each stands which end of which channel it is. A channel is numbered when one of its ends first leaves
 * its thread: until then both are of one thread, which needs no edges.
 */
import type { ChannelEnd, ThreadRuntime } from '../contract.ts';

/** A MessagePort, of whatever platform. */
export type Port = object;

/** One end, as this thread knows it. `channel` is shared by both ends of a channel that was made here. */
interface End {
  readonly channel: { number: number; isAway?: true };
  readonly side: 0 | 1;
  /** this thread has closed it */
  closed: boolean;
  /** it went with a message: Node closes the object that is left, which says nothing of the channel */
  left: boolean;
}

/** What travels for a port: its channel and side in one number, 0 for none. */
export type PortNumber = number;

const userPorts: WeakMap<object, End | undefined> = new WeakMap();
const { has, get, set } = WeakMap.prototype;
const { apply } = Reflect;

export function isUserPort(port: unknown): boolean {
  const end: End | undefined = apply(get, userPorts, [port as object]);
  return end === undefined ? apply(has, userPorts, [port as object]) : !end.channel.isAway;
}

/** They went where nobody has the runtime: what is sent there goes plain, by whoever has the other ends. */
export function portsWentAway(ports: readonly Port[] | undefined): void {
  for (const port of ports ?? []) {
    const end: End | undefined = apply(get, userPorts, [port]);
    if (end !== undefined) end.channel.isAway = true;
  }
}

let met = (_port: Port): void => {};

/** Calls `step` with each port that is put on the list. */
export function onPort(step: (port: Port) => void): void {
  met = step;
}

function addPort(port: object, end: End | undefined): void {
  apply(set, userPorts, [port, end]);
  met(port);
}

function numbered(port: object): { end: End; at: ChannelEnd } | undefined {
  const end: End | undefined = apply(get, userPorts, [port]);
  if (end === undefined || end.channel.number === 0) return undefined;
  return { end, at: { channel: end.channel.number, side: end.side } };
}

/** Stands for the channel that both ends were made with here. */
export function channelOf(port: Port): object | undefined {
  return (apply(get, userPorts, [port]) as End | undefined)?.channel;
}

/** No end of its channel has left this thread, as far as anybody knows. */
export function isUnnumbered(port: Port): boolean {
  return (apply(get, userPorts, [port]) as End | undefined)?.channel.number === 0;
}

/** `parentPort`: the end of its channel is that of its thread. */
export function addParentPort(port: Port | null): void {
  if (port !== null) addPort(port, undefined);
}

/** The ports of a channel that the user has just made. */
export function addChannel(port1: Port, port2: Port): void {
  const channel = { number: 0 };
  addPort(port1, { channel, side: 0, closed: false, left: false });
  addPort(port2, { channel, side: 1, closed: false, left: false });
}

/** `moved` is what has become of `port`, in this thread. */
export function renamePort(port: Port, moved: Port): void {
  addPort(moved, apply(get, userPorts, [port]));
}

/** Ports that came with a message, and their numbers. */
export function addReceivedPorts(
  runtime: ThreadRuntime | undefined,
  ports: readonly (Port | null)[],
  numbers: readonly PortNumber[],
): void {
  for (let i = 0; i < ports.length; i++) {
    const port = ports[i];
    if (port === null || port === undefined) continue;
    const number = numbers[i] ?? 0;
    const side = (number % 2) as 0 | 1;
    const channel = Math.floor(number / 2);
    const end = { channel: { number: channel }, side, closed: false, left: false };
    addPort(port, number === 0 ? undefined : end);
    if (number !== 0) runtime?.moveEnd({ channel, side }, true);
  }
}

/** The ports leave with a message: their numbers. */
export function numbersOf(runtime: ThreadRuntime, ports: readonly Port[]): PortNumber[] {
  return ports.map((port) => {
    const end: End | undefined = apply(get, userPorts, [port]);
    if (end === undefined) return 0;
    if (end.channel.number === 0) end.channel.number = runtime.openChannel();
    if (end.channel.number === 0) return 0;
    end.left = true;
    runtime.moveEnd({ channel: end.channel.number, side: end.side }, false);
    return end.channel.number * 2 + end.side;
  });
}

/** The message could not be sent: they stay. */
export function keepPorts(runtime: ThreadRuntime, ports: readonly unknown[] | undefined): void {
  for (const port of ports ?? []) {
    const known = numbered(port as object);
    if (known === undefined) continue;
    known.end.left = false;
    runtime.moveEnd(known.at, true);
  }
}

/** The user calls `close()`. */
export function closing(runtime: ThreadRuntime, port: object): void {
  const known = numbered(port);
  if (known === undefined || known.end.closed || known.end.left) return;
  known.end.closed = true;
  runtime.closeEnd(known.at);
}

/** Its close event comes; `heard` tells whether anyone listens. */
export function closed(runtime: ThreadRuntime, port: object, heard: boolean): void {
  const known = numbered(port);
  if (known === undefined || known.end.left) return;
  runtime.endClosed(known.at, heard && !known.end.closed);
}

/** Of the ports that go with a message those that the receiver is to treat as the user's. */
export function onlyUserPorts(ports: Port[] | undefined): Port[] | undefined {
  const known = ports?.filter(isUserPort);
  return known === undefined || known.length === 0 ? undefined : known;
}

/**
 * An outgoing message travels in an envelope: the message, the sender's clock, and which id of the arena each
 * shared buffer in it has. One structured clone keeps identity, so the receiver learns the ids without
 * looking into the message. (SEMANTICS.md 3: postMessage → the receipt of that message.)
 *
 * An envelope is a flat array `[MAGIC, data, contents, cause, ...clock]`, the cheapest shape to clone (measured on
 * Node 20: +0.25 µs a message; a keyed object with an Int32Array +1.2 µs). `data` comes first, so that of two
 * things that cannot be cloned the user hears of the same one as without us.
 */
import type { ThreadRuntime } from '../contract.ts';
import { adoptMemory, idOf } from './shared-memory.ts';
import { addReceivedPorts, numbersOf, type Port, type PortNumber } from './user-ports.ts';
import { findShared, type SharedMemory } from './walk.ts';

/** No message of a user starts like this; an envelope is made by tsrace or nobody. */
const MAGIC = '\u0000tsrace message';
const HEADER = 4;

/** What is in an envelope besides plain data. 0 when there is nothing. */
type Contents = [memories: SharedMemory[], ids: number[], ports: Port[], portNumbers: PortNumber[]] | 0;
export type Envelope = [magic: string, data: unknown, contents: Contents, cause: number, ...clock: number[]];

/** Makes the shared buffers of `data` known to all threads, and lists them for the receiver, or `many` of them. */
export function pack(
  runtime: ThreadRuntime,
  data: unknown,
  ports: Port[] | undefined,
  many = false,
): Contents {
  return runtime.ordering(() => tryPack(runtime, data, ports, many), 0);
}

function tryPack(runtime: ThreadRuntime, data: unknown, ports: Port[] | undefined, many: boolean): Contents {
  const memories = findShared(data);
  if (memories === undefined && ports === undefined) return 0;
  const ids = memories?.map((memory) => idOf(runtime, memory)) ?? [];
  // one whose reference could not be counted the receiver does not get to know
  const posted = ids.map((id) => (runtime.posted(id, many) ? id : 0));
  return [memories ?? [], posted, ports ?? [], ports === undefined ? [] : numbersOf(runtime, ports)];
}

/** Takes over the buffers of a message that came in, and the ports in it that speak in envelopes. */
export function unpack(runtime: ThreadRuntime | undefined, contents: Contents): void {
  if (contents === 0) return;
  if (runtime === undefined) addReceivedPorts(runtime, contents[2], contents[3]);
  else runtime.ordering(() => tryUnpack(runtime, contents), undefined);
}

function tryUnpack(runtime: ThreadRuntime, contents: Exclude<Contents, 0>): void {
  const [memories, ids, ports, portNumbers] = contents;
  for (let i = 0; i < memories.length; i++) adoptMemory(runtime, memories[i]!, ids[i]!);
  addReceivedPorts(runtime, ports, portNumbers);
}

export function seal(runtime: ThreadRuntime, data: unknown, ports?: Port[], many = false): Envelope {
  const cause = runtime.surviving(() => runtime.causes.current(), 0);
  const contents = pack(runtime, data, ports, many);
  const envelope: Envelope = [MAGIC, data, contents, cause];
  const clock = runtime.release(contents === 0 ? 0 : (contents[1][0] ?? 0));
  for (let i = 0; i < clock.length; i++) envelope[HEADER + i] = clock[i]!;
  return envelope;
}

/** An envelope for data whose contents the receiver knows already. */
export const envelopeOf = (data: unknown, clock: readonly number[], cause: number): Envelope => [
  MAGIC,
  data,
  0,
  cause,
  ...clock,
];

export function isEnvelope(message: unknown): message is Envelope {
  return Array.isArray(message) && message[0] === MAGIC;
}

/** The sender's clock: to be acquired when the message is delivered. */
export function clockOf(envelope: Envelope): Int32Array {
  const clock = new Int32Array(envelope.length - HEADER);
  for (let i = 0; i < clock.length; i++) clock[i] = envelope[HEADER + i] as number;
  return clock;
}

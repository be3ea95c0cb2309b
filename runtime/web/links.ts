/**
 * The way from this thread to one that it made, whose code may have the runtime or not: the program's messages go
 * plain until it says that it has (`hello`), so a worker without the runtime never sees anything of ours. What a
 * checked receiver has to know of the plain ones is kept, and goes with the answer to its hello:
 *
 *   made   →   hello (from the thread)   →   start (the answer)   →   envelopes both ways
 */
import type { Segments, ThreadRuntime } from '../contract.ts';
import type { AnyFunction } from '../intercept/disguise.ts';
import { envelopeOf, type pack, seal } from '../intercept/envelope.ts';
import { sealAndSend } from '../intercept/post.ts';
import { adoptMemory } from '../intercept/shared-memory.ts';
import { readTransferList } from '../intercept/transfer-list.ts';
import {
  addReceivedPorts,
  channelOf,
  isUnnumbered,
  keepPorts,
  numbersOf,
  onlyUserPorts,
  type PortNumber,
} from '../intercept/user-ports.ts';
import { findShared } from '../intercept/walk.ts';
import { apply } from './natives.ts';

export const HELLO = '\u0000tsrace hello';
const START = '\u0000tsrace start';
/** the thread is about to end by itself */
export const BYE = '\u0000tsrace bye';
/** the thread has the lock that tells its end */
export const ALIVE = '\u0000tsrace alive';

/**
 * What a reader of a plain message has to know: ids of its shared memory, in the order of findShared; its ports; the
 * clock; the same of the plain messages that are on their way to these ports; and what it was sent for (causes.ts).
 */
type Meta = [ids: number[], ports: PortNumber[], clock: number[], onPorts: Meta[][], cause: number];

/** The other end of a channel went to a thread that may not have the runtime. */
interface Detour {
  link: Link;
  metas: Meta[];
}
/** by channel */
const detours: WeakMap<object, Detour> = new WeakMap();
/** Ports that came with plain messages on their way. */
const reseals: WeakMap<object, Reseal> = new WeakMap();

/** Of a port: how its first messages are to be read, if they came plain. */
export const resealOf = (port: object): Reseal | undefined => reseals.get(port);

/** A port of the program's sends a message. */
export function sendOnPort(
  runtime: ThreadRuntime,
  original: AnyFunction,
  port: object,
  args: unknown[],
): unknown {
  const channel = channelOf(port);
  const detour = channel && detours.get(channel);
  if (detour !== undefined && !detour.link.speaks)
    return detour.link.sendPlain(runtime, original, port, args, detour.metas);
  if (channel === undefined) return sealAndSend(runtime, original, port, args);
  const { argument, ports } = readTransferList(args[1]);
  const given = args.length === 1 ? args : [args[0], argument];
  // The other end may have gone unseen, to a window of another origin, which is to see nothing of ours. If it is still
  // here, there is nothing to order, and if it goes to a worker, that message does it.
  const isForSomething = runtime.causes.current() !== 0;
  if (!isForSomething && isUnnumbered(port) && ports === undefined && findShared(args[0]) === undefined)
    return apply(original, port, given);
  return sealAndSend(runtime, original, port, given);
}

/** What a new thread needs. */
export type Start = [
  magic: string,
  segments: Segments,
  seq: number,
  bell: Int32Array,
  metas: Meta[],
  cause: number,
];

/** What a processor of an audio worklet is made with. */
export type MadeWith = [
  segments: Segments,
  seq: number,
  bell: Int32Array,
  contents: ReturnType<typeof pack>,
  clock: number[],
  cause: number,
];

export const isStart = (message: unknown): message is Start => Array.isArray(message) && message[0] === START;

export const startMessage = (segments: Segments, bell: Int32Array, { seq, metas, cause }: Link): Start => [
  START,
  segments,
  seq,
  bell,
  metas.splice(0),
  cause,
];

const NOT_OURS = -1;
/** A worker that has heard as many messages and said nothing has no runtime. */
const MOST_METAS = 100_000;

export class Link {
  /** sequence number of the thread; -1 for one that cannot be checked */
  seq = -1;
  /** it has the runtime */
  speaks = false;
  /** it has the lock that tells its end */
  lives = false;
  /** what the thread was made for (causes.ts) */
  cause = 0;
  /** it is of another origin, whose locks are not ours: nobody knows when it ends */
  foreign = false;
  readonly metas: Meta[] = [];

  /** It has spoken, and not to us: it has no runtime. */
  giveUp(): void {
    this.seq = -1;
    this.metas.length = 0;
  }

  send(runtime: ThreadRuntime, original: AnyFunction, self: unknown, args: unknown[]): unknown {
    if (args.length === 0) return apply(original, self, args);
    if (this.speaks) return sealAndSend(runtime, original, self, args);
    return this.sendPlain(runtime, original, self, args, this.metas);
  }

  sendPlain(
    runtime: ThreadRuntime,
    original: AnyFunction,
    self: unknown,
    args: unknown[],
    metas: Meta[],
  ): unknown {
    if (metas.length === MOST_METAS) this.giveUp();
    if (this.seq < 0) metas.length = 0;
    const transfer = readTransferList(args[1]);
    const ports = onlyUserPorts(transfer.ports);
    const [, , contents, cause, ...clock] = seal(runtime, args[0]);
    const own = ports === undefined ? [] : numbersOf(runtime, ports);
    const numbers = (transfer.ports ?? []).map((port) => {
      const at = ports?.indexOf(port) ?? -1;
      return at < 0 ? NOT_OURS : own[at]!;
    });
    try {
      const result =
        args.length === 1 ? apply(original, self, args) : apply(original, self, [args[0], transfer.argument]);
      const onPorts = (transfer.ports ?? []).map((port) => this.detour(port));
      if (this.seq >= 0) metas.push([contents === 0 ? [] : contents[1], numbers, clock, onPorts, cause]);
      return result;
    } catch (error) {
      keepPorts(runtime, ports);
      throw error;
    }
  }

  /** The port goes to that thread: what is sent to it goes as what is sent there. */
  private detour(port: object): Meta[] {
    const channel = channelOf(port);
    if (channel === undefined) return [];
    const known = detours.get(channel);
    if (known !== undefined) return [];
    const metas: Meta[] = [];
    detours.set(channel, { link: this, metas });
    return metas;
  }
}

/** How plain messages are read: as envelopes. */
export type Reseal = (message: unknown, ports: readonly object[]) => unknown;

/** The receiver's side: the plain messages that came before the start, in order. */
export function resealWith(runtime: ThreadRuntime, metas: Meta[]): Reseal {
  let next = 0;
  return (data, ports) => {
    const meta = metas[next++];
    if (meta === undefined) return data;
    const [ids, numbers, clock, onPorts, cause] = meta;
    ports.forEach((port, i) => {
      if (onPorts[i] !== undefined && onPorts[i].length > 0)
        reseals.set(port, resealWith(runtime, onPorts[i]));
    });
    runtime.ordering(() => {
      const memories = findShared(data) ?? [];
      // an accessor of the sender's gave memory that its walk did not see
      if (memories.length !== ids.length) throw new Error('memory without an id');
      memories.forEach((memory, i) => {
        adoptMemory(runtime, memory, ids[i]!);
      });
    }, undefined);
    const known = ports.filter((_, i) => numbers[i] !== undefined && numbers[i] !== NOT_OURS);
    addReceivedPorts(
      runtime,
      known as MessagePort[],
      numbers.filter((number) => number !== NOT_OURS),
    );
    return envelopeOf(data, clock, cause);
  };
}

/**
 * What a new worker gets from its creator: the start envelope, in the place of `workerData`. The preload takes
 * it out before any code of the user's runs. The clock needs no place in it: `fork` has put the creator's
 * clock into the arena as the worker's start.
 */
import type { Segments, ThreadRuntime } from '../contract.ts';
import { pack, unpack } from './envelope.ts';
import { inheritEnvironment } from './environment.ts';
import { onlyUserPorts, type Port } from './user-ports.ts';

const MAGIC = '\u0000tsrace start';

/** How NODE_OPTIONS was before our preload was put in: undefined when it was not touched, null when not set. */
export type OwnNodeOptions = string | null | undefined;

export type StartEnvelope = [
  magic: string,
  workerData: unknown,
  contents: ReturnType<typeof pack>,
  environment: Map<unknown, unknown> | undefined,
  segments: Segments,
  seq: number,
  nodeOptions: OwnNodeOptions,
  cause: number,
  threadId: number,
];

export interface Start {
  workerData: unknown;
  environment: Map<unknown, unknown> | undefined;
  ports: Port[] | undefined;
  seq: number;
  nodeOptions: OwnNodeOptions;
  /** as the program is to know it; 0 leaves it as it is */
  threadId: number;
}

export function sealStart(runtime: ThreadRuntime, start: Start): StartEnvelope {
  const { workerData, environment, ports, seq, nodeOptions, threadId } = start;
  const contents = pack(runtime, [workerData, environment], onlyUserPorts(ports));
  return [
    MAGIC,
    workerData,
    contents,
    environment,
    runtime.segments,
    seq,
    nodeOptions,
    runtime.surviving(() => runtime.causes.current(), 0),
    threadId,
  ];
}

export function isStartEnvelope(workerData: unknown): workerData is StartEnvelope {
  return Array.isArray(workerData) && workerData[0] === MAGIC;
}

/** Names the buffers and ports that came with the start, and whom the worker works for. */
export function openStart(runtime: ThreadRuntime, envelope: StartEnvelope): void {
  unpack(runtime, envelope[2]);
  inheritEnvironment(envelope[3]);
  runtime.causes.serve(envelope[7]);
}

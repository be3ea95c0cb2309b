/**
 * Streams: the memory of a chunk is read where it goes to the system or is worked on, not where it is written
 * to the stream (a stream of the program's own may never look at it). Files go through `fs`, ciphers and hashes
 * through `crypto`; here are sockets (of http, child processes and terminals too), zlib, and string decoders.
 */
import { createRequire } from 'node:module';
import net from 'node:net';
import { Duplex, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ThreadRuntime } from '../contract.ts';
import { type Operations, type Plan, wholes } from './operations.ts';
import { patches } from './patches.ts';

const { apply, getPrototypeOf } = Reflect;
const require = createRequire(import.meta.url);

export function interceptStreams(runtime: ThreadRuntime, operations: Operations): void {
  const { bytesOf } = runtime;
  const all = patches();
  const firstArgument: Plan = (args) => wholes(bytesOf, [args[0]]);
  const reading = operations.run(firstArgument);

  for (const { prototype } of [Writable, Duplex]) {
    all.replace(
      prototype,
      ['write', 'end'],
      (original) =>
        ({
          method(this: unknown, chunk: unknown, encoding: unknown, callback: unknown): unknown {
            if (typeof chunk === 'object') operations.passes(chunk);
            return apply(original, this, [chunk, encoding, callback]);
          },
        }).method,
    );
  }
  const socket = net.Socket.prototype;
  all.handle(socket, ['_write'], reading);
  const chunks: Plan = ([list]) =>
    Array.isArray(list)
      ? wholes(
          bytesOf,
          list.map((one) => one?.chunk),
        )
      : [];
  all.handle(socket, ['_writev'], operations.run(chunks));

  all.handle(StringDecoder.prototype, ['write', 'end'], reading);
  // loaded no earlier than here: they take a millisecond
  const v8 = require('node:v8') as object;
  all.handle(v8, ['serialize', 'deserialize'], reading);
  const zlib = require('node:zlib') as ZlibModule;
  all.handle(zlib, ['crc32'], reading);
  const { prototype } = zlib.Gzip;
  for (let owner: object | null = prototype; owner !== null; owner = getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, 'reset')) all.handle(owner, ['_transform'], reading);
  }
  // what the functions that end in Sync call, whoever has taken them out of the module
  const input: Plan = ([, chunk, from, count]) => {
    const bytes = bytesOf(chunk);
    return bytes === undefined ? [] : [{ bytes, write: false, from, count }];
  };
  for (const name of ENGINES) {
    let owner: object | null = zlib[name]?.()._handle ?? null;
    for (; owner !== null; owner = getPrototypeOf(owner))
      all.handle(owner, ['writeSync'], operations.run(input));
  }
}

/** One of each kind of native handle. */
const ENGINES = [
  'createInflate',
  'createBrotliDecompress',
  'createBrotliCompress',
  'createZstdCompress',
  'createZstdDecompress',
] as const;

type ZlibModule = { Gzip: { prototype: object } } & {
  [name in (typeof ENGINES)[number]]?: () => { _handle?: object };
};

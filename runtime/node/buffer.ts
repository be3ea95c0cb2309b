/**
 * `Buffer` over shared memory: what its own methods read and write (those that it inherits are those of typed
 * arrays). Each access is recorded when the native method has returned, so that what it refuses is no access.
 *
 * What may stop early is recorded as far as its result depends on it: `indexOf` up to the end of the match,
 * a comparison (memcmp) over all that it compares.
 *
 * The methods of the prototype are replaced when the thread first meets shared memory: until then a program's
 * Buffers are Node's own. After that a Buffer of ordinary memory costs a look at its ArrayBuffer.
 */
import buffer from 'node:buffer';
import { inspect } from 'node:util';
import type { ThreadRuntime } from '../contract.ts';
import type { AnyFunction } from '../intercept/disguise.ts';
import { whole } from '../intercept/numbers.ts';
import { isOrdinary, type PassedBytes } from '../passed-bytes.ts';
import { type Make, type Patches, patches } from './patches.ts';

/** Records what a call that has returned `result` did. */
type Record = (self: Uint8Array, result: never, a: never, b: unknown, c: unknown, d: unknown) => void;

const { apply, ownKeys } = Reflect;
const { byteLength: textBytes } = Buffer;

export function interceptBuffer(runtime: ThreadRuntime): void {
  const all = patches();
  const { prototype } = Buffer;
  numbers(runtime, all, prototype);
  strings(runtime, all, prototype);
  wholes(runtime, all, prototype);
  comparisons(runtime, all, prototype);
  searches(runtime, all, prototype);
  copies(runtime, all, prototype);
  makers(runtime, all);
}

/** For methods to which an argument that is missing is one that is undefined; they touch the receiver only. */
const ofSelf =
  ({ surviving }: ThreadRuntime, record: Record): Make =>
  (original) =>
    ({
      method(this: Uint8Array, a: unknown, b: unknown, c: unknown, d: unknown): unknown {
        const result = apply(original, this, [a, b, c, d]);
        if (!isOrdinary(this)) surviving(() => record(this, result as never, a as never, b, c, d), undefined);
        return result;
      },
    }).method;

/** The same for those that touch their first argument too. */
const ofBoth =
  ({ surviving }: ThreadRuntime, record: Record): Make =>
  (original) =>
    ({
      method(this: Uint8Array, a: unknown, b: unknown, c: unknown, d: unknown): unknown {
        const result = apply(original, this, [a, b, c, d]);
        if (!isOrdinary(this) || (typeof a === 'object' && !isOrdinary(a)))
          surviving(() => record(this, result as never, a as never, b, c, d), undefined);
        return result;
      },
    }).method;

/** `readInt8(offset)`, `writeUIntBE(value, offset, byteLength)`, and all others of their kind. */
function numbers(runtime: ThreadRuntime, all: Patches, prototype: object): void {
  const { bytesOf } = runtime;
  for (const name of ownKeys(prototype).map(String)) {
    const found = /^(read|write)(?:Big)?(U?[Ii]nt|Float|Double)(\d*)(?:[BL]E)?$/.exec(name);
    if (found === null) continue;
    const [, direction, type, bits] = found;
    const told = bits === '' && type!.endsWith('nt');
    const size = bits !== '' ? Number(bits) / 8 : type === 'Float' ? 4 : 8;
    const read: Record = (self, _, offset, byteLength) =>
      bytesOf(self)?.number('read', whole(offset, 0), told ? (byteLength as number) : size);
    const write: Record = (self, _, _value, offset, byteLength) =>
      bytesOf(self)?.number('write', whole(offset, 0), told ? (byteLength as number) : size);
    all.replace(prototype, [name], ofSelf(runtime, direction === 'read' ? read : write));
  }
}

const ENCODINGS = ['ascii', 'base64', 'base64url', 'latin1', 'hex', 'ucs2', 'utf8'];

function strings(runtime: ThreadRuntime, all: Patches, prototype: object): void {
  const { bytesOf } = runtime;
  const readSlice = (bytes: PassedBytes | undefined, from: unknown, to: unknown): void => {
    const start = Math.max(0, whole(from, 0));
    bytes?.read(start, whole(to, bytes.byteLength) - start);
  };
  const slices = ENCODINGS.map((encoding) => `${encoding}Slice`);
  const slice = ofSelf(runtime, (self, _, from, to) => readSlice(bytesOf(self), from, to));
  all.replace(prototype, slices, slice);
  // later versions of Node do not go through the methods above
  const decode = ofSelf(runtime, (self, text: string, _, from, to) => {
    if (text !== '') readSlice(bytesOf(self), from, to);
  });
  all.replace(prototype, ['toString', 'toLocaleString'], decode);
  const write = ofSelf(runtime, (self, written: number, _, offset) =>
    bytesOf(self)?.write(typeof offset === 'string' ? 0 : whole(offset, 0), written),
  );
  all.replace(prototype, ['write', ...ENCODINGS.map((encoding) => `${encoding}Write`)], write);
}

function wholes(runtime: ThreadRuntime, all: Patches, prototype: object): void {
  const { bytesOf } = runtime;
  const update = ofSelf(runtime, (self) => bytesOf(self)?.update());
  all.replace(prototype, ['swap16', 'swap32', 'swap64'], update);
  const read = ofSelf(runtime, (self) => bytesOf(self)?.read());
  all.replace(prototype, ['toJSON'], read);
  const show = ofSelf(runtime, (self) => bytesOf(self)?.read(0, buffer.INSPECT_MAX_BYTES));
  all.replace(prototype, ['inspect', inspect.custom], show);
}

function comparisons(runtime: ThreadRuntime, all: Patches, prototype: object): void {
  const { bytesOf } = runtime;
  const compareParts = (a: unknown, fromA: number, toA: number, b: unknown, fromB: number, toB: number) => {
    const count = Math.min(toA - fromA, toB - fromB);
    bytesOf(a)?.read(fromA, count);
    bytesOf(b)?.read(fromB, count);
  };
  const compareAll = (a: Uint8Array, b: Uint8Array): void => {
    if (a !== b) compareParts(a, 0, a.byteLength, b, 0, b.byteLength);
  };
  const equals = ofBoth(runtime, (self, _, other: Uint8Array) => {
    if (self.byteLength === other.byteLength) compareAll(self, other);
  });
  all.replace(prototype, ['equals'], equals);
  all.handle(prototype, ['compare'], (original, self, args) => {
    const result = apply(original, self, args);
    runtime.surviving(() => {
      const [target, targetStart = 0, targetEnd = target.byteLength, start = 0, end = self.byteLength] = args;
      if (args.length === 1) compareAll(self, target);
      else compareParts(self, start, end, target, targetStart, targetEnd);
    }, undefined);
    return result;
  });
  all.handle(Buffer, ['compare'], (original, self, args) => {
    const result = apply(original, self, args);
    runtime.surviving(() => compareAll(args[0], args[1]), undefined);
    return result;
  });
}

/** How many bytes the needle has as the search sees it. */
function needleBytes(needle: unknown, encoding: unknown): number {
  if (typeof needle === 'string') return textBytes(needle, encoding as BufferEncoding);
  return typeof needle === 'number' ? 1 : (needle as Uint8Array).byteLength;
}

/** `indexOf(value, byteOffset, end, encoding)`, where `end` is of Node 24, and what is in between may be left out. */
function searches(runtime: ThreadRuntime, all: Patches, prototype: object): void {
  const { bytesOf } = runtime;
  const search = (
    self: Uint8Array,
    at: number,
    needle: unknown,
    backwards: boolean,
    rest: unknown[],
  ): void => {
    bytesOf(needle)?.read();
    const bytes = bytesOf(self);
    const encoding = rest.find((arg) => typeof arg === 'string');
    const size = bytes === undefined ? 0 : needleBytes(needle, encoding);
    if (bytes === undefined || size === 0) return;
    const { byteLength } = bytes;
    const [offset, to] = rest;
    const asked = typeof offset === 'string' || Number.isNaN(Number(offset)) ? undefined : offset;
    let from = whole(asked, backwards ? byteLength : 0);
    if (from < 0) from += byteLength;
    const end = typeof to === 'number' ? Math.min(byteLength, Math.max(0, to)) : byteLength;
    if (backwards) {
      const first = Math.max(0, at);
      if (from >= 0) bytes.read(first, Math.min(from + size, end) - first);
    } else {
      const first = Math.max(0, from);
      bytes.read(first, (at >= 0 ? Math.min(at + size, end) : end) - first);
    }
  };
  const forwards = ofBoth(runtime, (self, at: number, needle, ...rest) =>
    search(self, at, needle, false, rest),
  );
  const backwards = ofBoth(runtime, (self, at: number, needle, ...rest) =>
    search(self, at, needle, true, rest),
  );
  const { indexOf } = prototype as { indexOf: AnyFunction };
  const includes = ofBoth(runtime, (self, found: boolean, needle, ...rest) => {
    // where it was found tells what was read
    const at = found ? (apply(indexOf, self, [needle, ...rest]) as number) : -1;
    search(self, at, needle, false, rest);
  });
  all.replace(prototype, ['includes'], includes);
  all.replace(prototype, ['indexOf'], forwards);
  all.replace(prototype, ['lastIndexOf'], backwards);
}

function copies(runtime: ThreadRuntime, all: Patches, prototype: object): void {
  const { bytesOf } = runtime;
  const copy = ofBoth(runtime, (self, count: number, target, targetStart, sourceStart) => {
    bytesOf(self)?.read(whole(sourceStart, 0), count);
    bytesOf(target)?.write(whole(targetStart, 0), count);
  });
  all.replace(prototype, ['copy'], copy);
  const fill = ofBoth(runtime, (self, _, value, offset, end) => {
    const { byteLength } = self;
    const from = typeof offset === 'number' ? offset : 0;
    const count = (typeof offset === 'number' && typeof end === 'number' ? end : byteLength) - from;
    if (count > 0) bytesOf(value)?.read(0, count);
    bytesOf(self)?.write(from, count);
  });
  all.replace(prototype, ['fill'], fill);
}

function makers(runtime: ThreadRuntime, all: Patches): void {
  const { bytesOf } = runtime;
  all.handle(Buffer, ['concat'], (original, self, args) => {
    const result = apply(original, self, args) as Uint8Array;
    runtime.surviving(() => {
      let at = 0;
      for (const part of args[0] as Uint8Array[]) {
        if (at >= result.byteLength) break;
        bytesOf(part)?.read(0, result.byteLength - at);
        at += part.byteLength;
      }
    }, undefined);
    return result;
  });
  all.handle(Buffer, ['from'], (original, self, args) => {
    const result = apply(original, self, args) as Uint8Array;
    // of a SharedArrayBuffer it makes a view, and of a DataView it copies nothing
    if (ArrayBuffer.isView(args[0])) bytesOf(args[0])?.read(0, result.length * width(args[0]));
    return result;
  });
  all.handle(Buffer, ['copyBytesFrom'], (original, self, args) => {
    const result = apply(original, self, args) as Uint8Array;
    bytesOf(args[0])?.read(whole(args[1], 0) * width(args[0]), result.byteLength);
    return result;
  });
  all.handle(buffer, ['transcode', 'isUtf8', 'isAscii'], (original, self, args) => {
    const result = apply(original, self, args);
    bytesOf(args[0])?.read();
    return result;
  });
}

function width(view: ArrayBufferView): number {
  return (view as Uint8Array).BYTES_PER_ELEMENT ?? 1;
}

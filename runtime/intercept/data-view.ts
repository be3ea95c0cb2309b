/** `DataView` get and set: plain accesses of exactly the bytes touched, aligned or not. */

import { PLAIN_READ, PLAIN_WRITE } from '../core/shadow/kind.ts';
import { isSharedArrayBuffer } from '../shared-buffers.ts';
import type { Host } from '../thread.ts';
import { replace } from './disguise.ts';

const SIZES: Record<string, number> = {
  Int8: 1,
  Uint8: 1,
  Int16: 2,
  Uint16: 2,
  Float16: 2,
  Int32: 4,
  Uint32: 4,
  Float32: 4,
  Float64: 8,
  BigInt64: 8,
  BigUint64: 8,
};

export function installDataView(host: Host, prototype: DataView): void {
  const { apply } = Reflect;
  const bufferOf = Object.getOwnPropertyDescriptor(prototype, 'buffer')?.get as () => unknown;
  const offsetOf = Object.getOwnPropertyDescriptor(prototype, 'byteOffset')?.get as () => number;

  /** Records the access that has just been made (or none when it threw). */
  const record = (view: DataView, offset: number, size: number, write: boolean): void => {
    if (!host.buffers.met) return;
    try {
      const buffer = apply(bufferOf, view, []);
      if (!isSharedArrayBuffer(buffer)) return;
      const at = (apply(offsetOf, view, []) as number) + offset;
      const kind = write ? PLAIN_WRITE : PLAIN_READ;
      host.native.bytes(host.buffers.blockOf(buffer), 'DataView', at, size, kind, offset);
    } catch (error) {
      host.detector.survive(error);
    }
  };

  for (const [type, size] of Object.entries(SIZES)) {
    replace(
      prototype,
      `get${type}`,
      (original) =>
        ({
          method(this: DataView, offset: unknown, littleEndian: unknown) {
            const at = toIndex(offset);
            const value = apply(original, this, [at, littleEndian]);
            record(this, at as number, size, false);
            return value;
          },
        }).method,
    );
    replace(
      prototype,
      `set${type}`,
      (original) =>
        ({
          method(this: DataView, ...args: unknown[]) {
            const at = toIndex(args[0]);
            apply(original, this, [at, ...args.slice(1)]);
            record(this, at as number, size, true);
          },
        }).method,
    );
  }
}

/** The index that the native function would make of it; what it would refuse is left to it. */
function toIndex(value: unknown): unknown {
  if (typeof value === 'number' || value === undefined) return Math.trunc((value as number) || 0);
  if (typeof value === 'symbol' || typeof value === 'bigint') return value;
  return Math.trunc(Number(value) || 0);
}

/**
 * `crypto` on shared memory: random bytes are written, all that is hashed, signed, encrypted or compared is
 * read. Functions are replaced at once, since a program may take them out of the module; the methods of hashes
 * and their kin when the thread first meets shared memory.
 */
import crypto from 'node:crypto';
import type { ThreadRuntime } from '../contract.ts';
import { type AnyFunction, standIn } from '../intercept/disguise.ts';
import { interceptGetRandomValues } from '../intercept/random.ts';
import { type Operations, type Plan, wholes } from './operations.ts';
import { patches } from './patches.ts';

const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;

const READING = [
  ...['timingSafeEqual', 'hash', 'createHmac', 'createSecretKey', 'createCipheriv', 'createDecipheriv'],
  ...['pbkdf2', 'pbkdf2Sync', 'scrypt', 'scryptSync', 'hkdf', 'hkdfSync', 'sign', 'verify'],
  ...['publicEncrypt', 'privateEncrypt', 'publicDecrypt', 'privateDecrypt'],
];

export function interceptCrypto(runtime: ThreadRuntime, operations: Operations): void {
  const { bytesOf } = runtime;
  const all = patches();
  all.handle(
    crypto,
    READING,
    operations.run((args) => wholes(bytesOf, args)),
  );
  /** `offset` and `size` count elements */
  const fill: Plan = ([buffer, offset, size]) => {
    const bytes = bytesOf(buffer);
    if (bytes === undefined) return [];
    const width = (buffer as Uint8Array).BYTES_PER_ELEMENT ?? 1;
    const from = typeof offset === 'number' ? offset * width : 0;
    const count = typeof size === 'number' ? size * width : bytes.byteLength - from;
    return [{ bytes, write: true, from, count }];
  };
  all.handle(crypto, ['randomFill', 'randomFillSync'], operations.run(fill));
  all.handle(
    crypto,
    ['getRandomValues'],
    operations.run((args) => wholes(bytesOf, [args[0]], true)),
  );

  let met = false;
  const meetCrypto = (value: object): void => {
    if (!met) interceptGetRandomValues(runtime, Object.getPrototypeOf(value));
    met = true;
  };
  // accessors until they are used: what is behind them is large
  watch(globalThis, 'crypto', meetCrypto);
  watch(crypto, 'webcrypto', meetCrypto);

  runtime.whenMet(() => {
    const reading = operations.run((args) => wholes(bytesOf, args));
    const classes = ['Hash', 'Hmac', 'Cipheriv', 'Decipheriv', 'Sign', 'Verify'] as const;
    for (const name of classes) {
      const { prototype } = crypto[name as 'Hash'];
      all.handle(
        prototype,
        ['update', '_transform', '_write', 'setAAD', 'setAuthTag', 'sign', 'verify'],
        reading,
      );
    }
  });
}

function watch(owner: object, key: string, seen: (value: object) => void): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  if (descriptor?.get === undefined || !descriptor.configurable) return;
  const get = standIn(descriptor.get as AnyFunction, (original, self, args) => {
    const value = apply(original, self, args);
    seen(value);
    return value;
  });
  defineProperty(owner, key, { ...descriptor, get });
}

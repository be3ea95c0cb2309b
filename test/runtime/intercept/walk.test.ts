import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { findShared } from '../../../runtime/intercept/walk.ts';

const sab = (): SharedArrayBuffer => new SharedArrayBuffer(8);

class Box {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

const places: Record<string, (buffer: SharedArrayBuffer) => unknown> = {
  itself: (b) => b,
  'a typed array': (b) => new Int16Array(b, 2, 1),
  'a DataView': (b) => new DataView(b),
  'a Buffer': (b) => Buffer.from(b as never),
  'an array': (b) => [1, [b]],
  'a sparse array': (b) => Object.assign([], { 100000000: b }),
  'a property of an array': (b) => Object.assign([1], { named: b }),
  'a long array': (b) => [...new Array(5000).fill(0), b],
  'a null prototype': (b) => ({ __proto__: null, b }),
  'a class instance': (b) => new Box(new Box(b)),
  'a key of a Map': (b) => new Map([[{ b }, 1]]),
  'a value of a Map': (b) => new Map([[1, { b }]]),
  'a Set': (b) => new Set([[b]]),
  'the cause of an error': (b) => new Error('x', { cause: new RangeError('y', { cause: b }) }),
  'a growable buffer': (b) => [b, new SharedArrayBuffer(1, { maxByteLength: 8 })],
  'a cycle': (b) => {
    const cycle: Record<string, unknown> = { b };
    cycle['cycle'] = cycle;
    return cycle;
  },
  'another realm': (b) =>
    runInNewContext('({ map: new Map([[1, [new Uint8Array(b)]]]), s: new Set([b]) })', { b }),
};

test.each(Object.keys(places))('finds a buffer in %s', (place) => {
  const buffer = sab();
  expect(findShared(places[place]!(buffer))).toContain(buffer);
});

test('finds buffers of another realm, by their brand', () => {
  const found = findShared(
    runInNewContext(
      '({ a: new SharedArrayBuffer(8), b: [new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })] })',
    ),
  );
  expect(found).toHaveLength(2);
});

test('finds shared wasm memory, and not memory that is not shared', () => {
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  expect(findShared({ shared, other: new WebAssembly.Memory({ initial: 1 }) })).toEqual([shared]);
});

test('names each buffer once', () => {
  const buffer = sab();
  expect(findShared([buffer, buffer, new Int8Array(buffer)])).toEqual([buffer]);
});

test('finds nothing in messages without shared memory', () => {
  for (const message of [
    undefined,
    null,
    1,
    'x',
    true,
    {},
    [],
    new Map(),
    new Date(),
    /x/,
    new Uint8Array(1),
    new ArrayBuffer(1),
    new Error('x'),
    () => 1,
  ])
    expect(findShared(message)).toBeUndefined();
});

test('runs no code of the message', () => {
  const ran: string[] = [];
  class Trap {
    get buffer(): unknown {
      return ran.push('prototype getter');
    }
    get [Symbol.toStringTag](): string {
      return `${ran.push('tag')}`;
    }
  }
  const handler = new Proxy({}, { get: (_, trap) => ran.push(String(trap)) });
  findShared([
    new Trap(),
    new Proxy({}, handler),
    new Map([[new Proxy([], handler), 1]]),
    Object.create(new Proxy({}, handler)),
    {
      get own() {
        return ran.push('own getter');
      },
    },
  ]);
  expect(ran).toEqual([]);
});

test('goes as deep as the message', () => {
  const buffer = sab();
  let deep: unknown = buffer;
  for (let i = 0; i < 200_000; i++) deep = i % 2 ? { deep } : [deep];
  expect(findShared(deep)).toEqual([buffer]);
});

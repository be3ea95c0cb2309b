/**
 * What fails inside a thread's runtime is never the program's: each replaced function does what the native one does,
 * once, and throws the program's own errors, while any function below it fails, one after another; the summary says
 * that something was not checked. The runtime is a real one, in this thread.
 */
import { inspect } from 'node:util';
import wt, { type MessagePort } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { failureAt, makeMortal } from '../core/death.ts';

makeMortal(['stacks', 'causes', 'race-counts', 'intercept/walk']);

const { partsFor } = await import('../../runtime/core/core.ts');
const { Detector } = await import('../../runtime/core/detector.ts');
const { Control } = await import('../../runtime/core/memory/control.ts');
const { PLAIN_WRITE } = await import('../../runtime/core/shadow/kind.ts');
const { createMainRuntime } = await import('../../runtime/thread.ts');
const { interceptMessaging } = await import('../../runtime/intercept/messaging.ts');
const { interceptBuiltins } = await import('../../runtime/node/builtins.ts');

const BYTES = 64;
const KEY = { toString: (): string => '3' };

const runtime = createMainRuntime('survival');
interceptMessaging(runtime, { preload: import.meta.filename });
interceptBuiltins(runtime);
const control = partsFor(runtime.segments, 0).memory.control.words;
const seq = runtime.fork({ file: 'other', name: '' });
const { registry, locks, records, recovery } = partsFor(runtime.segments, seq);
const other = new Detector(seq, registry, locks, records, recovery);

/** New shared memory, a word of which another thread has written. */
function shared(raced: boolean): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(BYTES);
  const id = runtime.share(buffer);
  if (raced) other.elements(partsFor(runtime.segments, seq).buffers.get(id), 2, 3, 4, 1, PLAIN_WRITE, 0);
  const words = new Int32Array(buffer);
  for (let i = 0; i < words.length; i++) words[i] = (i * 7) % 11;
  return buffer;
}

interface Given {
  words: Int32Array;
  bytes: Buffer;
  big: BigInt64Array;
  view: DataView;
  port: MessagePort;
  far: MessagePort;
  fresh: SharedArrayBuffer;
}

type Operation = (given: Given) => unknown;
const hooked = (
  words: Int32Array,
): { r(k: unknown, site: number): void; w(k: unknown, site: number): void } =>
  (words as unknown as Record<symbol, never>)[runtime.hooks.S]!;
const fails = (): never => {
  throw new TypeError("the program's own");
};

const OPERATIONS: Record<string, Operation> = {
  'Atomics.load': ({ words }) => Atomics.load(words, 3),
  'Atomics.store': ({ words }) => Atomics.store(words, 3, 5.5),
  'Atomics.add': ({ words }) => Atomics.add(words, 3, 5),
  'Atomics.exchange of a bigint': ({ big }) => Atomics.exchange(big, 3, 5n),
  'Atomics.compareExchange': ({ words }) => [
    Atomics.compareExchange(words, 3, 10, 1),
    Atomics.compareExchange(words, 3, 7, 1),
  ],
  'Atomics.wait, not equal': ({ words }) => Atomics.wait(words, 3, 99, 1),
  'Atomics.wait, timed out': ({ words }) => Atomics.wait(words, 3, 10, 1),
  'Atomics.waitAsync, not equal': ({ words }) => Atomics.waitAsync(words, 3, 99),
  'Atomics.waitAsync and notify': ({ words }) => {
    const { async } = Atomics.waitAsync(words, 3, 10);
    return [async, Atomics.notify(words, 3), Atomics.notify(words, 3)];
  },
  'an index that is refused': ({ words }) => Atomics.add(words, 1000, 1),
  'a value that throws': ({ words }) => Atomics.add(words, 3, { valueOf: fails } as never),
  'DataView.get': ({ view }) => view.getInt32(13, true),
  'DataView.set': ({ view }) => view.setInt32(13, 77, true),
  'element read': ({ words }) => void hooked(words).r(3, 0),
  'element written': ({ words }) => void hooked(words).w(3, 0),
  'element by an object': ({ words }) => {
    hooked(words).r(KEY, 0);
    return words[KEY as never];
  },
  'first look at a view': ({ fresh }) => hooked(new Int32Array(fresh)) !== undefined,
  'new SharedArrayBuffer': () => new SharedArrayBuffer(8),
  at: ({ words }) => words.at(-3),
  fill: ({ words }) => words.fill(3, 2, 7),
  copyWithin: ({ words }) => words.copyWithin(1, 4, 9),
  slice: ({ words }) => words.slice(2, 5),
  sort: ({ words }) => words.sort((a, b) => b - a),
  'sort that throws': ({ words }) => words.sort(fails),
  reverse: ({ words }) => words.reverse(),
  join: ({ words }) => words.join(),
  with: ({ words }) => words.with?.(3, 4),
  toSorted: ({ words }) => words.toSorted?.(),
  indexOf: ({ words }) => [words.indexOf(10), words.lastIndexOf(10), words.includes(10)],
  'set of a view': ({ words, fresh }) => words.set(new Int32Array(fresh).subarray(1, 4), 2),
  'set of an array': ({ words }) => words.set([3, 4, 5], 2),
  map: ({ words }) => words.map((x, i) => x * i),
  'forEach that throws': ({ words }) => words.forEach(fails),
  reduce: ({ words }) => words.reduce((a, b) => a + b),
  spread: ({ words }) => [...words],
  entries: ({ words }) => [...words.entries()],
  from: ({ words }) => Array.from(words, (x) => x + 1),
  'Object.values': ({ words }) => [Object.values(words), Object.entries(words)],
  'Object.assign': ({ words }) => [Object.assign({}, words), Object.assign(words, [9, 8])],
  'Object.getOwnPropertyDescriptor': ({ words }) => Object.getOwnPropertyDescriptor(words, 3),
  'Object.defineProperty': ({ words }) => Object.defineProperty(words, 3, { value: 6 }),
  'Reflect.get and set': ({ words }) => [Reflect.get(words, 3), Reflect.set(words, 3, 8)],
  'Reflect.apply': ({ words }) => [
    Reflect.apply(Math.max, null, words),
    Reflect.apply([].map, words, [String]),
  ],
  'JSON.stringify': ({ words }) => [
    JSON.stringify({ a: [words] }),
    JSON.stringify(words, (_, value) => value),
  ],
  'Buffer numbers': ({ bytes }) => [bytes.readInt16LE(3), bytes.writeInt16LE(77, 3)],
  'Buffer texts': ({ bytes }) => [bytes.toString('hex', 3, 9), bytes.write('abc', 3), bytes.inspect()],
  'Buffer searches': ({ bytes }) => [bytes.indexOf(7), bytes.lastIndexOf('x'), bytes.includes('\x07')],
  'Buffer copies': ({ bytes }) => [bytes.copy(bytes, 3, 9, 20), bytes.fill('ab', 3, 9), bytes.swap16()],
  'Buffer comparisons': ({ bytes }) => [
    bytes.equals(Buffer.from(bytes)),
    Buffer.compare(bytes, bytes.subarray(1)),
  ],
  'Buffer.concat': ({ bytes }) => Buffer.concat([bytes, bytes.subarray(3)], 100),
  'Buffer refused': ({ bytes }) => bytes.readInt16LE(1000),
  structuredClone: ({ words }) => structuredClone({ words, list: [words.buffer] }),
  'structuredClone refused': ({ words }) => structuredClone({ words, fails }),
  postMessage: ({ port, far, words, fresh }) => {
    port.postMessage({ words, fresh });
    return [wt.receiveMessageOnPort(far), wt.receiveMessageOnPort(far)];
  },
  'postMessage of a port': ({ port, far }) => {
    const { port1, port2 } = new wt.MessageChannel();
    port.postMessage({ port1 }, [port1]);
    const { port1: moved } = wt.receiveMessageOnPort(far)!.message;
    port2.postMessage('through');
    const got = wt.receiveMessageOnPort(moved);
    moved.close();
    return got;
  },
  'postMessage refused': ({ port, words }) => port.postMessage({ words, fails }),
};

/** What a program sees of the operation: its value or its error, and the memory. */
function outcome(
  operation: Operation,
  raced: boolean,
  fault: number,
): { seen: string; where: string | undefined } {
  const buffer = shared(raced);
  const { port1, port2 } = new wt.MessageChannel();
  const given: Given = {
    words: new Int32Array(buffer),
    bytes: Buffer.from(buffer),
    big: new BigInt64Array(buffer),
    view: new DataView(buffer),
    port: port1,
    far: port2,
    fresh: new SharedArrayBuffer(BYTES),
  };
  let value: unknown;
  const step = (): void => {
    try {
      value = operation(given);
    } catch (error) {
      value = `${error}`;
    }
  };
  control[Control.WEAKNESS] = 0;
  const where = failureAt(fault, step);
  if (where !== undefined) expect(control[Control.WEAKNESS], `${where}: not said in the summary`).not.toBe(0);
  const memory = [...new Int32Array(buffer)];
  port1.close();
  return { seen: inspect([value, memory], { maxArrayLength: 200, depth: 5 }), where };
}

describe.each([false, true])('whatever fails inside, with races: %s', (raced) => {
  test.each(Object.keys(OPERATIONS))('%s', (name) => {
    const operation = OPERATIONS[name]!;
    // until what is made on first use is there
    outcome(operation, raced, Number.MAX_SAFE_INTEGER);
    const { seen } = outcome(operation, raced, Number.MAX_SAFE_INTEGER);
    for (let n = 0; ; n++) {
      expect(n).toBeLessThan(5000);
      const now = outcome(operation, raced, n);
      if (now.where === undefined) break;
      expect(now.seen, now.where).toBe(seen);
    }
  });
});

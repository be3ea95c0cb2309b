/** A shared buffer has one id, in every thread and by whichever object it is named. */
import { expect, test } from 'vitest';
import { program, run } from './harness.ts';

const prelude = `
import { Worker, isMainThread, parentPort, workerData, MessageChannel, receiveMessageOnPort, setEnvironmentData, getEnvironmentData } from 'node:worker_threads';
import events from 'node:events';
const id = (buffer) => globalThis.__fake.idOf(buffer);
`;

async function output(source: string): Promise<string> {
  const { stdout, stderr } = await run(program(prelude + source), true);
  expect(stderr).toBe('');
  return stdout.trim();
}

test.concurrent('in workerData, messages and environment data, through two generations of workers', async () => {
  const out = await output(`
    const level = workerData?.level ?? 0;
    const memory = workerData?.memory ?? new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
    const growable = workerData?.growable ?? new SharedArrayBuffer(8, { maxByteLength: 64 });
    const plain = workerData?.view.buffer ?? new SharedArrayBuffer(8);
    if (level === 0) setEnvironmentData('env', { deep: [new Uint8Array(plain)], other: new SharedArrayBuffer(8) });
    const env = getEnvironmentData('env');
    if (level === 2) {
      parentPort.postMessage([id(memory.buffer), id(growable), id(plain), id(env.deep[0].buffer), id(env.other)]);
    } else {
      const before = memory.buffer;
      const w = new Worker(new URL(import.meta.url), { workerData: { level: level + 1, memory, growable, view: new DataView(plain) } });
      if (level === 1) memory.grow(1);
      const [ids] = await events.once(w, 'message');
      const mine = [id(memory.buffer), id(growable), id(plain), id(env.deep[0].buffer), id(env.other)];
      const same = String(ids) === String(mine) && new Set(ids).size === 4 && ids[2] === ids[3];
      if (level === 1) parentPort.postMessage(same ? mine : ['differ', ids, mine, id(before)]);
      else console.log(same, memory.buffer !== before, id(before) === id(memory.buffer));
    }
  `);
  expect(out).toBe('true true true');
});

test.concurrent('in clones and messages on one thread', async () => {
  const out = await output(`
    const sab = new SharedArrayBuffer(8), ordinary = new ArrayBuffer(8);
    const cloned = structuredClone({ sab, list: [new Int8Array(sab)] });
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(sab); port1.postMessage(new Map([[1, sab]]));
    const a = receiveMessageOnPort(port2).message, b = receiveMessageOnPort(port2).message.get(1);
    console.log([cloned.sab, cloned.list[0].buffer, a, b].every((x) => id(x) === id(sab) && x !== sab), a !== b, cloned.sab === cloned.list[0].buffer);
    const moved = structuredClone({ sab, port1, ordinary }, { transfer: [port1, ordinary] });
    moved.port1.postMessage([sab]);
    console.log(id(receiveMessageOnPort(port2).message[0]) === id(sab), moved.ordinary.byteLength, ordinary.byteLength);
  `);
  expect(out).toBe('true true true\ntrue 8 0');
});

test.concurrent('in messages on ports that travelled twice', async () => {
  const out = await output(`
    if (isMainThread) {
      const { port1, port2 } = new MessageChannel();
      const w = new Worker(new URL(import.meta.url), { workerData: { port2 }, transferList: [port2] });
      const [{ back }] = await events.once(w, 'message');
      const sab = new SharedArrayBuffer(8);
      back.postMessage({ sab });
      port1.postMessage(new Uint8Array(sab));
      const [[first, second]] = await events.once(w, 'message');
      console.log(first === second, first === id(sab));
    } else {
      const channel = new MessageChannel();
      parentPort.postMessage({ back: channel.port1 }, [channel.port1]);
      const [{ sab }] = await events.once(channel.port2, 'message');
      const [view] = await events.once(workerData.port2, 'message');
      parentPort.postMessage([id(sab), id(view.buffer)]);
    }
  `);
  expect(out).toBe('true true');
});

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { both, run } from './harness.ts';

const programs = fileURLToPath(new URL('programs/', import.meta.url));

test.each([[[]], [['execArgv']]])('messages of every style arrive as without us %j', async (args) => {
  const file = `${programs}message-styles.mjs`;
  const [plain, preloaded] = await Promise.all([run(file, false, args), run(file, true, args)]);
  expect(plain.stderr).toBe('');
  expect(plain.stdout).toContain('exit 3');
  expect(preloaded).toEqual(plain);
});

test("Node's own threads talk as without us, and open what the user sends them", async () => {
  const [plain, preloaded] = await both(`
    import module from 'node:module';
    import { MessageChannel } from 'node:worker_threads';
    import { once } from 'node:events';
    const { port1, port2 } = new MessageChannel();
    const hooks = \`
      export async function initialize({ port, n }) {
        port.on('message', (m) => port.postMessage([n, m]));
        port.unref();
      }
    \`;
    const answer = once(port1, 'message');
    module.register('data:text/javascript,' + encodeURIComponent(hooks), { data: { port: port2, n: 1 }, transferList: [port2] });
    port1.postMessage({ hello: [1] });
    console.log(JSON.stringify(await answer));
    port1.close();
    console.log((await import('data:text/javascript,export default 5')).default);
    process.exit();
  `);
  expect(plain.stdout).toBe('[[1,{"hello":[1]}]]\n5\n');
  expect(preloaded.stdout).toBe(plain.stdout);
  expect(preloaded.code).toBe(0);
});

test('streams, files and keys that travel arrive as without us', async () => {
  const [plain, preloaded] = await both(`
    import { Worker, isMainThread, parentPort } from 'node:worker_threads';
    import { createSecretKey } from 'node:crypto';
    import { open } from 'node:fs/promises';
    import { fileURLToPath } from 'node:url';
    if (isMainThread) {
      const w = new Worker(new URL(import.meta.url));
      const stream = new ReadableStream({ start(c) { c.enqueue('a'); c.enqueue({ b: 1 }); c.close(); } });
      const file = await open(fileURLToPath(import.meta.url));
      w.postMessage({ stream, file, key: createSecretKey(Buffer.from('k')), blob: new Blob(['text']), error: new RangeError('r', { cause: 1 }), date: new Date(0), big: 1n, re: /x/g, hole: [, 1] }, [stream, file]);
      w.on('message', (m) => console.log(m));
    } else parentPort.once('message', async ({ stream, file, key, blob, ...rest }) => {
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      delete rest.error.stack;
      parentPort.postMessage({ chunks, stat: (await file.stat()).isFile(), key: key.export().toString(), text: await blob.text(), ...rest });
      await file.close();
    });
  `);
  expect(plain.stderr).toBe('');
  expect(plain.stdout).toContain("chunks: [ 'a', { b: 1 } ]");
  expect(preloaded).toEqual(plain);
});

test('inspecting workers, ports and channels shows nothing of ours', async () => {
  const [plain, preloaded] = await both(`
    import wt, { Worker, MessageChannel, MessagePort } from 'node:worker_threads';
    import { inspect } from 'node:util';
    delete globalThis.__fake;
    const w = new Worker('1', { eval: true, workerData: 5 });
    const shown = [w, wt, new MessageChannel(), Worker, MessageChannel, Worker.prototype, globalThis].map((x) =>
      inspect(x, { depth: 1, showHidden: true }));
    // Node 26 shows that a class or an async function is a Proxy
    const withoutProxy = (text) => text.replace(/Proxy\\((.*)\\)/g, '$1').replace(/Proxy\\(/g, '').replace(/^( *)\\}\\)/gm, '$1}');
    const known = /asyncId|pid|threadId|\\d{3,}|__fake|tsrace/;
    console.log(shown.map(withoutProxy).join('\\n').split('\\n').filter((line) => !known.test(line)).join('\\n'));
    console.log(Object.getOwnPropertyNames(MessagePort.prototype), Reflect.ownKeys(Worker.prototype).map(String), Reflect.ownKeys(w).map(String));
  `);
  expect(plain.stderr).toBe('');
  expect(preloaded).toEqual(plain);
});

test('a port in a vm context gives and takes messages as without us', async () => {
  const [plain, preloaded] = await both(`
    import { MessageChannel, moveMessagePortToContext, receiveMessageOnPort, Worker } from 'node:worker_threads';
    import vm from 'node:vm';
    import { once } from 'node:events';
    const context = vm.createContext({ console });
    const { port1, port2 } = new MessageChannel();
    context.port = moveMessagePortToContext(port2, context);
    port1.postMessage({ before: 1 });
    const first = once(port1, 'message');
    vm.runInContext(\`
      port.onmessage = function (event) {
        console.log(this === port, event.target === port, event.constructor.name, event instanceof Object, Object.keys(event).join());
        console.log(JSON.stringify(event.data), event.data instanceof Object, event.ports.length, event.type);
        port.postMessage(event.ports.length ? 'port' : [event.data, new Map([[1, 2]])]);
        event.ports[0]?.postMessage({ through: [1] });
      };
      port.start();
    \`, context);
    console.log(await first);
    const channel = new MessageChannel();
    const second = once(port1, 'message');
    port1.postMessage(channel.port2, [channel.port2]);
    console.log(await second, await once(channel.port1, 'message'));
    port1.close();
    const other = new MessageChannel();
    const moved = moveMessagePortToContext(other.port2, context);
    other.port1.postMessage({ x: [1] });
    console.log(receiveMessageOnPort(moved).message.x.length);
    try { moved.postMessage(() => {}); } catch (error) { console.log(error.name, error.message); }
    console.log(Object.getOwnPropertyNames(Object.getPrototypeOf(moved)).join(), moved.postMessage.name);
    process.exit();
  `);
  expect(plain.stderr).toBe('');
  expect(plain.stdout).toContain('true');
  expect(preloaded).toEqual(plain);
});

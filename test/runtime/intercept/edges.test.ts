/** Each edge of SEMANTICS.md section 3 that a message or a worker's life makes, and that there are no others. */
import { expect, test } from 'vitest';
import { program, run } from './harness.ts';

/**
 * `mark()` is an event of this thread; `knows(m)` tells whether it happens before now in this thread. In the
 * worker `nth(n)` posts marks over plain shared memory, which orders nothing.
 */
const prelude = `
import wt, { Worker, isMainThread, parentPort, workerData, MessageChannel, BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import events from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
const fake = globalThis.__fake;
const mark = () => [fake.seq, ++fake.clock[fake.seq]];
const knows = ([seq, n]) => fake.clock[seq] >= n;
const facts = [];
const fact = (name, truth) => { facts.push(truth ? name : 'NOT ' + name); };
const file = new URL(import.meta.url);
process.on('exit', () => { if (isMainThread) console.log(facts.join('\\n')); });
`;

async function facts(source: string, args: string[] = [], env = {}): Promise<string[]> {
  const { stdout, stderr } = await run(program(prelude + source), true, args, env);
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

test.concurrent('each style of receiving acquires its message and none after it', async () => {
  const seen = await facts(`
    if (isMainThread) {
      const w = new Worker(file);
      let port;
      const styles = {
        on: (f) => port.on('message', f),
        once: (f) => port.once('message', f),
        addEventListener: (f) => port.addEventListener('message', (e) => f(e.data)),
        onmessage: (f) => { port.onmessage = (e) => f(e.data); },
        'events.once': (f) => events.once(port, 'message').then(([m]) => f(m)),
        'events.on': async (f) => { for await (const [m] of events.on(port, 'message')) { f(m); break; } },
        receiveMessageOnPort: async (f) => { let m; while (!(m = receiveMessageOnPort(port))) await sleep(1); f(m.message); },
      };
      for (const [name, listen] of Object.entries(styles)) {
        w.postMessage(name);
        ({ port } = (await events.once(w, 'message'))[0]);
        const message = new Promise((resolve) => listen(({ before, after }) => {
          fact(name + ' orders what came before', knows(before));
          fact(name + ' orders nothing after', !knows([before[0], before[1] + 2]));
          resolve();
        }));
        w.postMessage('go');
        await message;
        port.close();
      }
      process.exit();
    } else {
      let port1, port2;
      parentPort.on('message', (name) => {
        if (name === 'go') {
          port1.postMessage({ before: mark() });
          mark();
        } else {
          ({ port1, port2 } = new MessageChannel());
          parentPort.postMessage({ port: port2 }, [port2]);
        }
      });
    }
  `);
  expect(seen.filter((fact) => fact.startsWith('NOT'))).toEqual([]);
  expect(seen).toHaveLength(14);
});

test.concurrent('a message in the queue orders nothing until it is delivered', async () => {
  const seen = await facts(`
    if (isMainThread) {
      const w = new Worker(file);
      const [{ port, first, second }] = await events.once(w, 'message');
      await sleep(50);
      fact('unknown in the queue', !knows(first));
      receiveMessageOnPort(port);
      fact('first delivered', knows(first) && !knows(second));
      receiveMessageOnPort(port);
      fact('second delivered', knows(second));
      process.exit();
    } else {
      const { port1, port2 } = new MessageChannel();
      const clock = fake.clock[fake.seq];
      // the marks are announced, in a message sent before they are made
      parentPort.postMessage({ port: port2, first: [fake.seq, clock + 2], second: [fake.seq, clock + 4] }, [port2]);
      setInterval(() => {}, 1000);
      mark(); port1.postMessage(1);
      mark(); port1.postMessage(2);
    }
  `);
  expect(seen).toEqual(['unknown in the queue', 'first delivered', 'second delivered']);
});

test.concurrent('a message to a Worker without listeners is not received', async () => {
  const seen = await facts(`
    if (isMainThread) {
      const cells = new Int32Array(new SharedArrayBuffer(8));
      const w = new Worker(file, { workerData: cells });
      while (cells[0] !== 1) await sleep(1);
      await sleep(50);
      fact('unheard', !knows([1, 2]));
      cells[1] = 1;
      for await (const [message] of events.on(w, 'message')) if (message === 2) break;
      fact('heard', knows([1, 4]));
      process.exit();
    } else {
      mark(); parentPort.postMessage(1);
      workerData[0] = 1;
      while (workerData[1] !== 1) await sleep(1);
      mark(); parentPort.postMessage(2);
      setInterval(() => {}, 1000);
    }
  `);
  expect(seen).toEqual(['unheard', 'heard']);
});

test.concurrent('the start of a worker, and its end before exit, error and terminate()', async () => {
  const seen = await facts(`
    if (isMainThread) {
      const cells = new Int32Array(new SharedArrayBuffer(64));
      const before = mark();
      const start = (how) => new Worker(file, { workerData: { before, how, cells } });
      const last = () => [cells[0], cells[1]];
      const after = mark();
      for (const how of ['return', 'exit', 'throw', 'loop', 'message']) {
        const w = start(how);
        if (how === 'throw') {
          const [error] = await events.once(w, 'error', { signal: AbortSignal.timeout(5000) });
          fact('error of ' + how + ' ' + error.message, knows(last()));
        } else if (how === 'loop') {
          await events.once(w, 'message');
          while (cells[0] !== 4) await sleep(1);
          const terminated = w.terminate();
          fact('terminate() called', !knows(last()));
          fact('terminated ' + (await terminated), knows(last()));
          await w.terminate();
        } else if (how === 'message') {
          w.on('message', () => fact('last message does not know the end', !knows(last())));
          while (cells[0] !== 5) Atomics.wait(cells, 9, 0, 1);
          w.emit('exit', 1);
          fact('emitted by hand', !knows(last()));
          await new Promise((resolve) => w.on('exit', resolve));
          fact('exit after messages', knows(last()));
        } else {
          const [code] = await events.once(w, 'exit');
          fact('exit of ' + how + ' ' + code, knows(last()));
        }
      }
      console.log(fake.journal.filter((line) => /fork|join|term/.test(line)).join(', '));
    } else {
      const { before, how, cells } = workerData;
      if (!knows(before)) cells[2] = 1;
      if (how === 'loop') parentPort.postMessage('ready');
      if (how === 'message') parentPort.postMessage('last');
      [cells[0], cells[1]] = mark();
      if (how === 'loop') for (;;);
      if (how === 'exit') process.exit(7);
      if (how === 'throw') throw new Error('uncaught');
    }
  `);
  expect(seen.slice(1)).toEqual([
    'exit of return 0',
    'exit of exit 7',
    'error of throw uncaught',
    'terminate() called',
    'terminated 1',
    'emitted by hand',
    'last message does not know the end',
    'exit after messages',
  ]);
  expect(seen[0]).toBe(
    'fork , join 1, fork , join 2, fork , join 3, fork , terminating 4, join 4, fork , join 5',
  );
});

test.concurrent('other threads: BroadcastChannel, postMessageToThread, nested workers', async () => {
  const seen = await facts(`
    const bc = new BroadcastChannel('b');
    const level = workerData?.level ?? 0;
    if (level === 0) {
      const before = mark();
      const cells = new SharedArrayBuffer(8);
      const w = new Worker(file, { workerData: { level: 1, before, cells } });
      const arrived = new Promise((resolve) => process.on('workerMessage', resolve));
      const { data } = await new Promise((resolve) => { bc.onmessage = resolve; });
      fact('broadcast', knows(data.mark));
      fact('grandchild started after', data.started);
      fact('same buffer', data.ids.every((id) => id === fake.idOf(cells)) && fake.idOf(data.cells) === data.ids[0]);
      if (wt.postMessageToThread) {
        const value = await arrived;
        fact('thread message', knows(value.mark));
        fact('same buffer', fake.idOf(value.cells) === data.ids[0]);
      } else for (const name of ['thread message', 'same buffer']) fact(name, true);
      process.exit();
    } else if (level === 1) {
      new Worker(file, { workerData: { ...workerData, level: 2, id: fake.idOf(workerData.cells) } });
    } else {
      const { before, cells, id } = workerData;
      bc.postMessage({ mark: mark(), started: knows(before), cells, ids: [fake.idOf(cells), id] });
      wt.postMessageToThread?.(0, { mark: mark(), cells });
    }
  `);
  expect(seen).toEqual([
    'broadcast',
    'grandchild started after',
    'same buffer',
    'thread message',
    'same buffer',
  ]);
});

test.concurrent('a failed start leaves nothing', async () => {
  const seen = await facts(`
    for (const args of [['no such'], ['1', { eval: true, workerData: () => {} }], ['1', { eval: true, execArgv: ['--bogus'] }]])
      try { new Worker(...args); } catch {}
    console.log(fake.journal.join(', '));
  `);
  expect(seen[0]).toBe('fork , unfork 1, fork , unfork 2, fork , unfork 3');
});

test.concurrent('the end of a worker that nobody hears of orders nothing', async () => {
  const seen = await facts(`
    if (isMainThread) {
      const cells = new Int32Array(new SharedArrayBuffer(64));
      new Worker(file, { workerData: cells });
      while (!/(join|ended) 1/.test(fake.journal)) await sleep(1);
      fact('ended', cells[0] === 1);
      fact('unheard', !knows([cells[0], cells[1]]));
    } else [workerData[0], workerData[1]] = mark();
  `);
  expect(seen).toEqual(['ended', 'unheard']);
});

// biome-ignore-all lint/suspicious/noSparseArray: holes are part of what must arrive
// Every way to send and to receive a message, one line printed for each.
import events from 'node:events';
import fs from 'node:fs';
import * as wt from 'node:worker_threads';
import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  MessageChannel,
  MessagePort,
  parentPort,
  receiveMessageOnPort,
  setEnvironmentData,
  Worker,
  workerData,
} from 'node:worker_threads';

const { postMessageToThread } = wt;
const lines = [];
const log = (...a) => lines.push(a.map((x) => (typeof x === 'string' ? x : JSON.stringify(x))).join(' '));
// Ports have no order among themselves: lines are sorted by who received, each in its own order.
const receiver = (line) => line.split(/[ .]/, 1)[0];
const inOrder = () =>
  lines.sort((a, b) => (receiver(a) < receiver(b) ? -1 : Number(receiver(a) > receiver(b))));
const flush = () =>
  fs.writeSync(
    1,
    inOrder()
      .map((line) => `${line}\n`)
      .join(''),
  );
const caught = (f) => {
  try {
    f();
    return 'nothing thrown';
  } catch (e) {
    const own = String(e.stack)
      .split('\n')
      .filter((line) => line.includes('preload') || line.includes('Reflect')).length;
    return [e.name, e.message, e.code, e.constructor.name, own].join(' | ');
  }
};

if (isMainThread) {
  const { port1, port2 } = new MessageChannel();
  setEnvironmentData('k', { v: 1 });
  const options = { workerData: { port: port2, n: 7 }, transferList: [port2], env: { A: '1' } };
  if (process.argv[2]) options.execArgv = ['--no-warnings'];
  const w = new Worker(new URL(import.meta.url), options);
  log('options', Object.keys(options), Object.keys(options.env));
  log(
    'class',
    w instanceof Worker,
    w.constructor === Worker,
    Worker.name,
    Worker.length,
    Object.getPrototypeOf(w) === Worker.prototype,
  );
  log('own', Object.keys(w), Object.getOwnPropertyNames(Worker.prototype), Object.getOwnPropertyNames(w));
  w.on('error', (e) => log('ERR', e.stack));
  w.on('message', (m) => log('w.on', m));
  w.once('message', (m) => log('w.once', m));
  const port1Done = new Promise((resolve) =>
    port1.on('message', (m) => {
      log('port1.on', m);
      if (m === 'second') resolve();
    }),
  );
  port1.addEventListener('message', (e) =>
    log(
      'port1.ael',
      e.data,
      e.constructor.name,
      e.ports.length,
      e.type,
      e.target === port1,
      e.origin,
      e.lastEventId,
    ),
  );
  port1.onmessage = (e) => log('port1.onmessage', e.data);
  port1.once('message', (m) => log('port1.once', m));
  w.postMessage('to worker');
  w.postMessage({ a: 1, u: undefined });
  const mc2 = new MessageChannel();
  w.postMessage({ port: mc2.port1 }, [mc2.port1]);
  const transferred = events.once(mc2.port2, 'message').then(([m]) => log('transferred', m));
  await port1Done;
  await transferred;
  const bc = new BroadcastChannel('x');
  const reply = new Promise((resolve) => {
    bc.onmessage = (e) => {
      log('bc', e.data, e.constructor.name);
      resolve();
    };
  });
  bc.postMessage({ hello: 'bc' }, 'ignored');
  await reply;
  if (postMessageToThread) {
    const arrived = events
      .once(process, 'workerMessage')
      .then(([v, source]) => log('workerMessage', v, source === w.threadId));
    await postMessageToThread(w.threadId, { pm: 1 });
    await postMessageToThread(w.threadId, { pm: 2 }, 1000);
    await arrived;
    await postMessageToThread(99, 1).catch((e) => log(e.code));
    await postMessageToThread(0, 1).catch((e) => log(e.code));
    await postMessageToThread(w.threadId, () => {}).catch((e) => log(e.name, e.message));
    await postMessageToThread().catch((e) => log(e.code));
  }
  const { port1: a, port2: b } = new MessageChannel();
  b.postMessage(1);
  b.postMessage({ x: 2 });
  b.postMessage(null);
  b.postMessage(undefined);
  b.postMessage([1, , 3]);
  log(
    'receive',
    receiveMessageOnPort(a),
    Object.keys(receiveMessageOnPort(a)),
    receiveMessageOnPort(a),
    Object.keys(receiveMessageOnPort(a)),
    receiveMessageOnPort(a),
  );
  log('receive nothing', String(receiveMessageOnPort(a)));
  const other = new BroadcastChannel('y'),
    same = new BroadcastChannel('y');
  other.postMessage({ b: 1 });
  log('receive bc', receiveMessageOnPort(same));
  other.close();
  same.close();
  log(
    'closed bc',
    caught(() => other.postMessage(1)),
  );
  let n = 0;
  setTimeout(() => {
    b.postMessage('late');
    b.postMessage('later');
  }, 5);
  for await (const [m] of events.on(a, 'message')) {
    log('events.on', m);
    if (++n === 2) break;
  }
  setTimeout(() => b.postMessage('o'), 5);
  log('events.once', (await events.once(a, 'message'))[0]);
  a.addEventListener('message', (e) => log('got', e.data));
  log('emit', a.emit('message', 'emitted'), a.emit('message'));
  log('dispatchEvent', a.dispatchEvent(new MessageEvent('message', { data: 'dispatched' })));
  log(
    'function',
    caught(() => b.postMessage(() => {})),
  );
  log(
    'none',
    caught(() => b.postMessage()),
  );
  log(
    'transfer 5',
    caught(() => b.postMessage(1, 5)),
  );
  log(
    'transfer {}',
    caught(() => b.postMessage(1, {})),
  );
  log(
    'transfer.transfer 5',
    caught(() => b.postMessage(1, { transfer: 5 })),
  );
  log(
    'transfer self',
    caught(() => b.postMessage(1, [b])),
  );
  log(
    'transfer twice',
    caught(() => b.postMessage(1, [mc2.port2, mc2.port2])),
  );
  log(
    'not listed',
    caught(() => b.postMessage({ p: mc2.port2 })),
  );
  log(
    'worker function',
    caught(() => w.postMessage(() => {})),
  );
  log(
    'worker none',
    caught(() => w.postMessage()),
  );
  log(
    'bc none',
    caught(() => bc.postMessage()),
  );
  log(
    'bc function',
    caught(() => bc.postMessage(Symbol('s'))),
  );
  log(
    'proxy',
    caught(() =>
      b.postMessage(
        new Proxy(
          {},
          {
            getPrototypeOf() {
              log('trap');
              return null;
            },
          },
        ),
      ),
    ),
  );
  let gets = 0;
  b.postMessage({
    get x() {
      gets++;
      return 1;
    },
  });
  log('getter', gets);
  let pulled = 0;
  const buffer = new ArrayBuffer(8);
  b.postMessage(
    buffer,
    (function* () {
      pulled++;
      yield buffer;
    })(),
  );
  log('iterable', pulled, buffer.byteLength);
  const second = new ArrayBuffer(8);
  b.postMessage(second, {
    get transfer() {
      pulled++;
      return new Set([second]);
    },
  });
  log('options', pulled, second.byteLength);
  log(
    'this',
    caught(() => MessagePort.prototype.postMessage.call({}, 1)),
  );
  log(
    'clone',
    structuredClone({ a: 1 }),
    caught(() => structuredClone()),
    caught(() => structuredClone(() => {})),
    caught(() => structuredClone(1, 5)),
  );
  log('cloned', structuredClone([1, , 3], null), structuredClone(new Map([[1, 2]])).get(1));
  for (const args of [
    [],
    [5],
    ['x'],
    ['./x', null],
    ['./x', { execArgv: 1 }],
    ['./x', { env: 1 }],
    [new URL('http://a/b')],
    ['1', { eval: true, workerData() {} }],
    ['1', { eval: true, execArgv: ['--bogus'] }],
    ['1', { eval: true, env: { NODE_OPTIONS: '--bogus' } }],
    [new URL('data:text/javascript,1'), { eval: true }],
  ])
    log(
      'new Worker',
      caught(() => new Worker(...args)),
    );
  log(
    'without new',
    caught(() => Worker('x')),
    caught(() => MessageChannel()),
  );
  for (const f of [
    Worker,
    MessageChannel,
    MessagePort.prototype.postMessage,
    Worker.prototype.postMessage,
    Worker.prototype.terminate,
    receiveMessageOnPort,
    setEnvironmentData,
    getEnvironmentData,
    structuredClone,
    BroadcastChannel.prototype.postMessage,
    Function.prototype.toString,
    ...(postMessageToThread ? [postMessageToThread] : []),
  ])
    log(
      'face',
      f.name,
      f.length,
      f.toString(),
      `${Function.prototype.toString.call(f)}`.length,
      Object.getOwnPropertyNames(f),
      Object.prototype.toString.call(f),
    );
  log(
    'global',
    MessageChannel === globalThis.MessageChannel,
    new MessageChannel() instanceof MessageChannel,
    new MessageChannel().constructor === MessageChannel,
  );
  for (const [owner, key] of [
    [globalThis, 'structuredClone'],
    [MessagePort.prototype, 'postMessage'],
    [Worker.prototype, 'postMessage'],
    [wt, 'Worker'],
    [globalThis, 'MessageChannel'],
  ]) {
    const d = Object.getOwnPropertyDescriptor(owner, key);
    log('descriptor', key, Object.keys(d), d.enumerable, d.configurable, d.writable);
  }
  class Sub extends Worker {
    constructor() {
      super("require('worker_threads').parentPort.postMessage(require('worker_threads').workerData)", {
        eval: true,
        name: 'sub',
      });
    }
    extra() {
      return 1;
    }
  }
  const sub = new Sub();
  log('subclass', sub instanceof Sub, sub instanceof Worker, sub.extra(), sub.constructor === Sub);
  log('sub message', String((await events.once(sub, 'message'))[0]));
  log('sub exit', await events.once(sub, 'exit'), sub.listenerCount('exit'), sub.listenerCount('message'));
  a.close();
  bc.close();
  port1.close();
  mc2.port2.close();
  log('listeners', w.eventNames().map(String), process.eventNames().map(String));
  w.postMessage('quit');
  w.on('exit', (c) => {
    log('exit', c);
    flush();
  });
} else {
  log(
    'W workerData',
    workerData.n,
    Object.keys(workerData),
    workerData.port instanceof MessagePort,
    getEnvironmentData('k'),
  );
  log('W env', String(process.env.NODE_OPTIONS), process.execArgv, Object.keys(process.env).sort());
  parentPort.on('message', (m) => {
    if (m === 'quit') {
      flush();
      process.exit(3);
    }
    log('W on', typeof m === 'object' && m.port ? '[port]' : m);
    m?.port?.postMessage('via transferred');
  });
  parentPort.addEventListener('message', (e) => log('W ael', Object.keys(e.data), e.ports.length));
  workerData.port.postMessage({ p: 1 });
  workerData.port.postMessage('second');
  parentPort.postMessage('m1');
  parentPort.postMessage({ m: 2 });
  const bc = new BroadcastChannel('x');
  bc.onmessage = (e) => {
    log('W bc', e.data);
    bc.postMessage('reply');
  };
  if (postMessageToThread)
    process.on('workerMessage', (v, s) => {
      log('W workerMessage', v, s);
      if (v.pm === 2) postMessageToThread(0, { from: 'w' });
    });
}

/** `--trace`, `tsrace check` and `tsrace view` on programs, and on files that are cut off or changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RaceDocument } from '../../../src/index.ts';
import { checkRaces } from '../../../src/trace/check.ts';
import { TraceFile } from '../../../src/trace/file.ts';
import { Places } from '../../../src/trace/places.ts';
import { Replay } from '../../../src/trace/replay.ts';
import { Project, racy } from '../project.ts';

/** The worker is killed: its last accesses are told by those that survive it. */
const KILLED = `const { Worker, isMainThread, workerData, parentPort } = require('node:worker_threads');
if (isMainThread) {
  const view = new Int32Array(new SharedArrayBuffer(16));
  const worker = new Worker(__filename, { workerData: view });
  view[0] = 1;
  worker.once('message', () => { END });
} else {
  workerData[0] = 2;
  parentPort.postMessage(1);
  for (;;) Atomics.load(workerData, 1);
}
`;

const POOL = `const { Worker, isMainThread, workerData } = require('node:worker_threads');
const view = isMainThread ? new Int32Array(new SharedArrayBuffer(64)) : workerData;
if (isMainThread) {
  let left = 30;
  const next = () => { view[1]++; if (left-- > 0) new Worker(__filename, { workerData: view }).on('exit', next); };
  next();
} else { view[0]++; view.fill(3, 4, 9); Atomics.add(view, 2, 1); }
`;

let project: Project;
beforeAll(() => {
  project = new Project({
    'racy.cjs': racy(),
    'ends.cjs': KILLED.replace('END', 'process.exit()'),
    'terminates.cjs': KILLED.replace('END', 'worker.terminate()'),
    'pool.cjs': POOL,
    'two.cjs':
      'for (let i = 0; i < 2; i++) require("node:child_process").spawnSync(process.execPath, ["racy.cjs"], { stdio: "inherit" })',
  });
});
afterAll(() => project[Symbol.dispose]());

const ids = ({ races }: RaceDocument): string[] => races.map(({ id }) => id).sort();
const document = (name: string): RaceDocument => JSON.parse(project.read(name)) as RaceDocument;

describe('what was found live is found in the trace', () => {
  test.for([['racy.cjs'], ['ends.cjs'], ['terminates.cjs'], ['two.cjs']])('%s', async ([program]) => {
    const live = await project.tsrace(['--trace', 'run.trace', '--json', 'live.json', program!]);
    expect(live.code).toBe(66);
    const offline = await project.tsrace(['check', 'run.trace', '--json', 'offline.json']);
    expect(offline).toMatchObject({ code: 66, stderr: '' });
    expect(ids(document('offline.json'))).toEqual(ids(document('live.json')));
    expect(offline.stdout).toMatch(/^=+\nWARNING: DATA RACE\n[\s\S]*Why:[\s\S]*Found 1 data race/);
    const [race] = document('offline.json').races;
    expect(race!.accesses[0].frames[0]).toEqual({
      ...race!.accesses[0].frames[0],
      file: expect.stringMatching(/^\w+\.cjs$/),
    });
    expect(race!.location.allocatedAt[0]!.line).toBeGreaterThan(2);
  });

  test('nothing is found where there is nothing', async () => {
    const live = await project.tsrace(['--trace', 'run.trace', 'pool.cjs']);
    expect(live).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout, stderr } = await project.tsrace(['check', 'run.trace']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^No data race in \d+ accesses by 31 threads\.\n$/);
  });

  test('without the CLI', async () => {
    const env = {
      TSRACE: 'trace=own.trace',
      NODE_OPTIONS: `--require "${join(process.cwd(), 'dist/register.cjs')}"`,
    };
    expect((await project.node(['racy.cjs'], { env })).code).toBe(66);
    expect((await project.tsrace(['check', 'own.trace'])).code).toBe(66);
  });
});

describe('--trace-accesses', () => {
  test.for([
    ['none', 0, /it has no accesses/],
    ['1', 66, /^$/],
    ['1000000', 0, /one block in 1000000 only/],
  ] as const)('%s', async ([accesses, code, stderr]) => {
    await project.tsrace(['--trace', 'some.trace', '--trace-accesses', accesses, 'racy.cjs']);
    const checked = await project.tsrace(['check', 'some.trace']);
    expect(checked.code).toBe(code);
    expect(checked.stderr).toMatch(stderr);
  });

  test('misuse', async () => {
    const { code, stderr } = await project.tsrace(['--trace-accesses', '0', 'racy.cjs']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'tsrace: --trace-accesses must be all, none or a whole number from 1 on, not "0"\n',
    });
  });
});

describe('view', () => {
  test('has a line for each event, and says what it came after', async () => {
    await project.tsrace(['--trace', 'run.trace', 'racy.cjs']);
    const { stdout, stderr, code } = await project.tsrace(['view', 'run.trace']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^1 {2}main .* started worker 1 .* racy\.cjs:4:18\n/);
    expect(stdout).toMatch(/^\d {2}worker 1 .* began after 1 \(main\)$/m);
    const ended = /^(\d) {2}worker 1 .* ended$/m.exec(stdout)![1];
    expect(stdout).toMatch(
      new RegExp(`^\\d {2}main .* saw the end of worker 1 after ${ended} \\(worker 1\\)$`, 'm'),
    );
    expect(stdout).toMatch(/\n5 events, 2 accesses, 2 threads\.\n$/);
  });

  test('tells the exact vector clocks on demand', async () => {
    await project.tsrace(['--trace', 'run.trace', 'racy.cjs']);
    const { stdout } = await project.tsrace(['view', 'run.trace', '--clocks']);
    const clocks = [...stdout.matchAll(/^ +knows (.*)$/gm)].map(([, clock]) => clock);
    // main has accessed nothing before it starts the worker, and knows all of it when that has ended
    expect(clocks[0]).toBe('main 1');
    expect(stdout).toMatch(/^\d {2}worker 1 .* ended\n {5}knows worker 1 1$/m);
    expect(stdout).toMatch(/^\d {2}main .* saw the end of worker 1 .*\n {5}knows main 1, worker 1 1$/m);
  });

  test('has a window', async () => {
    await project.tsrace(['--trace', 'pool.trace', 'pool.cjs']);
    const { stdout } = await project.tsrace(['view', 'pool.trace', '--from', '3', '--to', '5']);
    expect(stdout).toMatch(
      /^3 .*\n4 .*\n5 .*\nEvents 3 to 5 of \d+ \(--from, --to\), \d+ accesses, 31 threads\.\n$/,
    );
    const beyond = await project.tsrace(['view', 'pool.trace', '--from', '5000']);
    expect(beyond.stdout).toMatch(/^No event from 5000 on: there are \d+/);
    const { code, stderr } = await project.tsrace(['view', 'pool.trace', '--from', '5', '--to', '3']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'tsrace: --to 3 comes before --from 5\n' });
  });
});

describe('misuse is one line', () => {
  test.for([
    [['check'], /^tsrace: check takes 1 trace, and 0 came/],
    [['check', 'gone.trace'], /^tsrace: gone\.trace: there is no such file\n$/],
    [['check', '.'], /^tsrace: \.: this is no file/],
    [
      ['check', 'racy.cjs'],
      /^tsrace: racy\.cjs: this is no trace: give a file that tsrace --trace has written\n$/,
    ],
    [
      ['check', 'racy.cjs', '--color', 'x'],
      /^tsrace: --color must be one of auto, always, never, not "x"\n$/,
    ],
    [['check', 'racy.cjs', '--json', 'no/x'], /^tsrace: cannot write --json .*: there is no folder/],
    [['--trace', 'no/x', 'racy.cjs'], /^tsrace: cannot write --trace .*: there is no folder/],
  ] as const)('%j', async ([args, message]) => {
    const { code, stderr } = await project.tsrace([...args]);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(code).toBe(2);
  });

  test('of another version', async () => {
    const trace = Buffer.alloc(64);
    trace.write('tsrtrace');
    trace[8] = 9;
    writeFileSync(join(project.root, 'new.trace'), trace);
    const { code, stderr } = await project.tsrace(['check', 'new.trace']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'tsrace: new.trace: it is a trace of version 9, and this tsrace reads 1: use the tsrace that wrote it, or a newer one\n',
    });
  });
});

describe('a file that is cut off or changed', () => {
  /** What can be made of it: how many races, and what is said to be missing. */
  const read = (
    bytes: Uint8Array,
  ): { races: number; events: number; missing: string[]; wrong: boolean } | string => {
    const name = join(project.root, 'damaged.trace');
    writeFileSync(name, bytes);
    let trace: TraceFile;
    try {
      trace = new TraceFile(name);
    } catch (error) {
      return (error as Error).message;
    }
    let [races, events, wrong] = [0, 0, false];
    for (const process of trace.processes) {
      const replay = new Replay(process, (chunk) => trace.read(chunk));
      checkRaces(replay, () => races++);
      events += replay.events().length;
      wrong ||= replay.damaged > 0 || replay.contradictory;
    }
    trace.close();
    return { races, events, missing: trace.missing, wrong };
  };

  test('gives what can be read, and says what is missing', { timeout: 60_000 }, async () => {
    await project.tsrace(['--trace', 'whole.trace', 'racy.cjs']);
    const whole = readFileSync(join(project.root, 'whole.trace'));
    const all = read(whole);
    expect(all).toEqual({ races: 1, events: 5, missing: [], wrong: false });
    let most = 0;
    for (let length = 0; length < whole.length; length++) {
      const cut = read(whole.subarray(0, length));
      if (typeof cut === 'string') {
        expect(length).toBeLessThan(16);
        continue;
      }
      expect(cut.missing.join(), `cut at ${length}`).toMatch(`the file ends at byte ${length}, before`);
      expect(cut.events).toBeGreaterThanOrEqual(most);
      most = cut.events;
    }
    expect(most).toBe(5);
    for (let at = 16; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1 << (at % 8);
      const outcome = read(changed);
      if (typeof outcome === 'string') throw new Error(`${at}: ${outcome}`);
      expect(outcome.missing.join(), `changed at ${at}`).toMatch(
        /^\d+ bytes from byte \d+ on cannot be read/,
      );
      expect(outcome.races).toBeLessThanOrEqual(1);
    }
  });

  test('no record that anybody makes up is believed, or waited for', { timeout: 60_000 }, async () => {
    await project.tsrace(['--trace', 'whole.trace', 'racy.cjs']);
    const whole = readFileSync(join(project.root, 'whole.trace'));
    // with the right check sum, so it reaches the decoder
    const trace = new TraceFile(join(project.root, 'whole.trace'));
    const [{ threads, pid }] = trace.processes as [(typeof trace.processes)[0]];
    let seed = 7;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    for (let round = 0; round < 1000; round++) {
      const replay = new Replay({ pid, threads }, (chunk) => {
        const bytes = Buffer.from(trace.read(chunk));
        for (let i = 0; i < 1 + random(3); i++) bytes[random(bytes.length)] = random(256);
        return bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length);
      });
      checkRaces(replay, (race) => race, new Places(2000));
      expect(replay.threads.every(({ finished }) => finished)).toBe(true);
    }
    trace.close();
    expect(whole.length).toBeGreaterThan(100);
  });
});

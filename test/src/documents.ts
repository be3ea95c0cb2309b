/** Documents as `--json` writes them, to be changed by tests. */
import type { AccessReport, Frame, RaceDocument, RaceReport, ThreadReport } from '../../src/report/report.ts';

export const frame = (name: string, file: string, line: number, column = 5): Frame => ({
  function: name,
  file,
  line,
  column,
});

export function access(role: AccessReport['role'], more: Partial<AccessReport> = {}): AccessReport {
  return {
    role,
    type: 'write',
    atomic: false,
    size: 4,
    thread: role === 'current' ? '7:2' : '7:1',
    test: null,
    frames: [frame('bump', 'src/counter.ts', 14), frame('main', 'src/worker.ts', 9, 3)],
    ...more,
  };
}

export function race(more: Partial<RaceReport> = {}): RaceReport {
  return {
    id: '0123456789abcdef',
    kind: 'write-write',
    count: 1,
    tests: [],
    location: {
      buffer: 1,
      bufferByteLength: 16,
      byteOffset: 0,
      byteLength: 4,
      view: 'Int32Array',
      index: 0,
      name: 'counter',
      native: false,
      allocatedBy: '7:0',
      allocatedAt: [frame('setup', 'src/app.ts', 4, 17)],
    },
    accesses: [access('current'), access('previous')],
    ...more,
  };
}

export function thread(id: string, more: Partial<ThreadReport> = {}): ThreadReport {
  const [pid, seq] = id.split(':');
  const main = seq === '0';
  return {
    id,
    name: main ? 'main' : '',
    state: 'finished',
    file: 'src/worker.ts',
    parent: main ? null : `${pid}:0`,
    createdAt: main ? [] : [frame('start', 'src/app.ts', 11, 10)],
    ...more,
  };
}

export function document(
  races: RaceReport[] = [race()],
  threads: ThreadReport[] = [thread('7:0'), thread('7:1'), thread('7:2')],
): RaceDocument {
  return {
    schemaVersion: 1,
    tool: { name: 'tsrace', version: '0.1.0' },
    command: ['node', 'src/app.ts'],
    startedAt: '2026-11-21T10:00:00.000Z',
    durationMs: 120,
    races,
    threads,
    summary: {
      races: races.length,
      threads: threads.length,
      sharedBuffers: 1,
      accessesChecked: 10,
      uninstrumented: [],
    },
  };
}

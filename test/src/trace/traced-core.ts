/** The core with a tracer on each thread, and the file that comes of it. */
import { join } from 'node:path';
import type { Core, CoreThread } from '../../../runtime/core/core.ts';
import { SITE_BASE } from '../../../runtime/interface.ts';
import type { Names } from '../../../runtime/trace/encoder.ts';
import { ThreadTracer } from '../../../runtime/trace/tracer.ts';
import { appendPart, joinParts } from '../../../src/trace/parts.ts';

export interface TracedCore {
  core: Core;
  /** Makes the file, of what all threads have recorded so far. */
  finish(): string;
}

const PID = 1;

/** @param folder a new one, for the parts and the file */
export function tracedCore(core: Core, folder: string, blocks = 1): TracedCore {
  const tracers: ThreadTracer[] = [];
  const traced = (thread: CoreThread): CoreThread => {
    const { detector, parts, seq } = thread;
    const names: Names = {
      node: (stack) => ({ parent: 0, site: SITE_BASE + stack }),
      site: (site) => ({
        file: 'core.ts',
        line: site - SITE_BASE,
        column: 0,
        flags: 0,
        function: 'f',
        text: '',
      }),
      cause: () => '',
      thread: () => ({ name: '', file: '', parent: parts.registry.get(seq, 2), createdAt: 0 }),
      buffer: (id) => parts.buffers.glance(id),
      sync: () => ({ kind: 'annotation', name: '' }),
    };
    const append = (of: number, chunk: Uint8Array): void => appendPart(folder, PID, of, chunk);
    const setup = { pid: PID, append, blocks };
    const tracer = new ThreadTracer({ detector, parts, names }, setup);
    detector.tracer = tracer;
    tracers.push(tracer);
    const { fork } = thread;
    return Object.assign(thread, { fork: () => traced(fork()) });
  };
  return {
    core: { main: () => traced(core.main()), buffer: (byteLength) => core.buffer(byteLength) },
    finish() {
      for (const tracer of tracers) tracer.end();
      const file = join(folder, 'run.trace.bin');
      joinParts(folder, file, {
        tool: 'tsrace',
        version: '0',
        command: ['x'],
        startedAt: '',
        prefix: '',
        accesses: 'all',
      });
      return file;
    },
  };
}

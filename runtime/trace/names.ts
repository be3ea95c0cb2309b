/**
 * What a tracer needs of its thread. Who starts one brings it along, so that a build in which nobody can has none of it.
 */
import type { Parts } from '../core/core.ts';
import type { Detector } from '../core/detector.ts';
import { nameAt } from '../core/names.ts';
import type { Tracer } from '../core/tracer.ts';
import type { Stacks } from '../stacks.ts';
import type { SharedTables } from '../tables.ts';
import type { Names } from './encoder.ts';

export interface Traceable {
  readonly detector: Detector;
  readonly parts: Parts;
  readonly names: Names;
}

/** A tracer that can also write what all threads have left, when the process ends. */
export type ProcessTracer = Tracer & { settleAll(): void };

export type StartTrace = (thread: Traceable) => ProcessTracer;

/** What the numbers in a trace mean, from the tables that all threads of the process share. */
export function namesOf({ memory, buffers }: Parts, tables: SharedTables, stacks: Stacks): Names {
  return {
    node: (stack) => stacks.node(stack),
    site: (site) => tables.sites.get(site),
    cause: (cause) => tables.causeName(cause),
    thread: (seq) => tables.thread(seq),
    buffer: (id) => buffers.glance(id),
    sync: (name) => nameAt(memory, name),
  };
}

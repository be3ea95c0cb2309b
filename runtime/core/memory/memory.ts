/**
 * All the state of one process's analysis: a list of shared memory tables that every thread attaches to.
 * A worker gets the list with its start message; nothing has to be sent later, whatever is allocated.
 */
import { OutOfShadowMemory, reserve, Table } from './table.ts';

const MiB = 2 ** 20;
/** V8 in Node 20 reserves at most 4 GiB for one buffer. */
const SEGMENT_BYTES = 4096 * MiB - 65536;
const SEGMENTS = 12;

/** Which table is what: its place in the list, and how much address space it reserves. */
const TABLES = [
  ['control', 4 * MiB],
  ['threads', 64 * MiB],
  ['spans', 64 * MiB],
  ['clocks', 4 * MiB],
  ['buffers', 512 * MiB],
  ['lanes', 512 * MiB],
  ['records', 2048 * MiB],
  ['stacks', 2048 * MiB],
  ['sites', 512 * MiB],
  ['strings', 1024 * MiB],
  ['races', 4 * MiB],
  ['names', 256 * MiB],
  ['events', 4 * MiB],
] as const;

const LEAST_BYTES = 4 * MiB;
const ALL_BYTES = TABLES.reduce((sum, [, bytes]) => sum + bytes, SEGMENT_BYTES * SEGMENTS);

export interface Memory {
  readonly segments: SharedArrayBuffer[];
  /** locks, counters and switches; fixed places, see the users */
  readonly control: Table;
  /** one entry a thread */
  readonly threads: Table;
  /** which thread held which tid from which clock on */
  readonly spans: Table;
  /** the dense vector clocks, one a tid */
  readonly clocks: Table;
  /** one entry a shared buffer */
  readonly buffers: Table;
  /** the words of their planes and lanes */
  readonly lanes: Table;
  /** the clocks of sync variables */
  readonly records: Table;
  /** interned stacks */
  readonly stacks: Table;
  readonly sites: Table;
  readonly strings: Table;
  /** pairs of code locations that were reported, and how often they were seen */
  readonly races: Table;
  /** sync objects that have a name */
  readonly names: Table;
  /** what threads did to be ordered, one ring a tid (sync/event-log.ts) */
  readonly events: Table;
  /** shadow cells, in segments of up to 4 GiB */
  readonly cells: Table[];
}

/**
 * `room`: bytes of address space that the process may still take. Three quarters of it are left to the program, whose
 * threads reserve a lot themselves.
 */
export function createSegments(room: number = Number.POSITIVE_INFINITY): SharedArrayBuffer[] {
  const share = Math.min(1, room / 4 / ALL_BYTES);
  const segments: SharedArrayBuffer[] = TABLES.map(([, bytes]) =>
    reserve(Math.max(bytes * share, Math.min(bytes, LEAST_BYTES))),
  );
  const cells = SEGMENT_BYTES * SEGMENTS * share;
  for (let i = 0; i * SEGMENT_BYTES < cells; i++) {
    try {
      segments.push(reserve(Math.min(SEGMENT_BYTES, cells - i * SEGMENT_BYTES)));
    } catch (error) {
      if (i === 0 || !(error instanceof OutOfShadowMemory)) throw error;
      break;
    }
  }
  return segments;
}

export function attach(segments: SharedArrayBuffer[]): Memory {
  const named: Record<string, Table> = {};
  TABLES.forEach(([name], i) => {
    named[name] = new Table(segments[i] as SharedArrayBuffer);
  });
  const cells = segments.slice(TABLES.length).map((buffer) => new Table(buffer));
  return { ...(named as Record<(typeof TABLES)[number][0], Table>), segments, cells };
}

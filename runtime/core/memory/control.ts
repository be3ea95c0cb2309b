/** Places of the single words in the control table. Each is changed by Atomics only. */

/** words 16 … 31: counters and switches */
export const Control = {
  /** next sequence number of a thread */
  THREADS: 16,
  /** highest tid ever given */
  HIGH_TID: 17,
  /** reported races, see `runtime/tables.ts` */
  RACES: 18,
  /** bit set of Weakness */
  WEAKNESS: 19,
  /** next segment of cells to allocate from */
  SEGMENT: 20,
  /** modules registered */
  MODULES: 21,
  /** shared buffers that have a shadow */
  BUFFERS: 22,
  /** free entries of the tables of buffers and lanes, each linked to the next. Under SingleLock.ALLOCATE */
  FREE_BUFFERS: 23,
  FREE_LANES: 24,
  /** sequence numbers given to workers that could not be made */
  UNFORKED: 25,
  /** what tells the process from another of its number, in a trace */
  TRACED_AS: 26,
} as const;

/** The single locks (lock.ts), each on a cache line of its own. */
export const SingleLock = {
  THREADS: 0,
  ALLOCATE: 1,
  MODULES: 2,
  PRINT: 3,
  RECORDS: 4,
  NAMES: 5,
} as const;

/** Why something was not checked; told in the summary. */
export const Weakness = {
  NO_TID: 1,
  NO_MEMORY: 2,
  CLOCK_SPENT: 4,
  LOCK_TAKEN_FROM_LIVING: 8,
  ACCESS_FAILED: 16,
  EDGE_LOST: 32,
  REPORT_FAILED: 64,
  TRACE_LOST: 128,
} as const;

export const WEAKNESS_TEXT: Record<keyof typeof Weakness, string> = {
  NO_TID: 'more threads at once than can be told apart: some ran unchecked',
  NO_MEMORY: 'shadow memory was full: some shared memory was not checked',
  CLOCK_SPENT: 'a thread synchronised too often for its clock: it ran on unchecked',
  LOCK_TAKEN_FROM_LIVING:
    'a lock of the detector was taken over from a thread that had stopped without ending',
  ACCESS_FAILED: 'tsrace failed inside, or the stack was full: some accesses were not checked',
  EDGE_LOST: 'tsrace failed inside: an order between threads was lost, and no race was reported from then on',
  REPORT_FAILED: 'a race was found and could not be reported',
  TRACE_LOST: 'part of the trace could not be written (--trace): is the disk full?',
};

/** heads of the lists of free places in the segments of cells, one a size (shadow/arena.ts): up to BLOCK_LOCKS_AT */
export const FREE_PLACES_AT = 192;
export const SINGLE_LOCKS_AT = 64;
export const SINGLE_LOCK_STRIDE = 16;
export const BLOCK_LOCKS_AT = 512;

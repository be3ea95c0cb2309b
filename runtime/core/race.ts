/**
 * A race as the detector saw it: plain data, ids only. Names, files and lines are looked up later
 * (`runtime/tables.ts`), so that the detector never touches a string.
 */

/** SEMANTICS.md section 2: what about the two accesses conflicts. */
export type RaceKind = 'write-write' | 'read-write' | 'atomic-plain' | 'atomic-overlap';

export type AccessType = 'read' | 'write' | 'update';

export interface RacingAccess {
  type: AccessType;
  atomic: boolean;
  /** bytes */
  size: number;
  /** sequence number of the thread: 0 is main, n is the n-th worker of the process */
  thread: number;
  /** interned stack; the last frame is the access itself */
  stack: number;
  /** of the epoch of its thread that it was made in */
  clock: number;
}

export interface Race {
  kind: RaceKind;
  /** id of the shared buffer */
  buffer: number;
  /** first byte of the current access, from the start of the buffer */
  byteOffset: number;
  byteLength: number;
  /** constructor name of the view of the current access (`Int32Array`, `DataView`), and index in it */
  view: string;
  index: number;
  /** what stood there when the race was seen, as text; undefined where that is not known */
  value?: string;
  current: RacingAccess;
  previous: RacingAccess;
}

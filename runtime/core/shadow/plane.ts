/**
 * A plane: the accesses of one class (kind.ts) to a shared buffer, by aligned elements. It is a list of lanes, one
 * for each tid that made such accesses, and two masks for each block of elements: which lanes have writes in it, and
 * which have anything. A bit is set before the access that it tells of can be missed (history.ts).
 *
 * Lanes are made under the lock of allocation and go with their buffer; a `Plane` is one thread's handle. One store
 * makes a new lane known, so a thread that dies as it makes one leaves it either made or not.
 */

import type { Tid } from '../clock/epoch.ts';
import { atomicLoad, atomicOr, atomicStore } from '../memory/atomics.ts';
import { Control, SingleLock } from '../memory/control.ts';
import type { Locks } from '../memory/lock.ts';
import type { Table } from '../memory/table.ts';
import type { Arena, Place } from './arena.ts';
import { type AccessClass, type Log2, sizeOf } from './kind.ts';
import { blocksOf, LANE_WORDS, Lane, LaneWord, laneBytes } from './lane.ts';
import { BLOCK_SHIFT } from './layout.ts';
import type { Rows } from './rows.ts';

/** The words of a plane in the table of lanes. */
export const PlaneWord = {
  MASKS: 0,
  FIRST: 1,
  /** 1 where a lane may have rows */
  ROWS: 2,
} as const;
const PLANE_WORDS = 16;

/** What planes are made of. */
export interface Ground {
  readonly arena: Arena;
  /** of planes and lanes, all of one length */
  readonly table: Table;
  readonly locks: Locks;
  readonly control: Int32Array;
}
if (PLANE_WORDS !== LANE_WORDS) throw new Error('planes and lanes share a list of free entries');

export const NO_LANES: Lane[] = [];

export class Plane {
  readonly accessClass: AccessClass;
  readonly size: Log2;
  readonly elements: number;
  /** of each block: lanes with writes, lanes with anything */
  readonly masks: Int32Array;
  private readonly ground: Ground;
  private readonly at: number;
  private readonly words: Int32Array;
  /** the newest lane that this thread knows: where it is, 0 before any */
  private newest = 0;
  private mine: Lane | undefined;
  private readonly byBit: Lane[][] = [];
  private readonly all: Lane[] = [];
  /** for comparison.ts: the lanes of others that have rows which this thread does not know, and after which fence */
  unknownRows: readonly Lane[] = NO_LANES;
  unknownAt: number = Number.NaN;
  private readonly tellLane: () => void;

  /** `tellLane`: its thread has a lane here, and remembers nothing in it yet. */
  constructor(ground: Ground, at: number, accessClass: AccessClass, elements: number, tellLane: () => void) {
    this.tellLane = tellLane;
    this.ground = ground;
    this.at = at;
    this.accessClass = accessClass;
    this.size = sizeOf(accessClass);
    this.elements = elements;
    this.words = ground.table.ensure(at + PLANE_WORDS);
    this.masks = ground.arena.int32(this.words[at + PlaneWord.MASKS] as Place, blocksOf(elements) * 2);
  }

  /** Makes the words of a plane. To be called under the lock of allocation. */
  static make(ground: Ground, elements: number): number {
    const masks = ground.arena.take(blocksOf(elements) * 8);
    const at = takeEntry(ground);
    ground.table.words[at + PlaneWord.MASKS] = masks;
    return at;
  }

  /** Gives back all that was taken for the plane, which nobody reads any more. Without the lock of allocation. */
  dispose(): void {
    const { ground, at, words } = this;
    let next = words[at + PlaneWord.FIRST] as number;
    while (next !== 0) {
      const lane = new Lane(ground.arena, ground.table, next, this.size, this.elements);
      next = lane.previous;
      lane.dispose();
      freeEntry(ground, lane.at);
    }
    ground.arena.give(words[at + PlaneWord.MASKS] as Place, this.masks.length * 4);
    freeEntry(ground, at);
  }

  /** The lane of the thread that asks, which holds `tid`. Throws OutOfShadowMemory. */
  own(tid: Tid): Lane {
    return this.known(tid) ?? this.find(tid);
  }

  /** The same, if the thread has asked for it before. */
  known(tid: Tid): Lane | undefined {
    const { mine } = this;
    return mine !== undefined && mine.tid === tid ? mine : undefined;
  }

  private find(tid: Tid): Lane {
    const { locks } = this.ground;
    const lock = locks.single(SingleLock.ALLOCATE);
    let lane: Lane;
    locks.lock(lock);
    try {
      this.refresh();
      lane = this.all.find((each) => each.tid === tid) ?? this.make(tid);
    } finally {
      locks.unlock(lock);
    }
    // also where it was made by a thread that died before it could tell; first, so that nothing comes without
    this.tellLane();
    this.mine = lane;
    return lane;
  }

  /** Under the lock of allocation, after a refresh: this thread knows all lanes. */
  private make(tid: Tid): Lane {
    const { arena, table } = this.ground;
    const { words, at: plane } = this;
    const blocks = arena.take(laneBytes(this.elements));
    const at = takeEntry(this.ground);
    const lane = table.words;
    lane[at + LaneWord.TID] = tid;
    lane[at + LaneWord.INDEX] = this.all.length;
    lane[at + LaneWord.BLOCKS] = blocks;
    lane[at + LaneWord.NEXT] = words[plane + PlaneWord.FIRST] as number;
    atomicStore(words, plane + PlaneWord.FIRST, at);
    return this.refresh() as Lane;
  }

  /** The bit of a lane, if it is no other's now; else 0. */
  bitAlone(lane: Lane): number {
    return this.lanesAt(31 - Math.clz32(lane.bit)).length === 1 ? lane.bit : 0;
  }

  /** The lanes that a bit of the masks may stand for. */
  lanesAt(bit: number): Lane[] {
    if (this.words[this.at + PlaneWord.FIRST] !== this.newest) this.refresh();
    return this.byBit[bit] ?? NO_LANES;
  }

  /** All that there are. */
  lanes(): readonly Lane[] {
    if (this.words[this.at + PlaneWord.FIRST] !== this.newest) this.refresh();
    return this.all;
  }

  /** The rows of this thread's lane, made when there are none. Throws OutOfShadowMemory. */
  ownRows(lane: Lane): Rows {
    const known = lane.lookAtRows();
    if (known !== undefined) return known;
    // first, so that nobody misses them
    atomicStore(this.words, this.at + PlaneWord.ROWS, 1);
    return lane.makeRows();
  }

  /** Whether any lane may have rows. */
  hasRows(): boolean {
    return this.words[this.at + PlaneWord.ROWS] !== 0;
  }

  /** Learns of lanes that other threads have made since, newest first. Returns the newest. */
  private refresh(): Lane | undefined {
    const { arena, table } = this.ground;
    const first = atomicLoad(this.words, this.at + PlaneWord.FIRST);
    const met: Lane[] = [];
    let at = first;
    while (at !== this.newest) {
      const words = table.ensure(at + LANE_WORDS);
      met.push(new Lane(arena, table, at, this.size, this.elements));
      at = words[at + LaneWord.NEXT] as number;
    }
    // nothing is known until all are: there may be no memory for one
    for (const lane of met) {
      this.all.push(lane);
      const bit = 31 - Math.clz32(lane.bit);
      const lanes = this.byBit[bit];
      if (lanes === undefined) this.byBit[bit] = [lane];
      else lanes.push(lane);
    }
    this.newest = first;
    return met[0];
  }
}

/**
 * Notes in the masks of a block that a lane has accesses there. Before the lane's entry says so: where it does, whichever
 * holder of the tid has told.
 */
export function tell(masks: Int32Array, block: number, bit: number, write: boolean): void {
  const at = block * 2;
  if (((masks[at + 1] as number) & bit) === 0) atomicOr(masks, at + 1, bit);
  if (write && ((masks[at] as number) & bit) === 0) atomicOr(masks, at, bit);
}

/** Notes that the block of an element has something atomic, which no lane remembers. */
export function markSync(plane: Plane, element: number): void {
  tell(plane.masks, element >>> BLOCK_SHIFT, 1, false);
}

/** The words of a plane or lane, zero. Under the lock of allocation. */
function takeEntry({ table, control }: Ground): number {
  const at = control[Control.FREE_LANES] as number;
  if (at === 0) return table.take(LANE_WORDS, LANE_WORDS);
  const words = table.ensure(at + LANE_WORDS);
  control[Control.FREE_LANES] = words[at] as number;
  words[at] = 0;
  return at;
}

function freeEntry({ table, control, locks }: Ground, at: number): void {
  const words = table.ensure(at + LANE_WORDS);
  for (let i = 0; i < LANE_WORDS; i++) words[at + i] = 0;
  const lock = locks.single(SingleLock.ALLOCATE);
  locks.lock(lock);
  words[at] = control[Control.FREE_LANES] as number;
  control[Control.FREE_LANES] = at;
  locks.unlock(lock);
}

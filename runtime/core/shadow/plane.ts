/**
 * A plane: the accesses of one class (kind.ts) to a shared buffer, by aligned elements. It is a list of lanes, one
 * for each tid that made such accesses, and two masks for each block of elements: which lanes have writes in it, and
 * which have anything. A bit is set before the access that it tells of can be missed (history.ts).
 *
 * Lanes are made under the lock of allocation and never go; a `Plane` is one thread's handle.
 */

import type { Tid } from '../clock/epoch.ts';
import { atomicLoad, atomicStore } from '../memory/atomics.ts';
import { SingleLock } from '../memory/control.ts';
import type { Locks } from '../memory/lock.ts';
import type { Table } from '../memory/table.ts';
import type { Arena, Place } from './arena.ts';
import { type AccessClass, type Log2, sizeOf } from './kind.ts';
import { blocksOf, chunksOf, ENTRY_SHIFT, LANE_WORDS, Lane, LaneWord } from './lane.ts';

/** The words of a plane in the table of buffers. */
export const PlaneWord = { MASKS: 0, FIRST: 1, COUNT: 2 } as const;
export const PLANE_WORDS = 4;

/** What planes are made of. */
export interface Ground {
  readonly arena: Arena;
  readonly table: Table;
  readonly locks: Locks;
}

const NO_LANES: Lane[] = [];

export class Plane {
  readonly accessClass: AccessClass;
  readonly size: Log2;
  readonly elements: number;
  /** of each block: lanes with writes, lanes with anything */
  readonly masks: Int32Array;
  private readonly ground: Ground;
  private readonly at: number;
  private readonly words: Int32Array;
  private count = 0;
  private mine: Lane | undefined;
  private readonly byBit: Lane[][] = [];

  constructor(ground: Ground, at: number, accessClass: AccessClass, elements: number) {
    this.ground = ground;
    this.at = at;
    this.accessClass = accessClass;
    this.size = sizeOf(accessClass);
    this.elements = elements;
    this.words = ground.table.ensure(at + PLANE_WORDS);
    this.masks = ground.arena.int32(this.words[at + PlaneWord.MASKS] as Place, blocksOf(elements) * 2);
  }

  /** Makes the words of a plane. To be called under the lock of allocation. */
  static make({ arena, table }: Ground, elements: number): number {
    const at = table.take(PLANE_WORDS, PLANE_WORDS);
    table.words[at + PlaneWord.MASKS] = arena.take(blocksOf(elements) * 8);
    return at;
  }

  /** The lane of the thread that asks, which holds `tid`. Throws OutOfShadowMemory. */
  own(tid: Tid): Lane {
    const { mine } = this;
    if (mine !== undefined && mine.tid === tid) return mine;
    const { locks } = this.ground;
    const lock = locks.single(SingleLock.ALLOCATE);
    locks.lock(lock);
    try {
      this.refresh();
      this.mine = this.byBit.flat().find((lane) => lane.tid === tid) ?? this.make(tid);
    } finally {
      locks.unlock(lock);
    }
    return this.mine;
  }

  private make(tid: Tid): Lane {
    const { arena, table } = this.ground;
    const { words, at: plane } = this;
    const at = table.take(LANE_WORDS, LANE_WORDS);
    const lane = table.words;
    const chunks = chunksOf(this.elements);
    lane[at + LaneWord.TID] = tid;
    lane[at + LaneWord.INDEX] = words[plane + PlaneWord.COUNT] as number;
    lane[at + LaneWord.BLOCKS] = arena.take(blocksOf(this.elements) * (8 << ENTRY_SHIFT));
    if (chunks > 1) {
      lane[at + LaneWord.WRITES] = arena.take(chunks * 4);
      lane[at + LaneWord.READS] = arena.take(chunks * 4);
    }
    lane[at + LaneWord.NEXT] = words[plane + PlaneWord.FIRST] as number;
    atomicStore(words, plane + PlaneWord.FIRST, at);
    atomicStore(words, plane + PlaneWord.COUNT, (words[plane + PlaneWord.COUNT] as number) + 1);
    return this.refresh() as Lane;
  }

  /** The lanes that a bit of the masks may stand for. */
  lanesAt(bit: number): Lane[] {
    if (this.words[this.at + PlaneWord.COUNT] !== this.count) this.refresh();
    return this.byBit[bit] ?? NO_LANES;
  }

  /** Learns of lanes that other threads have made since, newest first. Returns the newest. */
  private refresh(): Lane | undefined {
    const { arena, table } = this.ground;
    let newest: Lane | undefined;
    let known = this.count;
    let at = atomicLoad(this.words, this.at + PlaneWord.FIRST);
    while (at !== 0) {
      const words = table.ensure(at + LANE_WORDS);
      const index = words[at + LaneWord.INDEX] as number;
      if (index < this.count) break;
      const lane = new Lane(arena, table, at, this.elements);
      newest ??= lane;
      known = Math.max(known, index + 1);
      let lanes = this.byBit[index & 31];
      if (lanes === undefined) {
        lanes = [];
        this.byBit[index & 31] = lanes;
      }
      lanes.push(lane);
      at = words[at + LaneWord.NEXT] as number;
    }
    this.count = known;
    return newest;
  }
}

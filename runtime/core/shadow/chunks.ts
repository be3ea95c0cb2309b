/**
 * A word for each element of a lane, in chunks that are made when first needed. Where they lie stands in a word of the
 * lane: the place of the only chunk, or of a directory of them, which is made with the first.
 */
import { atomicLoad, atomicStore } from '../memory/atomics.ts';
import { OutOfShadowMemory } from '../memory/table.ts';
import type { Arena, Place } from './arena.ts';
import { CHUNK } from './layout.ts';

/** What stands for a chunk that was never made. */
export const NO_CHUNK: Uint32Array = new Uint32Array(CHUNK);
/** What the thread itself takes for chunks that there was no memory for; nobody else looks at it. */
export const LOST_CHUNK: Uint32Array = new Uint32Array(CHUNK);

const chunksOf = (elements: number): number => Math.ceil(elements / CHUNK);

export class Chunks {
  /** by chunk; NO_CHUNK where nothing is known of any */
  readonly list: Uint32Array[];
  private readonly arena: Arena;
  private readonly words: Int32Array;
  private readonly at: number;
  private readonly elements: number;
  private places: Int32Array | undefined;

  /** Where they lie stands in words[at]. */
  constructor(arena: Arena, words: Int32Array, at: number, elements: number) {
    this.arena = arena;
    this.words = words;
    this.at = at;
    this.elements = elements;
    this.list = new Array(chunksOf(elements)).fill(NO_CHUNK);
  }

  /**
   * The chunk, made when there is none: of the thread's own lane. LOST_CHUNK where no memory is left: accesses to its
   * elements are not recorded, and cost no more than those that are.
   */
  take(chunk: number): Uint32Array {
    const known = this.list[chunk] as Uint32Array;
    if (known !== NO_CHUNK) return known;
    try {
      const places = this.directory(true) as Int32Array;
      if (places[chunk] === 0) atomicStore(places, chunk, this.arena.takeAlone(this.bytesOf(chunk)));
      return this.look(chunk);
    } catch (error) {
      if (!(error instanceof OutOfShadowMemory)) throw error;
      return this.lose(chunk);
    }
  }

  /** Nothing more is recorded of the elements of the chunk. */
  lose(chunk: number): Uint32Array {
    this.arena.tellFull();
    this.list[chunk] = LOST_CHUNK;
    return LOST_CHUNK;
  }

  /** The chunk, of whichever thread's lane; NO_CHUNK when there is none. */
  look(chunk: number): Uint32Array {
    const known = this.list[chunk] as Uint32Array;
    if (known !== NO_CHUNK) return known;
    const places = this.directory(false);
    const place = places === undefined ? 0 : atomicLoad(places, chunk);
    if (place === 0) return NO_CHUNK;
    const made = this.arena.uint32(place as Place, this.bytesOf(chunk) / 4);
    this.list[chunk] = made;
    return made;
  }

  private directory(make: boolean): Int32Array | undefined {
    if (this.places !== undefined) return this.places;
    const { arena, words, at } = this;
    const chunks = this.list.length;
    if (chunks === 1) this.places = words.subarray(at, at + 1);
    else {
      if (make && words[at] === 0) atomicStore(words, at, arena.takeAlone(chunks * 4));
      const place = atomicLoad(words, at) as Place;
      if (place !== 0) this.places = arena.int32(place, chunks);
    }
    return this.places;
  }

  /** Gives back all of them. Nobody reads them any more. */
  dispose(): void {
    const { arena, words, at } = this;
    const places = this.directory(false);
    if (places === undefined) return;
    for (let chunk = 0; chunk < places.length; chunk++) {
      if (places[chunk] !== 0) arena.give(places[chunk] as Place, this.bytesOf(chunk));
    }
    if (places.length > 1) arena.give(words[at] as Place, places.length * 4);
  }

  private bytesOf(chunk: number): number {
    return Math.min(CHUNK, this.elements - chunk * CHUNK) * 4;
  }
}

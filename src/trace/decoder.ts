/** The records of a chunk, one after the other. What cannot be one throws `Damaged`. */
import {
  ACCESS_KIND,
  ACCESS_RUN,
  ACCESS_SIZE_SHIFT,
  ACCESS_STEP,
  EVENT,
  MAX_EVENT,
  MAX_STRING,
  Tag,
} from '../../runtime/trace/format.ts';

export class Damaged extends Error {}

export interface Access {
  /** bit set of ACCESS_WRITE, ACCESS_ATOMIC, ACCESS_UPDATE */
  kind: number;
  /** log2 of the bytes of an element */
  size: number;
  buffer: number;
  first: number;
  count: number;
  step: number;
  stack: number;
}

export interface Event {
  kind: number;
  object: number;
  place: number;
  stack: number;
  source: number;
  sourceClock: number;
}

/** What a chunk says, to whoever keeps it. */
export interface Listener {
  access(access: Access): void;
  /** false: not yet, the record is to come again; as with `learned` */
  event(event: Event): boolean;
  learned(pairs: readonly number[]): boolean;
  epoch(tid: number, clock: number): void;
  string(id: number, text: string): void;
  site(id: number, site: readonly number[]): void;
  stack(id: number, parent: number, site: number): void;
  causedStack(id: number, parent: number, cause: number): void;
  buffer(serial: number, byteLength: number, allocatedBy: number, allocatedAt: number): void;
  name(id: number, kind: number, text: number): void;
  thread(seq: number, name: number, file: number, parent: number, createdAt: number): void;
}

const MAX_PAIRS = 512;
/** of a buffer: V8 makes none that is larger */
const MAX_BYTES = 2 ** 36;
/** the words of a site after its number: file, function, text, line, column, flags */
const SITE_WORDS = 6;

export class Decoder {
  readonly #bytes: Uint8Array;
  #at: number;
  #last: number;

  /** @param from where another decoder of the chunk has stopped */
  constructor(bytes: Uint8Array, from: { at: number; last: number } = { at: 0, last: 0 }) {
    this.#bytes = bytes;
    this.#at = from.at;
    this.#last = from.last;
  }

  get place(): { at: number; last: number } {
    return { at: this.#at, last: this.#last };
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** One record. False if the listener must hear it again. */
  next(listener: Listener): boolean {
    const start = this.#at;
    const tag = this.#bytes[this.#at++] as number;
    const number = (): number => this.#number();
    if (tag < EVENT) {
      this.#access(tag, listener);
      return true;
    }
    if (tag <= MAX_EVENT) {
      const [object, place, stack, source] = [number(), number(), number(), number()];
      const sourceClock = source === 0 ? 0 : number();
      if (listener.event({ kind: tag - EVENT, object, place, stack, source, sourceClock })) return true;
      this.#at = start;
      return false;
    }
    switch (tag) {
      case Tag.LEARNED: {
        const count = number();
        if (count > MAX_PAIRS) throw new Damaged();
        const pairs: number[] = [];
        for (let i = 0; i < count * 2; i++) pairs.push(number());
        if (listener.learned(pairs)) return true;
        this.#at = start;
        return false;
      }
      case Tag.EPOCH:
        listener.epoch(number(), number());
        return true;
      case Tag.STRING: {
        const id = number();
        const length = number();
        if (length > MAX_STRING || this.#at + length > this.#bytes.length) throw new Damaged();
        listener.string(id, Buffer.from(this.#bytes.subarray(this.#at, this.#at + length)).toString('utf8'));
        this.#at += length;
        return true;
      }
      case Tag.SITE:
        listener.site(number(), Array.from({ length: SITE_WORDS }, number));
        return true;
      case Tag.STACK:
        listener.stack(number(), number(), number());
        return true;
      case Tag.CAUSED_STACK:
        listener.causedStack(number(), number(), number());
        return true;
      case Tag.BUFFER: {
        const [serial, byteLength, allocatedBy, allocatedAt] = [number(), number(), number() - 1, number()];
        if (byteLength > MAX_BYTES) throw new Damaged();
        listener.buffer(serial, byteLength, allocatedBy, allocatedAt);
        return true;
      }
      case Tag.NAME:
        listener.name(number(), number(), number());
        return true;
      case Tag.THREAD:
        listener.thread(number(), number(), number(), number() - 1, number());
        return true;
      default:
        throw new Damaged();
    }
  }

  #access(tag: number, listener: Listener): void {
    const buffer = this.#number();
    const zigzag = this.#number();
    const first = this.#last + (zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2);
    const stack = this.#number();
    const count = (tag & ACCESS_RUN) !== 0 ? this.#number() : 1;
    const step = (tag & ACCESS_STEP) !== 0 ? this.#number() : 1;
    if (first < 0 || !Number.isSafeInteger(first + count * step) || step === 0) throw new Damaged();
    this.#last = first;
    listener.access({
      kind: tag & ACCESS_KIND,
      size: (tag >> ACCESS_SIZE_SHIFT) & 3,
      buffer,
      first,
      count,
      step,
      stack,
    });
  }

  #number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Damaged();
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw new Damaged();
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new Damaged();
    return value;
  }
}

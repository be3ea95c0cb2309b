/**
 * Records as bytes. Whatever a record names (a stack, a buffer, a lock) is defined before it, once in each stream, so
 * that a thread's stream says all that is needed to print it, whatever becomes of the process.
 *
 * Numbers are unsigned varints: seven bits a byte, the least first. A record is whole in the buffer when `at` moves on.
 */
import type { Shadow } from '../core/shadow/buffers.ts';
import { ATOMIC, type Kind, type Log2, UPDATE, WRITE } from '../core/shadow/kind.ts';
import { EventKind } from '../core/sync/event-log.ts';
import { SITE_BASE } from '../interface.ts';
import {
  ACCESS_ATOMIC,
  ACCESS_RUN,
  ACCESS_SIZE_SHIFT,
  ACCESS_STEP,
  ACCESS_UPDATE,
  ACCESS_WRITE,
  EVENT,
  MAX_STRING,
  Tag,
} from './format.ts';

/** What names mean. */
export interface Names {
  /** the stack without its last frame, and the site of that; of a root the cause, negated */
  node(stack: number): { parent: number; site: number };
  site(site: number): {
    file: string;
    line: number;
    column: number;
    flags: number;
    function: string;
    text: string;
  };
  cause(cause: number): string;
  thread(seq: number): { name: string; file: string; parent: number; createdAt: number };
  buffer(id: number): { serial: number; byteLength: number; allocatedBy: number; allocatedAt: number };
  sync(name: number): { kind: string; name: string };
}

/** A record without text is shorter than this. */
const SHORT = 64;
/** in the order of their names' kinds in the format */
const NAME_KINDS = ['annotation', 'lock', 'place'];

const utf8 = new TextEncoder();

export class Encoder {
  readonly #bytes: Uint8Array;
  readonly #names: Names;
  readonly #full: (encoder: Encoder) => void;
  readonly #stacks = new Set<number>([0]);
  readonly #sites = new Set<number>();
  readonly #strings = new Map<string, number>();
  readonly #buffers = new Set<number>();
  readonly #syncs = new Set<number>();
  #last = 0;
  /** where the next byte goes */
  at = 0;

  /** @param full must make room, by setting `at` back */
  constructor(bytes: Uint8Array, names: Names, full: (encoder: Encoder) => void) {
    this.#bytes = bytes;
    this.#names = names;
    this.#full = full;
  }

  /** A chunk can be read by itself, but for what it names. */
  restart(): void {
    this.at = 0;
    this.#last = 0;
  }

  access(
    shadow: Shadow,
    size: Log2,
    first: number,
    end: number,
    step: number,
    kind: Kind,
    stack: number,
  ): void {
    const { serial } = shadow;
    if (!this.#buffers.has(serial)) this.#defineBuffer(shadow.id);
    if (!this.#stacks.has(stack)) this.#defineStack(stack);
    this.#room(SHORT);
    const count = Math.ceil((end - first) / step);
    const runs = count === 1 ? 0 : step === 1 ? ACCESS_RUN : ACCESS_RUN | ACCESS_STEP;
    const how =
      ((kind & WRITE) !== 0 ? ACCESS_WRITE : 0) |
      ((kind & ATOMIC) !== 0 ? ACCESS_ATOMIC : 0) |
      ((kind & UPDATE) !== 0 ? ACCESS_UPDATE : 0);
    this.#byte(how | (size << ACCESS_SIZE_SHIFT) | runs);
    this.#number(serial);
    const delta = first - this.#last;
    this.#last = first;
    this.#number(delta < 0 ? -delta * 2 - 1 : delta * 2);
    this.#number(stack);
    if (runs !== 0) this.#number(count);
    if ((runs & ACCESS_STEP) !== 0) this.#number(step);
  }

  epoch(tid: number, clock: number): void {
    this.#room(SHORT);
    this.#byte(Tag.EPOCH);
    this.#number(tid);
    this.#number(clock);
  }

  /** @param pairs tid and clock in turn, `count` of both */
  learned(pairs: Int32Array, count: number): void {
    this.#room(SHORT + count * 10);
    this.#byte(Tag.LEARNED);
    this.#number(count / 2);
    for (let i = 0; i < count; i++) this.#number(pairs[i] as number);
  }

  event(
    kind: EventKind,
    object: number,
    place: number,
    stack: number,
    source: number,
    sourceClock: number,
  ): void {
    const named = this.#objectOf(kind, object);
    if (!this.#stacks.has(stack)) this.#defineStack(stack);
    this.#room(SHORT);
    this.#byte(EVENT + kind);
    this.#number(named);
    this.#number(place);
    this.#number(stack);
    this.#number(source);
    if (source !== 0) this.#number(sourceClock);
  }

  thread(seq: number): void {
    const { name, file, parent, createdAt } = this.#names.thread(seq);
    const [nameId, fileId] = [this.#string(name), this.#string(file)];
    if (!this.#stacks.has(createdAt)) this.#defineStack(createdAt);
    this.#room(SHORT);
    this.#byte(Tag.THREAD);
    for (const number of [seq, nameId, fileId, parent + 1, createdAt]) this.#number(number);
  }

  #objectOf(kind: EventKind, object: number): number {
    switch (kind) {
      case EventKind.FORK:
      case EventKind.START:
      case EventKind.END:
      case EventKind.JOIN:
      case EventKind.CLOSE:
      case EventKind.CLOSED:
        return object;
      case EventKind.LOCK:
      case EventKind.UNLOCK:
      case EventKind.RELEASE:
      case EventKind.ACQUIRE:
        if (!this.#syncs.has(object)) this.#defineSync(object);
        return object;
      default:
        return object === 0 ? 0 : this.#defineBuffer(object);
    }
  }

  #defineBuffer(id: number): number {
    const { serial, byteLength, allocatedBy, allocatedAt } = this.#names.buffer(id);
    if (this.#buffers.has(serial)) return serial;
    if (!this.#stacks.has(allocatedAt)) this.#defineStack(allocatedAt);
    this.#room(SHORT);
    this.#byte(Tag.BUFFER);
    for (const number of [serial, byteLength, allocatedBy + 1, allocatedAt]) this.#number(number);
    this.#buffers.add(serial);
    return serial;
  }

  #defineSync(id: number): void {
    const { kind, name } = this.#names.sync(id);
    const [buffer = '', byteOffset = ''] = kind === 'place' ? name.split(':') : [];
    // ids of buffers come again
    const text = this.#string(
      kind === 'place' ? `${this.#defineBuffer(Number(buffer))}:${byteOffset}` : name,
    );
    this.#room(SHORT);
    this.#byte(Tag.NAME);
    for (const number of [id, Math.max(0, NAME_KINDS.indexOf(kind)), text]) this.#number(number);
    this.#syncs.add(id);
  }

  #defineStack(stack: number): void {
    const missing: { id: number; parent: number; site: number }[] = [];
    for (let id = stack; !this.#stacks.has(id); ) {
      const { parent, site } = this.#names.node(id);
      missing.push({ id, parent, site });
      id = parent;
    }
    for (const { id, parent, site } of missing.reverse()) {
      const named = site < 0 ? this.#string(this.#names.cause(-site)) : this.#site(site);
      this.#room(SHORT);
      this.#byte(site < 0 ? Tag.CAUSED_STACK : Tag.STACK);
      for (const number of [id, parent, named]) this.#number(number);
      this.#stacks.add(id);
    }
  }

  #site(site: number): number {
    const index = site - SITE_BASE;
    // only the core's own tests have stacks without sites
    if (index < 0 || this.#sites.has(index)) return Math.max(0, index);
    const { file, line, column, flags, function: name, text } = this.#names.site(site);
    const strings = [file, name, text].map((each) => this.#string(each));
    this.#room(SHORT);
    this.#byte(Tag.SITE);
    for (const number of [index, ...strings, line, column, flags]) this.#number(number);
    this.#sites.add(index);
    return index;
  }

  #string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const id = this.#strings.size + 1;
    this.#room(SHORT + MAX_STRING);
    const copy = new Uint8Array(MAX_STRING);
    // never ends in the middle of a character
    const { written } = utf8.encodeInto(text, copy);
    this.#byte(Tag.STRING);
    this.#number(id);
    this.#number(written);
    this.#bytes.set(copy.subarray(0, written), this.at);
    this.at += written;
    this.#strings.set(text, id);
    return id;
  }

  #room(most: number): void {
    if (this.at + most > this.#bytes.length) this.#full(this);
  }

  #byte(byte: number): void {
    this.#bytes[this.at++] = byte;
  }

  #number(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest > 0x7fff_ffff) {
      bytes[this.at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[this.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.at++] = rest;
  }
}

/**
 * What this thread knows of the shared memory blocks it has met, by wrapper object (a block may have many:
 * every clone and every receipt makes a new one).
 *
 * A block that never left its thread needs no shadow: whatever came before it is first sent happens before
 * every access by another thread. So a record has no shadow until `share`, and views of it check nothing.
 */
import type { Buffers, Shadow } from './core/shadow/buffers.ts';

const { apply, getOwnPropertyDescriptor } = Reflect;
const sharedByteLength = getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength')
  ?.get as () => number;

/** Of any realm. */
export function isSharedArrayBuffer(value: unknown): value is SharedArrayBuffer {
  if (value instanceof ArrayBuffer) return false;
  try {
    apply(sharedByteLength, value, []);
    return true;
  } catch {
    return false;
  }
}

export interface SharedBlock {
  shadow: Shadow | undefined;
  byteLength: number;
  allocatedBy: number;
  allocatedAt: number;
}

export class SharedBuffers {
  /** whether this thread has ever met shared memory; until then no view is looked at */
  met = false;
  private ignoring = false;
  private readonly meeting: (() => void)[] = [];
  /** a number: where this thread allocated a block that it has not looked at since */
  private readonly blocks = new WeakMap<SharedArrayBuffer, SharedBlock | number>();
  private readonly buffers: Buffers;
  private readonly seq: number;
  private readonly failed: () => void;

  /** `seq`: the thread's; `failed` is told that a step at the first meeting has thrown. */
  constructor(buffers: Buffers, seq: number, failed: () => void) {
    this.buffers = buffers;
    this.seq = seq;
    this.failed = failed;
  }

  /** Calls `first` when the thread first meets shared memory, which may be now. */
  whenMet(first: () => void): void {
    if (this.met) first();
    else this.meeting.push(first);
  }

  /** What is allocated in the course of `work` is Node's own and the program never sees it. */
  ignore(work: () => void): void {
    this.ignoring = true;
    try {
      work();
    } finally {
      this.ignoring = false;
    }
  }

  private meet(): void {
    if (this.met) return;
    this.met = true;
    for (const first of this.meeting.splice(0)) {
      try {
        first();
      } catch {
        this.failed();
      }
    }
  }

  /** A block that this thread has just allocated; `most` is the byte length that it can grow to. */
  allocated(buffer: SharedArrayBuffer, at: number, most?: number): void {
    if (this.ignoring) return;
    this.meet();
    if (most === undefined) this.blocks.set(buffer, at);
    else
      this.blocks.set(buffer, {
        shadow: undefined,
        byteLength: most,
        allocatedBy: this.seq,
        allocatedAt: at,
      });
  }

  /** `most`: what a block that the thread does not know yet can grow to */
  blockOf(buffer: SharedArrayBuffer, most: number = capacity(buffer)): SharedBlock {
    const known = this.blocks.get(buffer);
    if (typeof known === 'object') return known;
    const [allocatedBy, allocatedAt] = known === undefined ? [-1, 0] : [this.seq, known];
    const block = { shadow: undefined, byteLength: most, allocatedBy, allocatedAt };
    this.blocks.set(buffer, block);
    if (known === undefined) this.meet();
    return block;
  }

  share(buffer: SharedArrayBuffer, most?: number): number {
    const block = this.blockOf(buffer, most);
    if (block.shadow === undefined) {
      block.shadow = this.buffers.create(block.byteLength, block.allocatedBy, block.allocatedAt);
    }
    return block.shadow.id;
  }

  /** `buffer` is one more wrapper of the block with that id. */
  adopt(buffer: SharedArrayBuffer, id: number): void {
    this.meet();
    // its sender could not make it known
    if (id === 0) return;
    const shadow = this.buffers.get(id);
    const { byteLength, allocatedBy, allocatedAt } = shadow;
    this.blocks.set(buffer, { shadow, byteLength, allocatedBy, allocatedAt });
  }

  /** The same of a buffer that has come in a message, which `posted` it. */
  received(buffer: SharedArrayBuffer, id: number): void {
    this.adopt(buffer, id);
    if (id !== 0) this.buffers.receive(id);
  }

  /** A message is to take the block with that id along; or many copies of it, which are not counted. */
  posted(id: number, many: boolean): boolean {
    if (id === 0) return false;
    if (many) this.buffers.get(id).keep();
    this.buffers.send(id);
    return true;
  }

  /** `copy` is one more wrapper of what `buffer` wraps. */
  alias(buffer: SharedArrayBuffer, copy: SharedArrayBuffer): void {
    this.blocks.set(copy, this.blockOf(buffer));
  }
}

function capacity(buffer: SharedArrayBuffer): number {
  return buffer.maxByteLength ?? buffer.byteLength;
}

/** What the numbers in the trace of a process mean: the stacks, buffers and threads that its threads have defined. */
import type { BufferInfo, FrameInfo, SyncObject, ThreadInfo } from '../../runtime/contract.ts';

interface Node {
  parent: number;
  /** of the last frame; undefined for a root that has a cause */
  site: number | undefined;
  cause: string;
}

/** frames of a stack that are read */
const MAX_DEPTH = 1000;
const KINDS = ['annotation', 'lock', 'place'] as const;

export class ProcessNames {
  readonly #sites = new Map<number, FrameInfo>();
  readonly #stacks = new Map<number, Node>();
  readonly #buffers = new Map<number, BufferInfo>();
  readonly #syncs = new Map<number, SyncObject>();
  readonly #threads = new Map<number, ThreadInfo>();

  addSite(id: number, site: FrameInfo): void {
    this.#sites.set(id, site);
  }

  addStack(id: number, parent: number, site: number | undefined, cause = ''): void {
    this.#stacks.set(id, { parent, site, cause });
  }

  addBuffer(info: BufferInfo): void {
    this.#buffers.set(info.id, info);
  }

  addSync(id: number, kind: number, name: string): void {
    const known = KINDS[kind] ?? 'annotation';
    if (known === 'place') {
      const [buffer = 0, byteOffset = 0] = name.split(':').map(Number);
      this.#syncs.set(id, { type: 'word', buffer, byteOffset });
    } else this.#syncs.set(id, { type: 'name', kind: known, name });
  }

  addThread(thread: ThreadInfo): void {
    this.#threads.set(thread.seq, thread);
  }

  /** Innermost first. */
  frames(stack: number): FrameInfo[] {
    const frames: FrameInfo[] = [];
    for (const { site } of this.#nodes(stack)) {
      const frame = site === undefined ? undefined : this.#sites.get(site);
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }

  /** The site of the last frame; -1 where there is none. */
  leaf(stack: number): number {
    return this.#stacks.get(stack)?.site ?? -1;
  }

  /** Of the site of the last frame. */
  flags(stack: number): number {
    return this.#sites.get(this.leaf(stack))?.flags ?? 0;
  }

  /** '' for none. */
  cause(stack: number): string {
    let cause = '';
    for (const node of this.#nodes(stack)) cause = node.cause;
    return cause;
  }

  /** A damaged file may have a stack within itself. */
  *#nodes(stack: number): Generator<Node> {
    let id = stack;
    for (let depth = 0; id !== 0 && depth < MAX_DEPTH; depth++) {
      const node = this.#stacks.get(id);
      if (node === undefined) return;
      yield node;
      id = node.parent;
    }
  }

  buffer(id: number): BufferInfo {
    return this.#buffers.get(id) ?? { id, byteLength: 0, allocatedBy: -1, allocatedAt: 0 };
  }

  get buffers(): number {
    return this.#buffers.size;
  }

  sync(id: number): SyncObject {
    return this.#syncs.get(id) ?? { type: 'name', kind: 'annotation', name: '' };
  }

  thread(seq: number): ThreadInfo {
    return this.#threads.get(seq) ?? { seq, name: '', state: 'finished', file: '', parent: -1, createdAt: 0 };
  }

  threads(): ThreadInfo[] {
    return [...this.#threads.values()];
  }
}

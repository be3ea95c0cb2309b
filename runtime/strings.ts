/** Strings in shared memory: byte length, then UTF-8. A string's id is the index of its first word; 0 is ''. */
import type { Table } from './core/memory/table.ts';
import { decodeUtf8, encodeUtf8 } from './platform.ts';

export class Strings {
  private readonly table: Table;
  private readonly known = new Map<number, string>();

  constructor(table: Table) {
    this.table = table;
  }

  /** Not interned: equal strings may have different ids. */
  add(text: string): number {
    if (text === '') return 0;
    const bytes = encodeUtf8(text);
    const words = Math.ceil(bytes.length / 4);
    const at = this.table.take(1 + words);
    this.table.words[at] = bytes.length;
    new Uint8Array(this.table.buffer, (at + 1) * 4, bytes.length).set(bytes);
    this.known.set(at, text);
    return at;
  }

  get(id: number): string {
    if (id === 0) return '';
    let text = this.known.get(id);
    if (text === undefined) {
      const length = this.table.ensure(id + 1)[id] as number;
      this.table.ensure(id + 1 + Math.ceil(length / 4));
      // TextDecoder refuses shared memory in browsers: decode a copy
      text = decodeUtf8(new Uint8Array(this.table.buffer, (id + 1) * 4, length).slice());
      this.known.set(id, text);
    }
    return text;
  }
}

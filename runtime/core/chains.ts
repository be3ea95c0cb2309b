/**
 * A plain write to a word ends its chain: who reads the word's value afterwards acquires nothing (SEMANTICS.md
 * section 3). Here is which sync variables a write meets.
 */
import type { Records } from './memory/records.ts';
import type { Shadow } from './shadow/buffers.ts';
import { ATOMIC_READ, classOf, type Log2 } from './shadow/kind.ts';
import { BLOCK } from './shadow/layout.ts';
import { breakChain } from './sync/sync-variable.ts';

/** The first element from `from` on, by `step`, whose block may have a sync variable; `end` when there is none. */
export function nextWithSync(shadow: Shadow, size: Log2, from: number, end: number, step: number): number {
  const sizes = shadow.syncSizes();
  for (let e = from; e < end; ) {
    // where to look next when there is none here
    let next = end;
    for (let other = 0; other <= 3; other++) {
      if ((sizes & (1 << other)) === 0) continue;
      const plane = shadow.plane(classOf(other as Log2, ATOMIC_READ));
      const block = Math.floor((e * (1 << size)) / (1 << other) / BLOCK);
      if (block * 2 + 1 >= plane.masks.length) continue;
      const until = ((block + 1) * BLOCK * (1 << other)) / (1 << size);
      if (plane.masks[block * 2 + 1] !== 0) return e;
      next = Math.min(next, Math.max(until, e + 1));
    }
    e += Math.ceil((next - e) / step) * step;
  }
  return end;
}

/** Whether any sync variable is on the bytes of an element. Throws OutOfShadowMemory. */
export function hasSyncs(shadow: Shadow, element: number, size: Log2): boolean {
  const sizes = shadow.syncSizes();
  if (sizes === 1 << size) {
    const plane = shadow.syncPlane(size);
    return element < plane.length && plane[element] !== 0;
  }
  const byteOffset = element * (1 << size);
  for (let other = 0; other <= 3; other++) {
    if ((sizes & (1 << other)) === 0) continue;
    const plane = shadow.syncPlane(other as Log2);
    const last = Math.floor((byteOffset + (1 << size) - 1) / (1 << other));
    for (let i = Math.floor(byteOffset / (1 << other)); i <= last; i++) if (plane[i]) return true;
  }
  return false;
}

/**
 * A plain write ends the chains of sync variables on its bytes; an atomic one those of other sizes than its own,
 * `except`. With the block's lock held.
 */
export function breakChains(
  records: Records,
  shadow: Shadow,
  byteOffset: number,
  size: Log2,
  except: number,
): void {
  const sizes = shadow.syncSizes();
  for (let other = 0; other <= 3; other++) {
    if ((sizes & (1 << other)) === 0 || other === except) continue;
    const plane = shadow.syncPlane(other as Log2);
    const last = Math.floor((byteOffset + (1 << size) - 1) / (1 << other));
    for (let i = Math.floor(byteOffset / (1 << other)); i <= last && i < plane.length; i++) {
      if (plane[i] !== 0) breakChain(records, plane[i] as number);
    }
  }
}

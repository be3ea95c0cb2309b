/** What an access is, as a bit set, and which two of them conflict (SEMANTICS.md section 2). */
export const WRITE = 1;
export const ATOMIC = 2;
/** reads and writes */
export const UPDATE = 4;
export type Kind = number & { readonly kindBrand: true };

export const PLAIN_READ: Kind = 0 as Kind;
export const PLAIN_WRITE: Kind = WRITE as Kind;
export const PLAIN_UPDATE: Kind = (WRITE | UPDATE) as Kind;
export const ATOMIC_READ: Kind = ATOMIC as Kind;
export const ATOMIC_WRITE: Kind = (ATOMIC | WRITE) as Kind;
export const ATOMIC_UPDATE: Kind = (ATOMIC | WRITE | UPDATE) as Kind;

/** log2 of an element size in bytes */
export type Log2 = 0 | 1 | 2 | 3;

/**
 * The class of an access: its size, and whether it is atomic. Accesses of one class touch either the same bytes or
 * none in common; plain ones conflict when one writes, atomic ones do not. Accesses of different classes conflict
 * when they overlap and one writes.
 */
export type AccessClass = number & { readonly classBrand: true };
export const CLASSES = 8;
const ATOMIC_CLASS = 4;
/** As bit sets. */
export const ATOMIC_CLASSES = 0xf0;
export const PLAIN_CLASSES = 0x0f;

export function classOf(size: Log2, kind: Kind): AccessClass {
  return ((kind & ATOMIC) !== 0 ? ATOMIC_CLASS | size : size) as AccessClass;
}

export function sizeOf(accessClass: AccessClass): Log2 {
  return (accessClass & 3) as Log2;
}

export function isAtomic(accessClass: AccessClass): boolean {
  return accessClass >= ATOMIC_CLASS;
}

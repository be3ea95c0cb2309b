/** `indexOf`, `lastIndexOf`, `includes`: they look no further than to what they find. */
import type { Host } from '../../thread.ts';
import { clamped, prototype, reads, replaceMethod, toInteger, viewOf } from './receiver.ts';

const { apply } = Reflect;
const { indexOf, findIndex } = prototype as Int32Array;

export function installSearch(host: Host): void {
  replaceMethod(
    'indexOf',
    (native) =>
      ({
        method(this: unknown, searched: unknown, start: unknown) {
          const view = viewOf(host, this);
          const count = view?.count() ?? 0;
          if (view === undefined || count === 0) return apply(native, this, [searched, start]);
          const from = clamped(toInteger(start), count);
          const found = apply(native, this, [searched, from]) as number;
          reads(host, view, from, (found < 0 ? count : found + 1) - from);
          return found;
        },
      }).method,
  );

  replaceMethod(
    'includes',
    (native) =>
      ({
        method(this: unknown, searched: unknown, start: unknown) {
          const view = viewOf(host, this);
          const count = view?.count() ?? 0;
          if (view === undefined || count === 0) return apply(native, this, [searched, start]);
          const from = clamped(toInteger(start), count);
          const found = apply(native, this, [searched, from]) as boolean;
          const at = found ? where(this as Int32Array, searched, from) : -1;
          reads(host, view, from, (at < 0 ? count : at + 1) - from);
          return found;
        },
      }).method,
  );

  replaceMethod(
    'lastIndexOf',
    (native) =>
      ({
        method(this: unknown, ...args: unknown[]) {
          const view = viewOf(host, this);
          const count = view?.count() ?? 0;
          if (view === undefined || count === 0) return apply(native, this, args);
          // an index that is given as undefined is 0
          const start = args.length > 1 ? toInteger(args[1]) : count - 1;
          const from = start < 0 ? count + start : Math.min(start, count - 1);
          const found = apply(native, this, [args[0], start]) as number;
          const last = found < 0 ? 0 : found;
          reads(host, view, last, from - last + 1);
          return found;
        },
      }).method,
  );
}

/** Where a second look finds what is there; -1 if another thread has changed it meanwhile. */
function where(array: Int32Array, searched: unknown, from: number): number {
  const isSame = (element: unknown, index: number): boolean => index >= from && Object.is(element, searched);
  return Number.isNaN(searched)
    ? (apply(findIndex, array, [isSame]) as number)
    : (apply(indexOf, array, [searched, from]) as number);
}

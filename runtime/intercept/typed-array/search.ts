/** `indexOf`, `lastIndexOf`, `includes`: they look no further than to what they find. */

import type { SharedView } from '../../shared-view.ts';
import type { Host } from '../../thread.ts';
import { clamped, prototype, reads, replaceMethod, toInteger, viewOf } from './receiver.ts';

const { apply } = Reflect;
const { indexOf, findIndex } = prototype as Int32Array;

type Native = (...args: unknown[]) => unknown;
type Search = (
  native: Native,
  array: Int32Array,
  args: unknown[],
  view: SharedView,
  count: number,
) => unknown;

export function installSearch(host: Host): void {
  const search = (name: string, inShared: Search): void =>
    replaceMethod(
      name,
      (native) =>
        ({
          method(this: unknown, searched: unknown, ...start: unknown[]) {
            const args = [searched, ...start];
            const view = viewOf(host, this);
            const count = view?.count() ?? 0;
            if (view === undefined || count === 0) return apply(native, this, args);
            return inShared(native, this as Int32Array, args, view, count);
          },
        }).method,
    );

  search('indexOf', (native, array, [searched, start], view, count) => {
    const from = clamped(toInteger(start), count);
    const found = apply(native, array, [searched, from]) as number;
    reads(host, view, from, (found < 0 ? count : found + 1) - from);
    return found;
  });

  search('includes', (native, array, [searched, start], view, count) => {
    const from = clamped(toInteger(start), count);
    const found = apply(native, array, [searched, from]) as boolean;
    const at = found ? where(array, searched, from) : -1;
    reads(host, view, from, (at < 0 ? count : at + 1) - from);
    return found;
  });

  search('lastIndexOf', (native, array, args, view, count) => {
    // an index that is given as undefined is 0
    const start = args.length > 1 ? toInteger(args[1]) : count - 1;
    const from = start < 0 ? count + start : Math.min(start, count - 1);
    const found = apply(native, array, [args[0], start]) as number;
    const last = found < 0 ? 0 : found;
    reads(host, view, last, from - last + 1);
    return found;
  });
}

/** Where a second look finds what is there; -1 if another thread has changed it meanwhile. */
function where(array: Int32Array, searched: unknown, from: number): number {
  const isSame = (element: unknown, index: number): boolean => index >= from && Object.is(element, searched);
  return Number.isNaN(searched)
    ? (apply(findIndex, array, [isSame]) as number)
    : (apply(indexOf, array, [searched, from]) as number);
}

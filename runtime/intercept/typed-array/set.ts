/**
 * `view.set(source)`: the source or the target, or both, may be shared. Elements of a source that is no typed
 * array are converted one by one, which may run the user's code and may throw: those up to there are written.
 */

import type { SharedView } from '../../shared-view.ts';
import type { Host } from '../../thread.ts';
import { isTypedArray, lengthOf, reads, replaceMethod, toInteger, viewOf, writes } from './receiver.ts';

const { apply, get } = Reflect;

export function installSet(host: Host): void {
  replaceMethod(
    'set',
    (native) =>
      ({
        method(this: unknown, source: unknown, offset: unknown) {
          if (!host.buffers.met) return apply(native, this, [source, offset]);
          const target = viewOf(host, this);
          if (isTypedArray(source)) {
            const view = viewOf(host, source);
            if (target === undefined && view === undefined) return apply(native, this, [source, offset]);
            const at = toInteger(offset);
            const count = lengthOf(source);
            apply(native, this, [source, at]);
            reads(host, view, 0, count);
            writes(host, target, at, count);
            return;
          }
          if (target === undefined || source === undefined || source === null || typeof source === 'number')
            return apply(native, this, [source, offset]);
          const at = toInteger(offset);
          const progress = { next: -1 };
          const seen = watched(host, target, at, Object(source) as object, progress);
          apply(native, this, [seen, at]);
          writes(host, target, at + progress.next, progress.next < 0 ? 0 : 1);
          return;
        },
      }).method,
  );
}

/** `source`; when its element k + 1 is asked for, element k has been written. */
function watched(
  host: Host,
  target: SharedView,
  at: number,
  source: object,
  progress: { next: number },
): object {
  return new Proxy(source, {
    get(object, key) {
      if (typeof key === 'string' && key !== 'length') {
        if (progress.next >= 0) writes(host, target, at + progress.next, 1);
        progress.next = Number(key);
      }
      return get(object, key) as unknown;
    },
  });
}

/** Methods of views that touch a range which their arguments tell: `fill`, `slice`, `sort`, `at`, … */
import { PLAIN_UPDATE, PLAIN_WRITE } from '../../core/shadow/kind.ts';
import type { Host } from '../../thread.ts';
import { toOperand } from '../atomics.ts';
import {
  clamped,
  hasSpecies,
  lengthOf,
  reads,
  replaceMethod,
  toEnd,
  toInteger,
  viewOf,
  writes,
} from './receiver.ts';

const { apply } = Reflect;

export function installRanges(host: Host): void {
  replaceMethod(
    'at',
    (native) =>
      ({
        method(this: unknown, index: unknown) {
          const view = viewOf(host, this);
          if (view === undefined) return apply(native, this, [index]);
          const count = view.count();
          const at = toInteger(index);
          const value: unknown = apply(native, this, [at]);
          reads(host, view, at < 0 ? count + at : at, 1);
          return value;
        },
      }).method,
  );

  replaceMethod(
    'fill',
    (native) =>
      ({
        method(this: unknown, value: unknown, start: unknown, end: unknown) {
          const view = viewOf(host, this);
          if (view === undefined) return apply(native, this, [value, start, end]);
          const count = view.count();
          const element = toOperand(view, value);
          const from = clamped(toInteger(start), count);
          const to = clamped(toEnd(end, count), count);
          const result: unknown = apply(native, this, [element, from, to]);
          writes(host, view, from, to - from);
          return result;
        },
      }).method,
  );

  replaceMethod(
    'copyWithin',
    (native) =>
      ({
        method(this: unknown, target: unknown, start: unknown, end: unknown) {
          const view = viewOf(host, this);
          if (view === undefined) return apply(native, this, [target, start, end]);
          const count = view.count();
          const to = clamped(toInteger(target), count);
          const from = clamped(toInteger(start), count);
          const last = clamped(toEnd(end, count), count);
          const result: unknown = apply(native, this, [to, from, last]);
          const moved = Math.min(last - from, count - to);
          reads(host, view, from, moved);
          writes(host, view, to, moved);
          return result;
        },
      }).method,
  );

  replaceMethod(
    'slice',
    (native) =>
      ({
        method(this: unknown, start: unknown, end: unknown) {
          const view = viewOf(host, this);
          const species = host.buffers.met && hasSpecies(this);
          if (view === undefined && !species) return apply(native, this, [start, end]);
          const count = lengthOf(this);
          const from = clamped(toInteger(start), count);
          const to = clamped(toEnd(end, count), count);
          const copy: unknown = apply(native, this, [from, to]);
          reads(host, view, from, to - from);
          if (species) writes(host, viewOf(host, copy), 0, to - from);
          return copy;
        },
      }).method,
  );

  replaceMethod(
    'sort',
    (native) =>
      ({
        method(this: unknown, compare: unknown) {
          const view = viewOf(host, this);
          if (view === undefined) return apply(native, this, [compare]);
          const count = view.count();
          // the user's code runs in between: all is read before the first comparison, and written after the last
          if (typeof compare === 'function') reads(host, view, 0, count);
          const result: unknown = apply(native, this, [compare]);
          host.native.elements(view, 0, count, compare === undefined ? PLAIN_UPDATE : PLAIN_WRITE);
          return result;
        },
      }).method,
  );

  replaceMethod(
    'toSorted',
    (native) =>
      ({
        method(this: unknown, compare: unknown) {
          const view = viewOf(host, this);
          if (view !== undefined && (compare === undefined || typeof compare === 'function'))
            reads(host, view, 0, view.count());
          return apply(native, this, [compare]);
        },
      }).method,
  );

  replaceMethod(
    'reverse',
    (native) =>
      ({
        method(this: unknown) {
          const view = viewOf(host, this);
          const result: unknown = apply(native, this, []);
          if (view === undefined) return result;
          // the middle one of an odd number stays where it is
          const count = view.count();
          const half = count >>> 1;
          host.native.elements(view, 0, half, PLAIN_UPDATE);
          host.native.elements(view, count - half, half, PLAIN_UPDATE);
          return result;
        },
      }).method,
  );

  for (const name of ['toReversed', 'join', 'toLocaleString']) {
    replaceMethod(
      name,
      (native) =>
        ({
          method(this: unknown, ...args: unknown[]) {
            const view = viewOf(host, this);
            if (view === undefined) return apply(native, this, args);
            const count = view.count();
            const result: unknown = apply(native, this, args);
            // `${view}` comes here without a call in the source
            const call = host.callStack();
            reads(host, view, 0, count, name === 'join' ? host.realStack(call) : call);
            return result;
          },
        }).method,
    );
  }

  replaceMethod(
    'with',
    (native) =>
      ({
        method(this: unknown, index: unknown, value: unknown) {
          const view = viewOf(host, this);
          if (view === undefined) return apply(native, this, [index, value]);
          const count = view.count();
          const relative = toInteger(index);
          const element = toOperand(view, value);
          const result: unknown = apply(native, this, [relative, element]);
          const at = relative < 0 ? count + relative : relative;
          reads(host, view, 0, at);
          reads(host, view, at + 1, count - at - 1);
          return result;
        },
      }).method,
  );
}

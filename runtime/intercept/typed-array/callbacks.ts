/**
 * `forEach`, `map`, `reduce`, `find`, …: each element is read right before the callback gets it. The callback
 * of a shared view is called through one of ours, that of any other view is left alone.
 */

import type { SharedView } from '../../shared-view.ts';
import type { Host } from '../../thread.ts';
import type { AnyFunction } from '../disguise.ts';
import { hasSpecies, reads, replaceMethod, viewOf, writes } from './receiver.ts';

const { apply } = Reflect;

export function installCallbacks(host: Host): void {
  for (const name of ['forEach', 'find', 'findIndex', 'findLast', 'findLastIndex', 'some', 'every']) {
    replaceMethod(
      name,
      (native) =>
        ({
          method(this: unknown, callback: unknown, self: unknown) {
            const view = viewOf(host, this);
            return view === undefined || typeof callback !== 'function'
              ? apply(native, this, [callback, self])
              : apply(native, this, [visiting(host, view, callback as AnyFunction), self]);
          },
        }).method,
    );
  }

  for (const name of ['map', 'filter']) {
    replaceMethod(
      name,
      (native) =>
        ({
          method(this: unknown, callback: unknown, self: unknown) {
            const view = viewOf(host, this);
            const species = host.buffers.met && hasSpecies(this);
            if ((view === undefined && !species) || typeof callback !== 'function')
              return apply(native, this, [callback, self]);
            const kept = { count: 0, all: name === 'map' };
            const visit = visiting(host, view, callback as AnyFunction, kept);
            const made: unknown = apply(native, this, [visit, self]);
            if (species) writes(host, viewOf(host, made), 0, kept.count);
            return made;
          },
        }).method,
    );
  }

  for (const name of ['reduce', 'reduceRight']) {
    replaceMethod(
      name,
      (native) =>
        ({
          method(this: unknown, ...args: unknown[]) {
            const view = viewOf(host, this);
            const [callback] = args;
            if (view === undefined || typeof callback !== 'function') return apply(native, this, args);
            // without an initial value the first element is that
            if (args.length === 1) reads(host, view, name === 'reduce' ? 0 : view.count() - 1, 1);
            const stack = host.callStack();
            const visit = (so: unknown, element: unknown, index: number, array: unknown): unknown => {
              reads(host, view, index, 1, stack);
              return apply(callback, undefined, [so, element, index, array]);
            };
            return apply(native, this, [visit, ...args.slice(1)]);
          },
        }).method,
    );
  }
}

/** `callback`, recording the read of the element it gets; `kept` counts what it lets pass. */
function visiting(
  host: Host,
  view: SharedView | undefined,
  callback: AnyFunction,
  kept?: { count: number; all: boolean },
): AnyFunction {
  // the callback may make calls where no frame is pushed for it
  const stack = host.callStack();
  return function (this: unknown, element: unknown, index: number, array: unknown): unknown {
    reads(host, view, index, 1, stack);
    const result: unknown = apply(callback, this, [element, index, array]);
    if (kept !== undefined && (kept.all || result)) kept.count++;
    return result;
  };
}

/**
 * Iterators over a shared view read an element at each step: `for…of`, spread, array patterns, `Array.from`.
 * Only iterators of shared views get a `next` of their own, so those of arrays stay as fast as they are.
 */

import type { SharedView } from '../shared-view.ts';
import type { Host } from '../thread.ts';
import { type AnyFunction, disguise, replace } from './disguise.ts';

/** Whoever is constructed is what was given: so a subclass can put a private field on it. */
class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for
    return given;
  }
}

/** How far an iterator is: on the iterator itself, where the program cannot see it, and found faster than in a WeakMap. */
class Progress extends Given {
  #view: SharedView;
  #index = 0;
  /** what was in progress at the last step, and the stack of that */
  #call = -1;
  #stack = 0;

  constructor(iterator: object, view: SharedView) {
    super(iterator);
    this.#view = view;
  }

  /** A step of `iterator`, if it is one of a shared view. */
  static step(iterator: unknown, host: Host): void {
    if (typeof iterator !== 'object' || iterator === null || !(#view in iterator)) return;
    const call = host.callStack();
    if (call !== iterator.#call) {
      iterator.#call = call;
      iterator.#stack = host.realStack(call);
    }
    const view = iterator.#view;
    const index = iterator.#index++;
    if (index < view.count()) view.readAt(index, iterator.#stack);
  }
}

/** `arrayIterator`: the prototype of the iterators that the methods of `prototype` return. */
export function installIterators(host: Host, prototype: object, arrayIterator: object): void {
  const { apply, defineProperty } = Reflect;
  const nativeNext = (arrayIterator as { next: () => IteratorResult<unknown> }).next;
  const next = {
    method(this: unknown) {
      Progress.step(this, host);
      return apply(nativeNext, this, []);
    },
  }.method;
  const ownNext = {
    value: disguise(next, nativeNext as never),
    enumerable: false,
    writable: true,
    configurable: true,
  };

  const reading = (original: AnyFunction) =>
    ({
      method(this: Record<symbol, SharedView | undefined>) {
        const iterator = apply(original, this, []) as object;
        const view = this?.[host.key];
        if (view === undefined) return iterator;
        new Progress(iterator, view);
        defineProperty(iterator, 'next', ownNext);
        return iterator;
      },
    }).method;

  const values = Object.getOwnPropertyDescriptor(prototype, 'values')?.value as unknown;
  replace(prototype, 'values', reading);
  replace(prototype, 'entries', reading);
  const patched = Object.getOwnPropertyDescriptor(prototype, 'values')?.value as unknown;
  const iterator = Object.getOwnPropertyDescriptor(prototype, Symbol.iterator);
  // one function under two names, as the language says
  if (iterator?.value === values) defineProperty(prototype, Symbol.iterator, { ...iterator, value: patched });
}

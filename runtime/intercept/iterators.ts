/**
 * Iterators over a shared view read an element at each step: `for…of`, spread, array patterns, `Array.from`.
 * Only iterators of shared views get a `next` of their own, so those of arrays stay as fast as they are.
 */
import { PLAIN_READ } from '../core/shadow/kind.ts';
import type { Host } from '../thread.ts';
import type { SharedView } from '../views.ts';
import { type AnyFunction, disguise, replace } from './disguise.ts';

/** `arrayIterator`: the prototype of the iterators that the methods of `prototype` return. */
export function installIterators(host: Host, prototype: object, arrayIterator: object): void {
  const { apply, defineProperty } = Reflect;
  const nativeNext = (arrayIterator as { next: () => IteratorResult<unknown> }).next;

  const reading = (original: AnyFunction) =>
    ({
      method(this: Record<symbol, SharedView | undefined>) {
        const iterator = apply(original, this, []) as object;
        const view = this?.[host.key];
        if (view === undefined) return iterator;
        let index = 0;
        let call = -1;
        let stack = 0;
        const next = {
          method(this: unknown) {
            if (this === iterator) {
              const noted = host.callStack();
              if (noted !== call) {
                call = noted;
                stack = host.realStack(noted);
              }
              host.native.elements(view, index++, 1, PLAIN_READ, stack);
            }
            return apply(nativeNext, this, []);
          },
        }.method;
        defineProperty(iterator, 'next', {
          value: disguise(next, nativeNext as never),
          enumerable: false,
          writable: true,
          configurable: true,
        });
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

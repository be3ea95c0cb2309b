/** Replacing many functions of one module: a function that goes by several names stays one function. */
import { type AnyFunction, type Handler, replace, standIn } from '../intercept/disguise.ts';

export type Make = (original: AnyFunction) => AnyFunction;

export interface Patches {
  /** Has `handler` called in place of the methods of these names that there are. */
  handle(owner: object, names: readonly PropertyKey[], handler: Handler): void;
  /** Puts what `make` returns in the place of the methods. */
  replace(owner: object, names: readonly PropertyKey[], make: Make): void;
}

export function patches(): Patches {
  const made = new Map<AnyFunction, AnyFunction>();
  const replaceAll = (owner: object, names: readonly PropertyKey[], make: Make): void => {
    const once: Make = (original) => {
      const known = made.get(original);
      if (known !== undefined) return known;
      const replacement = make(original);
      made.set(original, replacement).set(replacement, replacement);
      return replacement;
    };
    for (const name of names) replace(owner, name, once);
  };
  return {
    replace: replaceAll,
    handle: (owner, names, handler) => replaceAll(owner, names, (original) => standIn(original, handler)),
  };
}

/**
 * `new Proxy`. Instrumented code asks what it reads an element of for its stamp, and a `get` trap of the user's
 * would be asked too, with a symbol that nobody knows; so a handler that has one gets another around it, which
 * keeps the stamp to itself. A Proxy around a view always gets it: it answers with a stamp that records on the
 * target what no trap stands between, where the access is written. What a trap of the user's does with the
 * target is recorded in the trap: it may touch another element, or none.
 */

import type { View } from '../interface.ts';
import { isProxy, noteProxy } from '../platform.ts';
import {
  type AnyConstructor,
  type AnyFunction,
  disguise,
  replaceValue,
  standInClass,
  throwingAsOriginal,
} from './disguise.ts';

type Trap = keyof typeof Reflect & keyof ProxyHandler<object>;
type Handler = Record<Trap, AnyFunction | null | undefined>;

const { isView } = ArrayBuffer;
const { isArray } = Array;
const natives = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect).map((name) => [name, Reflect[name as Trap]]),
) as unknown as Handler;
const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

export function installProxy(key: symbol, realm: { Proxy: ProxyConstructor }): void {
  const Native = realm.Proxy;

  function act(handler: Handler, name: Trap, target: object, args: unknown[]): unknown {
    const trap = handler[name];
    if (typeof trap === 'function') return apply(trap, handler, [target, ...args]);
    // a trap that is no function: the error is the engine's
    const receiver = trap === undefined || trap === null ? target : new Native(target, handler as object);
    return apply(natives[name]!, undefined, [receiver, ...args]);
  }

  class Around implements ProxyHandler<object> {
    readonly #handler: Handler;
    #inner: View | undefined;
    #view: View | undefined;

    constructor(handler: Handler) {
      this.#handler = handler;
    }

    get(target: object, name: PropertyKey, receiver: unknown): unknown {
      if (name === key) return this.#stamp(target);
      return act(this.#handler, 'get', target, [name, receiver]);
    }
    set(target: object, name: PropertyKey, value: unknown, receiver: unknown): boolean {
      return act(this.#handler, 'set', target, [name, value, receiver]) as boolean;
    }
    has(target: object, name: PropertyKey): boolean {
      return act(this.#handler, 'has', target, [name]) as boolean;
    }
    deleteProperty(target: object, name: PropertyKey): boolean {
      return act(this.#handler, 'deleteProperty', target, [name]) as boolean;
    }
    ownKeys(target: object): (string | symbol)[] {
      const keys = act(this.#handler, 'ownKeys', target, []) as (string | symbol)[];
      // the engine misses the stamp of a target; Reflect hides it
      const kept = isView(target) && getOwnPropertyDescriptor(target, key) !== undefined;
      return kept && isArray(keys) && !keys.includes(key) ? [...keys, key] : keys;
    }
    getOwnPropertyDescriptor(target: object, name: PropertyKey): PropertyDescriptor | undefined {
      if (name === key) return getOwnPropertyDescriptor(target, key);
      return act(this.#handler, 'getOwnPropertyDescriptor', target, [name]) as PropertyDescriptor;
    }
    defineProperty(target: object, name: PropertyKey, descriptor: PropertyDescriptor): boolean {
      const handler = name === key ? natives : this.#handler;
      return act(handler, 'defineProperty', target, [name, descriptor]) as boolean;
    }
    getPrototypeOf(target: object): object | null {
      return act(this.#handler, 'getPrototypeOf', target, []) as object | null;
    }
    setPrototypeOf(target: object, prototype: object | null): boolean {
      return act(this.#handler, 'setPrototypeOf', target, [prototype]) as boolean;
    }
    isExtensible(target: object): boolean {
      return act(this.#handler, 'isExtensible', target, []) as boolean;
    }
    preventExtensions(target: object): boolean {
      return act(this.#handler, 'preventExtensions', target, []) as boolean;
    }
    apply(target: object, self: unknown, args: unknown[]): unknown {
      return act(this.#handler, 'apply', target, [self, args]);
    }
    construct(target: object, args: unknown[], newTarget: unknown): object {
      return act(this.#handler, 'construct', target, [args, newTarget]) as object;
    }

    #stamp(target: object): View | undefined {
      const inner = (target as Record<symbol, View | undefined>)[key];
      if (inner === undefined) return undefined;
      if (inner !== this.#inner) this.#view = viewThrough(inner, this.#handler);
      this.#inner = inner;
      return this.#view;
    }
  }

  const wrapped = (target: unknown, handler: unknown): unknown =>
    typeof handler === 'object' &&
    handler !== null &&
    (isView(target) || isProxy(target) || isProxy(handler) || 'get' in handler)
      ? new Around(handler as Handler)
      : handler;

  const Patched = standInClass(Native as unknown as AnyConstructor, ([target, handler], newTarget) => {
    const proxy = natives.construct!(Native, [target, wrapped(target, handler)], newTarget) as object;
    noteProxy(proxy);
    return proxy;
  });
  const revocable = throwingAsOriginal((native, self, [target, handler]) => {
    const made = apply(native, self, [target, wrapped(target, handler)]) as { proxy: object };
    noteProxy(made.proxy);
    return made;
  });
  const native = Native.revocable as AnyFunction;
  const method = {
    revocable(this: unknown, ...args: unknown[]): unknown {
      return revocable(native, this, args);
    },
  };
  replaceValue(Patched, 'revocable', disguise(method.revocable, native));
  replaceValue(realm, 'Proxy', Patched);
}

/** The stamp of a Proxy: of what reaches the target without a trap, the target's. */
function viewThrough(inner: View, handler: Handler): View {
  const reads = (): boolean => !traps(handler, 'get');
  const writes = (): boolean => !traps(handler, 'set') && !traps(handler, 'defineProperty');
  // no way: that of the target may be of another kind the next time
  const r = (k: unknown, site: number): undefined => {
    if (reads()) inner.r(k, site);
  };
  const w = (k: unknown, site: number): undefined => {
    if (writes()) inner.w(k, site);
  };
  const u = (k: unknown, site: number): undefined => {
    if (reads()) writes() ? inner.u(k, site) : inner.r(k, site);
    else if (writes()) inner.w(k, site);
  };
  return {
    r,
    w,
    u,
    R: r,
    W: w,
    U: u,
    m: (k, _value, site) => {
      if (reads()) inner.r(k, site);
      return false;
    },
    all: (site, literal, computed) => {
      if (reads()) inner.all(site, literal, computed);
    },
    get keys() {
      return inner.keys;
    },
    // what is made of a Proxy is made of its elements
    c: (maker, site) => {
      if (reads()) inner.c(maker, site);
    },
    l: (how, site) => {
      if (reads()) inner.l(how, site);
    },
    // a trap may do anything, at every access
    steady: false,
    s: () => true,
    g: () => true,
  };
}

/** Asks no accessor and no Proxy of the user's, which count as traps. */
function traps(handler: object, name: Trap): boolean {
  for (let at: object | null = handler; at !== null; at = getPrototypeOf(at)) {
    if (isProxy(at)) return true;
    const own = getOwnPropertyDescriptor(at, name);
    if (own !== undefined) return !('value' in own) || (own.value !== undefined && own.value !== null);
  }
  return false;
}

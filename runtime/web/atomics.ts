/**
 * Atomics of a worker that is not attached yet. Code of its first task may keep its functions (`const { load } =
 * Atomics`), and what it does with them later has to be seen: so they lead to whatever does the work by then.
 */
import { type AnyFunction, disguise } from '../intercept/disguise.ts';

export interface Forwarding {
  /** Puts the native functions back, to be replaced. */
  restore(): void;
  /** What was kept leads to what stands there now. */
  follow(): void;
}

export function forwardAtomics(): Forwarding {
  const all = Object.entries(Object.getOwnPropertyDescriptors(Atomics)).filter(
    ([, { value }]) => typeof value === 'function',
  );
  const targets: Record<string, AnyFunction> = {};
  for (const [name, descriptor] of all) {
    const native = descriptor.value as AnyFunction;
    targets[name] = native;
    const { method } = {
      method(...args: unknown[]): unknown {
        return targets[name]!(...args);
      },
    };
    Object.defineProperty(Atomics, name, { ...descriptor, value: disguise(method, native) });
  }
  return {
    restore() {
      for (const [name, descriptor] of all) Object.defineProperty(Atomics, name, descriptor);
    },
    follow() {
      for (const [name] of all) targets[name] = (Atomics as unknown as typeof targets)[name]!;
    },
  };
}

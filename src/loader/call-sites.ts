/**
 * A program that formats stacks itself (`Error.prepareStackTrace`) is given V8's call sites, with the positions of the
 * code that runs. Here they get those of the user's code; the sites of ours are left out before.
 *
 * V8's methods are frozen, so each site is behind a Proxy. Node asks for the program's function, and is given one that
 * changes the sites first; the program itself gets back what it has set. So the property is an accessor, which
 * `Object.getOwnPropertyDescriptor` shows as the value that it stands for.
 */
import { type AnyFunction, replace } from '../../runtime/intercept/disguise.ts';

type Prepare = (error: Error, sites: NodeJS.CallSite[]) => unknown;

const NativeProxy = Proxy;
const { apply, get: reflectGet } = Reflect;
const { captureStackTrace } = Error;

/** `site`, which answers these of its methods so. */
export function answering(site: NodeJS.CallSite, answers: Record<string, unknown>): NodeJS.CallSite {
  return new NativeProxy(site, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(answers, key)) return () => answers[key];
      const value: unknown = reflectGet(target, key);
      return typeof value === 'function' && key !== 'constructor' ? value.bind(target) : value;
    },
  });
}

/** `isRaw` knows functions that want the sites as they are. */
export function watchPrepareStackTrace(
  isRaw: (prepare: unknown) => boolean,
  shown: (sites: NodeJS.CallSite[]) => NodeJS.CallSite[],
): void {
  const descriptor = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  if (descriptor?.configurable !== true || !('value' in descriptor)) return;
  const initial: unknown = descriptor.value;
  let current = initial;
  let asking = false;
  const standIns = new WeakMap<object, Prepare>();
  const raw: Prepare = (_, sites) => sites;

  function standInFor(prepare: Prepare): Prepare {
    let standIn = standIns.get(prepare);
    if (standIn === undefined) {
      standIn = function (this: unknown, error, sites) {
        return apply(prepare, this, [error, shown(sites)]);
      };
      standIns.set(prepare, standIn);
    }
    return standIn;
  }

  function get(): unknown {
    if (asking) return raw;
    if (current === initial || isRaw(current) || !isAskedByNode()) return current;
    return typeof current === 'function' ? standInFor(current as Prepare) : initial;
  }

  function isAskedByNode(): boolean {
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    const holder: { stack?: unknown } = {};
    asking = true;
    try {
      if (limit?.writable) Error.stackTraceLimit = 1;
      apply(captureStackTrace, Error, [holder, get]);
      const { stack } = holder;
      // V8 formats by itself what is made while it has a stack formatted
      if (typeof stack === 'string') return /^.*\n {4}at (?:.*\()?node:/.test(stack);
      return (stack as NodeJS.CallSite[])[0]?.getFileName()?.startsWith('node:') === true;
    } catch {
      return false;
    } finally {
      asking = false;
      if (limit?.writable) Error.stackTraceLimit = limit.value;
    }
  }

  Object.defineProperty(Error, 'prepareStackTrace', {
    get,
    set: (value) => {
      current = value;
    },
    enumerable: descriptor.enumerable === true,
    configurable: true,
  });

  const asValue = (found: PropertyDescriptor | undefined): PropertyDescriptor | undefined => {
    if (found?.get !== get) return found;
    const { enumerable = false, configurable = true } = found;
    return { value: current, writable: true, enumerable, configurable };
  };
  const hiding = (original: AnyFunction): AnyFunction =>
    ({
      method(this: unknown, object: unknown, ...rest: unknown[]) {
        const found: PropertyDescriptor | undefined = apply(original, this, [object, ...rest]);
        return object === Error ? asValue(found) : found;
      },
    }).method;
  replace(Object, 'getOwnPropertyDescriptor', hiding);
  replace(Reflect, 'getOwnPropertyDescriptor', hiding);
}

/**
 * What the methods of views share: who the receiver is, and the conversions of their arguments, which run the
 * user's code and so happen once, in the order of ECMA-262 (%TypedArray%.prototype), before the native
 * function gets the results. What was touched is recorded when the native function has returned: one that
 * throws has touched nothing, unless said otherwise.
 */
import { PLAIN_READ, PLAIN_WRITE } from '../../core/shadow/kind.ts';
import type { SharedView } from '../../shared-view.ts';
import type { Host } from '../../thread.ts';
import { nativeMakers } from '../../typed-array-makers.ts';
import { type AnyFunction, replace } from '../disguise.ts';

const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { isView } = ArrayBuffer;
const { trunc, min, max } = Math;
const { hasOwn } = Object;

export const TypedArray = getPrototypeOf(Int32Array) as object;
export const prototype = getPrototypeOf(Int32Array.prototype) as object;

const tag = getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.get as (this: unknown) => unknown;
const length = getOwnPropertyDescriptor(prototype, 'length')?.get as (this: unknown) => unknown;

export const isTypedArray = (value: unknown): boolean => isView(value) && apply(tag, value, []) !== undefined;
export const lengthOf = (array: unknown): number => apply(length, array, []) as number;

/** The stamp of a view over shared memory; nothing else is even looked at, so no Proxy notices. */
export function viewOf(host: Host, value: unknown): SharedView | undefined {
  if (!host.buffers.met || !isView(value)) return undefined;
  return (value as unknown as Record<symbol, SharedView | undefined>)[host.key];
}

const nativePrototypes: ReadonlySet<unknown> = new Set(
  [...nativeMakers()].map((native) => (native as { prototype: unknown }).prototype),
);

/** A view whose methods make their results by a constructor of the user's, who may have them shared. */
export const hasSpecies = (value: unknown): boolean =>
  isView(value) && (!nativePrototypes.has(getPrototypeOf(value)) || hasOwn(value, 'constructor'));

/** ToIntegerOrInfinity */
export const toInteger = (value: unknown): number => trunc(+(value as number)) || 0;

/** Where a relative index points, within 0 … `count`. */
export const clamped = (relative: number, count: number): number =>
  relative < 0 ? max(0, count + relative) : min(relative, count);

/** The end of a range, given as `value`; not given, it is the end of the view. */
export const toEnd = (value: unknown, count: number): number =>
  value === undefined ? count : toInteger(value);

/** `make` gets the native method and returns what stands in for it; written as a method. */
export function replaceMethod(name: string, make: (native: AnyFunction) => AnyFunction): void {
  replace(prototype, name, make);
}

/** `count` elements from `first` on were read, if `view` is shared. */
export function reads(
  host: Host,
  view: SharedView | undefined,
  first: number,
  count: number,
  stack?: number,
): void {
  if (view !== undefined) host.native.elements(view, first, count, PLAIN_READ, stack);
}

export function writes(host: Host, view: SharedView | undefined, first: number, count: number): void {
  if (view !== undefined) host.native.elements(view, first, count, PLAIN_WRITE);
}

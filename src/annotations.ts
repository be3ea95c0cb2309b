/**
 * Synchronisation that tsrace cannot see (locks in WebAssembly, native addons, files), told by the program itself.
 * Without tsrace each function does nothing; a bundle that imports none of them contains none of this.
 *
 * After Go's internal/race: https://github.com/golang/go/tree/master/src/internal/race
 */
import type { Annotations } from '../runtime/interface.ts';

/** Any typed array; over memory that is not shared an annotation does nothing. */
export type SharedPlace =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const runtime = (): Annotations | undefined =>
  (globalThis as { __tsrace?: { annotations: Annotations } }).__tsrace?.annotations;

/** Whether the program runs under tsrace. */
export const raceEnabled: boolean = /* @__PURE__ */ (() => runtime() !== undefined)();

/**
 * What comes next in this thread is ordered after the last `release` of the same place (an element of shared
 * memory, by whichever view) or name (of the whole process), and after each `releaseMerge` since.
 */
export function acquire(view: SharedPlace, index: number): void;
export function acquire(name: string): void;
export function acquire(place: SharedPlace | string, index?: number): void {
  runtime()?.acquire(place, index);
}

/** What this thread did so far is ordered before a later `acquire`. Takes the place of earlier releases. */
export function release(view: SharedPlace, index: number): void;
export function release(name: string): void;
export function release(place: SharedPlace | string, index?: number): void {
  runtime()?.release(place, index);
}

/** As `release`, but earlier releases count as well: of several threads that one waits for. */
export function releaseMerge(view: SharedPlace, index: number): void;
export function releaseMerge(name: string): void;
export function releaseMerge(place: SharedPlace | string, index?: number): void {
  runtime()?.releaseMerge(place, index);
}

/**
 * Calls `run` and returns what it returns; what this thread reads until then is not recorded. Of an async
 * function that is the part up to its first `await`.
 */
export function ignoreReads<T>(run: () => T): T {
  const race = runtime();
  return race === undefined ? run() : race.ignoreReads(run);
}

/** The same for what this thread writes. */
export function ignoreWrites<T>(run: () => T): T {
  const race = runtime();
  return race === undefined ? run() : race.ignoreWrites(run);
}

/** How many races were reported so far in this process, by all its threads; 0 without tsrace. */
export function raceErrors(): number {
  return runtime()?.raceErrors() ?? 0;
}

/**
 * The core as instrumented code reaches it: plain accesses of elements and of ranges go through the hooks of
 * real views (`runtime/views.ts`), so through their lock-free fast path and their memory of what a loop swept. All
 * else is the core's own.
 *
 * Each thread makes views of its own, under a key of its own, which goes with it.
 */
import type { Core, CoreThread } from '../../runtime/core/core.ts';
import type { View, Way } from '../../runtime/interface.ts';
import { SharedBuffers } from '../../runtime/shared-buffers.ts';
import { installViews } from '../../runtime/views.ts';
import { nextCore } from './memory.ts';

const TypedArrayPrototype = Object.getPrototypeOf(Int32Array.prototype) as object;
const keys = new Set<symbol>();

function drop(key: symbol): void {
  keys.delete(key);
  Reflect.deleteProperty(TypedArrayPrototype, key);
}

type NewView = new (block: SharedArrayBuffer, byteOffset: number, length: number) => object;
const VIEWS: Record<1 | 2 | 4 | 8, NewView> = {
  1: Uint8Array,
  2: Uint16Array,
  4: Int32Array,
  8: Float64Array,
};

/** Gives typed arrays the views of a thread's, under `key`. A site is its own stack. */
export function installViewsOf(thread: CoreThread, key: symbol): SharedBuffers {
  const { detector, parts } = thread;
  const buffers = new SharedBuffers(parts.buffers, detector.seq, () => detector.loseEdge());
  const report = (): void => {
    for (const race of detector.takeRaces()) thread.onRace(race);
  };
  detector.onFound = report;
  installViews({ views: 0, detector, buffers, stackOf: (site) => site, report }, key)(TypedArrayPrototype);
  return buffers;
}

/** The same, with accesses put off as long as they may be. */
export const createLateCore = (): Core => createViewCore(true);

/** The same, and short loops are rows (core/shadow/rows.ts). */
export const createRowCore = (): Core => createViewCore(true, 2);

/** The same, and each row is compared at once. */
export const createEagerRowCore = (): Core => createViewCore(false, 2);

export function createViewCore(late = false, leastRow?: number): Core {
  const core = nextCore();
  const memory = new Map<number, SharedArrayBuffer>();
  // Whatever the last core left: its threads are not heard of again.
  for (const key of keys) drop(key);

  const through = (inner: CoreThread): CoreThread => {
    const key = Symbol('thread');
    keys.add(key);
    const buffers = installViewsOf(inner, key);
    if (late) inner.detector.soon = () => {};
    if (leastRow !== undefined) inner.detector.leastRow = leastRow;
    const views = new Map<string, View>();
    // an activation without end: each site is given the way that it came last, by whichever view
    const ways = new Map<string, Way | undefined>();
    const viewOf = (buffer: number, size: 1 | 2 | 4 | 8): View => {
      const name = `${buffer}:${size}`;
      let view = views.get(name);
      if (view === undefined) {
        const block = memory.get(buffer)!;
        buffers.adopt(block, buffer);
        const array = new VIEWS[size](block, 0, Math.floor(block.byteLength / size));
        view = Reflect.get(array, key) as View;
        views.set(name, view);
      }
      return view;
    };
    return Object.create(inner, {
      fork: { value: () => through(inner.fork()) },
      join: { value: (child: CoreThread) => inner.join(Object.getPrototypeOf(child)) },
      end: {
        value: () => {
          inner.end();
          drop(key);
        },
      },
      plain: {
        value: (...[buffer, byteOffset, size, kind, stack]: Parameters<CoreThread['plain']>) => {
          // one as the other: the longer hooks differ in what is inlined
          const [short, long] = kind === 'read' ? (['r', 'R'] as const) : (['w', 'W'] as const);
          const [hook, site] = [stack % 2 === 0 ? short : long, `${kind} ${stack}`];
          ways.set(site, viewOf(buffer, size)[hook](byteOffset / size, stack, ways.get(site)));
        },
      },
      // what loops do: a sweep of a view, where the range is one of elements
      range: {
        value: (...[buffer, byteOffset, byteLength, kind, stack]: Parameters<CoreThread['range']>) => {
          const size = ([8, 4, 2, 1] as const).find((s) => byteOffset % s === 0 && byteLength % s === 0)!;
          viewOf(buffer, size).s(kind === 'read' ? 0 : 1, byteOffset / size, 1, byteLength / size, stack);
        },
      },
      onRace: {
        set: (onRace: CoreThread['onRace']) => {
          inner.onRace = onRace;
        },
      },
    });
  };

  return {
    main: () => through(core.main()),
    buffer: (byteLength) => {
      const id = core.buffer(byteLength);
      memory.set(id, new SharedArrayBuffer(byteLength));
      return id;
    },
  };
}

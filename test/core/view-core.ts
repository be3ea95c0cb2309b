/**
 * The core as instrumented code reaches it: plain accesses of elements go through the hooks of real views
 * (`runtime/views.ts`), so through their lock-free fast path. All else is the core's own.
 *
 * A stamp's key stays on %TypedArray%.prototype for good, so there is one key for each thread that can live at
 * once, not one for each that ever lives; each thread makes views of its own.
 */
import { type Core, type CoreThread, createCore } from '../../runtime/core/core.ts';
import type { View } from '../../runtime/interface.ts';
import { SharedBuffers } from '../../runtime/shared-buffers.ts';
import { installViews, type ViewHost } from '../../runtime/views.ts';

/** What runs under a key now. */
interface Slot {
  readonly key: symbol;
  host: ViewHost | undefined;
}

const slots: Slot[] = [];

function takeSlot(): Slot {
  const free = slots.find(({ host }) => host === undefined);
  if (free !== undefined) return free;
  const slot: Slot = { key: Symbol(`thread ${slots.length}`), host: undefined };
  slots.push(slot);
  // The hooks take the parts of their host apart once; these are always those of the thread in the slot.
  const part = <K extends 'detector' | 'records' | 'buffers'>(name: K): ViewHost[K] =>
    new Proxy({} as ViewHost[K], {
      get: (_, key) => {
        const target = slot.host![name];
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  installViews(
    {
      detector: part('detector'),
      records: part('records'),
      buffers: part('buffers'),
      stackOf: (site) => slot.host!.stackOf(site),
      report: (view, index) => slot.host!.report(view, index),
    },
    slot.key,
  );
  return slot;
}

type NewView = new (block: SharedArrayBuffer, byteOffset: number, length: number) => object;
const VIEWS: Record<1 | 2 | 4 | 8, NewView> = {
  1: Uint8Array,
  2: Uint16Array,
  4: Int32Array,
  8: Float64Array,
};

export function createViewCore(): Core {
  const core = createCore();
  const memory = new Map<number, SharedArrayBuffer>();
  // Whatever the last core left: its threads are not heard of again.
  for (const slot of slots) slot.host = undefined;

  const through = (inner: CoreThread): CoreThread => {
    const slot = takeSlot();
    const buffers = new SharedBuffers(inner.parts.buffers);
    slot.host = {
      detector: inner.detector,
      records: inner.parts.records,
      buffers,
      stackOf: (site) => site,
      report: () => {
        for (const race of inner.detector.takeRaces()) inner.onRace(race);
      },
    };
    const views = new Map<string, View>();
    const viewOf = (buffer: number, size: 1 | 2 | 4 | 8): View => {
      const name = `${buffer}:${size}`;
      let view = views.get(name);
      if (view === undefined) {
        const block = memory.get(buffer)!;
        buffers.adopt(block, buffer);
        const array = new VIEWS[size](block, 0, Math.floor(block.byteLength / size));
        view = Reflect.get(array, slot.key) as View;
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
          slot.host = undefined;
        },
      },
      plain: {
        value: (...[buffer, byteOffset, size, kind, stack]: Parameters<CoreThread['plain']>) => {
          viewOf(buffer, size)[kind === 'read' ? 'r' : 'w'](byteOffset / size, stack);
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

/**
 * What native code reads and writes in shared memory on the thread's behalf (methods of views, iterators,
 * DataView, Node's APIs): plain accesses of the elements that it touches, with the stack of the call. Never throws.
 */
import type { Detector } from './core/detector.ts';
import type { Kind } from './core/shadow/kind.ts';
import type { SharedBlock } from './shared-buffers.ts';
import type { SharedView } from './shared-view.ts';

/** log2 of the largest element that a range is taken apart into */
const WIDEST = 3;

export interface NativeAccesses {
  /**
   * Elements `first`, `first + 1`, … (`count` of them) of a view are read or written. What lies outside the
   * view is left out: pass what the method was asked for. `stack` is that of the call unless it was another's.
   */
  elements(view: SharedView, first: number, count: number, kind: Kind, stack?: number): void;
  /** Bytes of a block, named by the constructor of what was passed; `index` is for the report. */
  bytes(
    block: SharedBlock,
    name: string,
    byteOffset: number,
    byteLength: number,
    kind: Kind,
    index: number,
    stack?: number,
  ): void;
}

export function nativeAccesses(
  detector: Detector,
  callStack: () => number,
  report: (view: string, index: number, first?: number) => void,
): NativeAccesses {
  return {
    elements(view, from, asked, kind, given) {
      try {
        const { shadow } = view.block;
        if (shadow === undefined) return;
        const first = Math.max(0, from);
        const end = Math.min(view.count(), from + asked);
        if (first >= end) return;
        const base = view.first;
        detector.elements(shadow, view.size, base + first, base + end, 1, kind, given ?? callStack());
        report(view.name, first, base);
      } catch (error) {
        detector.survive(error);
      }
    },
    bytes({ shadow }, name, byteOffset, byteLength, kind, index, given) {
      if (shadow === undefined || byteLength <= 0) return;
      try {
        detector.range(shadow, byteOffset, byteLength, kind, given ?? callStack(), WIDEST);
        report(name, index);
      } catch (error) {
        detector.survive(error);
      }
    },
  };
}

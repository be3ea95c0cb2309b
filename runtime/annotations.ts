/** What `tsrace/annotations` calls: edges and exceptions that a program states itself. Never throws. */
import type { Detector } from './core/detector.ts';
import type { Name, Names } from './core/names.ts';
import { EventKind } from './core/sync/event-log.ts';
import type { Annotations } from './interface.ts';
import type { SharedView } from './shared-view.ts';

export interface AnnotationHost {
  readonly key: symbol;
  readonly detector: Detector;
  readonly names: Names;
  /** Runs the step, and survives the end of shadow memory. */
  ordering<T>(step: () => T, otherwise: T): T;
  raceCount(): number;
  /** the stack of the call in progress */
  callStack(): number;
}

export function createAnnotations(host: AnnotationHost): Annotations {
  const { detector, names, key } = host;

  /** Undefined for memory that no other thread can see: there is nobody to be ordered with. */
  function nameOf(place: unknown, index: unknown): Name | undefined {
    if (typeof place === 'string') return names.of('annotation', place);
    const view = (place as Record<symbol, SharedView | undefined> | null | undefined)?.[key];
    const shadow = view?.block.shadow;
    if (view === undefined || shadow === undefined || typeof index !== 'number') return undefined;
    if (!Number.isInteger(index) || index < 0 || index >= view.count()) return undefined;
    shadow.keep();
    return names.of('place', `${shadow.id}:${view.byteOffset + index * (1 << view.size)}`);
  }

  const at = (place: unknown, index: unknown, kind: EventKind, step: (name: Name) => void): void =>
    host.ordering(() => {
      const name = nameOf(place, index);
      if (name === undefined) return;
      step(name);
      detector.event(kind, name, 0, host.callStack());
    }, undefined);

  return {
    acquire: (place, index) => at(place, index, EventKind.ACQUIRE, (name) => names.acquire(name)),
    release: (place, index) => at(place, index, EventKind.RELEASE, (name) => names.release(name)),
    releaseMerge: (place, index) => at(place, index, EventKind.RELEASE, (name) => names.releaseMerge(name)),
    ignoreReads: (run) => detector.ignoring('reads', run),
    ignoreWrites: (run) => detector.ignoring('writes', run),
    raceErrors: () => host.raceCount(),
  };
}

/**
 * How a thread last heard of another: the shortest way back through the acquires, from all that a thread has done to the
 * release of the other that it knows of.
 */
import type { SyncInfo } from '../../../runtime/contract.ts';
import type { History } from './history.ts';

interface Step {
  seq: number;
  /** events of the thread before this one may lie on the way */
  before: number;
  /** the acquire by which one came here, and the step before it */
  acquire: SyncInfo | undefined;
  next: Step | undefined;
}

/** A release and an acquire in turn, oldest first; empty where none is known. */
export function lastPath(history: History, from: number, clock: number, to: number): SyncInfo[] {
  const explored = new Map<number, number>();
  const queue: Step[] = [{ seq: to, before: history.of(to).length, acquire: undefined, next: undefined }];
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    const start = explored.get(step.seq) ?? 0;
    if (step.before <= start) continue;
    explored.set(step.seq, step.before);
    const events = history.of(step.seq);
    for (let i = step.before - 1; i >= start; i--) {
      const acquire = events[i] as SyncInfo;
      const release = history.releaseOf(acquire);
      if (release === -1) continue;
      const seq = acquire.source?.seq as number;
      const found: Step = { seq, before: release + 1, acquire, next: step };
      if (seq === from && acquire.source?.clock === clock) return eventsOf(found, history);
      queue.push(found);
    }
  }
  return [];
}

function eventsOf(start: Step, history: History): SyncInfo[] {
  const path: SyncInfo[] = [];
  for (let step: Step | undefined = start; step?.acquire !== undefined; step = step.next)
    path.push(history.of(step.seq)[step.before - 1] as SyncInfo, step.acquire);
  return path;
}

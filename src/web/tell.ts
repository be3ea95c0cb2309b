/**
 * What every thread does with a race: its report goes into the shared tables, and the page is rung for. So it arrives
 * also from a thread that never comes back to its event loop, or is terminated right after.
 */
import type { ThreadRuntime } from '../../runtime/contract.ts';
import type { Bell } from '../../runtime/web/bell.ts';
import type { Uninstrumented } from '../report/report.ts';
import { symbolize } from '../report/symbolize.ts';

/** Thread ids are `PID:SEQ`: a page is one process. */
export const PAGE = 1;

const NativeChannel = globalThis.BroadcastChannel;
/** where threads say what was not checked */
export const notesOf = ({ analysis }: Bell): string => `tsrace notes ${analysis}`;

/** File names are as the build gave them; those of workers and pages are URLs. */
export const prefix = (): string => `${globalThis.location?.origin ?? ''}/`;

export function tell(runtime: ThreadRuntime, bell: Bell): (item: Uninstrumented) => void {
  const { tables } = runtime;
  runtime.onRace = (race, order) => {
    const report = symbolize(race, 1, tables, PAGE, prefix());
    tables.keepReport(order, JSON.stringify(report));
    bell.ring();
  };
  const said = new Set<string>();
  return (item) => {
    if (NativeChannel === undefined || said.has(item.what)) return;
    said.add(item.what);
    const channel = new NativeChannel(notesOf(bell));
    channel.postMessage(JSON.stringify(item));
    channel.close();
  };
}

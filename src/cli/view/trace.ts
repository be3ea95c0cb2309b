/** `tsrace view` of a trace: a line for each event of a window, and what it came after. */
import { describeEvent } from '../../report/explain.ts';
import { printable } from '../../report/render/printable.ts';
import type { Style } from '../../report/render/text.ts';
import { threadName } from '../../report/report.ts';
import type { Timeline, TimelineEvent } from '../../trace/timeline.ts';

const WIDEST_NAME = 24;
const WIDEST_DEED = 56;

export function printTimeline(timeline: Timeline, from: number, { paint, terminal }: Style): string {
  const { events, threads, total, accesses } = timeline;
  const processes = new Set(threads.map(({ id }) => id.slice(0, id.indexOf(':'))));
  const nameOf = (id: string): string => {
    const name = printable(threadName(id, threads));
    return processes.size > 1 ? `${id.slice(0, id.indexOf(':'))} ${name}` : name;
  };
  const numbers = numbersOf(events);
  const rows = events.map((event) => {
    const { at, number, thread } = event;
    const [source] = event.acquires;
    const release = source && numbers(source.thread, source.clock, event);
    const after =
      source === undefined
        ? ''
        : ` after ${release === undefined ? nameOf(source.thread) : `${release.number} (${nameOf(source.thread)})`}`;
    const link = (text: string): string => (at === null || !terminal ? text : terminal.link(text, at));
    return {
      number: `${number}`,
      name: nameOf(thread),
      deed: `${printable(describeEvent({ ...event, acquires: [] }))}${after}`,
      clock: event.knows.map(({ thread: of, clock }) => `${nameOf(of)} ${clock}`).join(', '),
      place: at === null ? '' : paint.dim(link(`${printable(at.file)}:${at.line}:${at.column}`)),
      accesses:
        event.accesses === 0 ? '' : `${event.accesses} ${event.accesses === 1 ? 'access' : 'accesses'}`,
    };
  });
  const widest = (of: (row: (typeof rows)[number]) => string, most: number): number =>
    Math.min(
      most,
      rows.reduce((width, row) => Math.max(width, of(row).length), 0),
    );
  const [n, name, deed, count] = [
    widest((row) => row.number, 12),
    widest((row) => row.name, WIDEST_NAME),
    widest((row) => row.deed, WIDEST_DEED),
    widest((row) => row.accesses, 20),
  ];
  const lines = rows.flatMap((row) => [
    `${row.number.padStart(n)}  ${row.name.padEnd(name)}  ${row.accesses.padStart(count)}  ${row.deed.padEnd(deed)}  ${row.place}`.trimEnd(),
    ...(row.clock === '' ? [] : [`${' '.repeat(n + 4)}knows ${row.clock}`]),
  ]);
  const to = events.at(-1)?.number ?? 0;
  const shown =
    events.length === total
      ? `${total} events`
      : events.length === 0
        ? `No event from ${from} on: there are ${total}`
        : `Events ${events[0]!.number} to ${to} of ${total} (--from, --to)`;
  return `${lines.join('\n')}${lines.length > 0 ? '\n' : ''}${shown}, ${accesses} accesses, ${threads.length} threads.\n`;
}

/** Finds the event that released what another came after, if it is among them. */
function numbersOf(
  events: readonly TimelineEvent[],
): (thread: string, clock: number, by: TimelineEvent) => TimelineEvent | undefined {
  const releases = new Map<string, TimelineEvent[]>();
  for (const event of events) {
    if (!event.releases) continue;
    const key = `${event.thread} ${event.clock}`;
    const known = releases.get(key);
    if (known === undefined) releases.set(key, [event]);
    else known.push(event);
  }
  return (thread, clock, by) => {
    const found = releases.get(`${thread} ${clock}`);
    // a thread may release to several in a row, with nothing in between that would make another epoch
    return found?.findLast((release) => release.number < by.number && fits(release, by)) ?? found?.at(-1);
  };
}

function fits(release: TimelineEvent, by: TimelineEvent): boolean {
  if (by.kind === 'start') return release.kind === 'start-worker' && release.object === `thread ${seqOf(by)}`;
  if (by.kind === 'receive') return release.kind === 'post';
  if (by.kind === 'join') return release.kind === 'end';
  if (by.kind === 'closed') return release.kind === 'close';
  return release.object === by.object;
}

const seqOf = ({ thread }: TimelineEvent): string => thread.slice(thread.indexOf(':') + 1);

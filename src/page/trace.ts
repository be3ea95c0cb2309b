/** What ordered the threads of a run, race or not: the events of a trace, as many as were chosen. */
import type { PageTimeline } from '../report/page-data.ts';
import { h } from './dom.ts';
import type { Store } from './store.ts';
import { timelineOfEvents } from './timeline/timeline.ts';

export function traceView(store: Store, { events, from, total }: PageTimeline): HTMLElement[] {
  const to = from + events.length - 1;
  const shown =
    events.length === total
      ? `All ${total.toLocaleString('en')} events`
      : `Events ${from.toLocaleString('en')} to ${to.toLocaleString('en')} of ${total.toLocaleString('en')}: tsrace view --from and --to choose others`;
  return [
    h(
      'header',
      { class: 'headline' },
      h('h1', {}, 'What ordered the threads'),
      h('p', { class: 'meta' }, h('span', {}, events.length === 0 ? `None of ${total} events` : shown)),
    ),
    ...(events.length === 0
      ? []
      : [
          h(
            'section',
            { class: 'card', 'aria-labelledby': 'timeline' },
            h('h2', { id: 'timeline' }, 'Timeline'),
            timelineOfEvents(store, events),
          ),
        ]),
  ];
}

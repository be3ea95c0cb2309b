/** Why nothing orders the two accesses, and the usual fix. */
import { type Explained, explain } from '../report/explain.ts';
import type { RaceReport } from '../report/report.ts';
import { h, icon } from './dom.ts';
import type { Store } from './store.ts';
import { capital } from './words.ts';

const BULB = 'M5.6 11.2a4.3 4.3 0 1 1 4.8 0v1.3H5.6ZM6.3 14.6h3.4';

export function whyOf(store: Store, race: RaceReport): HTMLElement | undefined {
  const explained = explain({ race, threads: store.document.threads });
  return explained && why(explained);
}

function why({ headline, lines, hint, page }: Explained): HTMLElement {
  return h(
    'section',
    { class: 'why', 'aria-label': 'Why this is a race' },
    icon(BULB, 'bulb'),
    h(
      'div',
      {},
      h('h2', {}, headline === null ? 'Nothing orders the two accesses' : capital(headline)),
      ...hint.map((line) => h('p', { class: 'hint' }, line)),
      h('ul', { class: 'facts' }, ...lines.map((line) => h('li', {}, line))),
      page !== null && h('p', { class: 'page' }, 'More in ', h('code', {}, page)),
    ),
  );
}

/** What is known of one node: what it is, where, whom it is ordered with, and its vector clock. */
import type { EpochReport, RaceReport } from '../../report/report.ts';
import { h } from '../dom.ts';
import type { Store } from '../store.ts';
import { accessWords, capital, eventTitle, placeOf, targetWords } from '../words.ts';
import type { Graph, Node } from './graph.ts';
import { clockAt } from './order.ts';

export function inspected(
  store: Store,
  race: RaceReport | undefined,
  graph: Graph,
  node: Node,
  go: (node: Node) => void,
): HTMLElement[] {
  return [
    h(
      'div',
      { class: 'inspector-text' },
      h('p', { class: 'inspector-title' }, ...title(store, race, node)),
      h('p', { class: 'inspector-place' }, place(node)),
      ...neighbours(store, graph, node, go),
    ),
    clock(store, graph, node),
  ];
}

/** One line, for those who hear it. */
export const spoken = (store: Store, race: RaceReport | undefined, node: Node): string => {
  const name = store.nameOf(node.kind === 'event' ? node.event.thread : node.access.thread);
  return `${name}: ${words(race, node)}, ${place(node)}`;
};

const words = (race: RaceReport | undefined, node: Node): string =>
  node.kind === 'event'
    ? eventTitle(node.event)
    : `${capital(node.access.role)} access: ${accessWords(node.access)}${race === undefined ? '' : ` at ${targetWords(race.location)}`}`;

function title(store: Store, race: RaceReport | undefined, node: Node): (HTMLElement | string)[] {
  const thread = node.kind === 'event' ? node.event.thread : node.access.thread;
  return [h('b', {}, words(race, node)), ` in ${store.nameOf(thread)}`];
}

function place(node: Node): string {
  const at = node.kind === 'event' ? node.event.at : node.access.frames[0];
  return at ? `${at.function}  ${placeOf(at)}` : 'no place in the program';
}

const SHOWN = 6;

function neighbours(store: Store, graph: Graph, node: Node, go: (node: Node) => void): HTMLElement[] {
  if (node.kind === 'access') {
    return node.placed
      ? []
      : [h('p', { class: 'note' }, 'The report does not say when in its thread this was.')];
  }
  const { releases, clock, acquires } = node.event;
  const link = (to: Node, what: string): HTMLElement =>
    h('button', { type: 'button', class: 'link', on: { click: () => go(to) } }, what);
  const nameOf = (to: Node): string =>
    to.kind === 'event' ? `${eventTitle(to.event)} (${store.nameOf(to.event.thread)})` : '';
  const row = (head: string, links: (HTMLElement | string)[]): HTMLElement => {
    const rest = links.length > SHOWN ? [` and ${links.length - SHOWN} more`] : [];
    return h(
      'p',
      { class: 'inspector-row' },
      h('span', { class: 'key' }, head),
      ...links.slice(0, SHOWN),
      ...rest,
    );
  };
  const into = graph.into[node.index]!;
  const found = into.map((edge) => link(graph.nodes[edge.from]!, nameOf(graph.nodes[edge.from]!)));
  const unkept = acquires.length - into.filter(({ exact }) => exact).length;
  const rows: HTMLElement[] = [];
  if (acquires.length > 0) {
    const missing = unkept > 0 ? [`${unkept} ${unkept === 1 ? 'release' : 'releases'} no longer kept`] : [];
    rows.push(row('Sees', found.length > 0 && unkept === 0 ? found : [...found, ...missing]));
  }
  if (releases) {
    const seen = graph.outOf[node.index]!.filter(({ exact }) => exact).map(({ to }) =>
      link(graph.nodes[to]!, nameOf(graph.nodes[to]!)),
    );
    rows.push(
      row(
        `Ends epoch ${clock}`,
        seen.length > 0 ? [h('span', {}, 'seen by '), ...seen] : ['and no event kept here has seen it'],
      ),
    );
  }
  return rows;
}

function clock(store: Store, graph: Graph, node: Node): HTMLElement {
  const own = node.kind === 'event' ? node.event.thread : node.access.thread;
  const entries = clockAt(graph, node);
  return h(
    'div',
    { class: 'clock', role: 'group', 'aria-label': 'Vector clock' },
    h(
      'p',
      {
        class: 'key',
        title:
          'For each thread, the epoch up to which all it did happens before this. As far as the kept history tells it: at least this much.',
      },
      'Vector clock',
    ),
    h('ul', {}, ...entries.map((entry) => component(store, entry, own))),
  );
}

const component = (store: Store, { thread, clock: epoch }: EpochReport, own: string): HTMLElement =>
  h(
    'li',
    { class: thread === own ? 'own' : undefined },
    h('span', {}, store.nameOf(thread)),
    h('b', {}, epoch),
  );

/** The page of `tsrace view`: puts its parts together, and keeps the address and the selection in step. */
import type { PageData } from '../report/page-data.ts';
import { h } from './dom.ts';
import { header } from './header.ts';
import { openHelp } from './help.ts';
import { raceView, titleOf } from './race.ts';
import { Sidebar } from './sidebar.ts';
import { Store } from './store.ts';
import { traceView } from './trace.ts';

const store = new Store(JSON.parse(document.getElementById('data')!.textContent!) as PageData);
const { races } = store.document;
const view = h('main', { class: 'race', id: 'race', tabindex: -1 });
const sidebar = new Sidebar(store, (race) => select(race));
let selected = -1;

function select(race: number): void {
  if (race === selected) return;
  selected = race;
  const { id } = races[race]!;
  history.replaceState(null, '', `#race=${encodeURIComponent(id)}`);
  show();
}

function show(): void {
  const race = races[selected];
  if (race === undefined) return;
  document.title = `${titleOf(store, race)} – tsrace`.slice(0, 200);
  view.replaceChildren(...raceView(store, race));
  view.scrollTop = 0;
  sidebar.list.select(selected);
}

/** The race that the address names: its id, or the beginning of one. */
function addressed(): number {
  const wanted = /^#race=(.+)$/.exec(location.hash)?.[1];
  if (wanted === undefined) return -1;
  let id = wanted;
  try {
    id = decodeURIComponent(wanted);
  } catch {
    // taken as it stands
  }
  const exact = races.findIndex((race) => race.id === id);
  return exact >= 0 ? exact : races.findIndex((race) => race.id.startsWith(id));
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  if (target.matches('input, select, textarea') || document.querySelector('dialog[open]') !== null) return;
  const run = {
    '/': () => sidebar.search.focus(),
    j: () => sidebar.list.step(1),
    k: () => sidebar.list.step(-1),
    t: () => view.querySelector<HTMLElement>('.plot')?.focus(),
    '?': openHelp,
    Escape: () => sidebar.list.element.focus(),
  }[event.key];
  if (run === undefined) return;
  event.preventDefault();
  run();
}

document.body.replaceChildren(
  h('a', { class: 'skip', href: '#race', on: { click: skip } }, 'Skip to the race'),
  header(store),
  h('div', { class: 'columns' }, ...(store.timeline === undefined ? [sidebar.element] : []), view),
);
addEventListener('keydown', onKey);
addEventListener('hashchange', () => {
  const race = addressed();
  if (race >= 0) select(race);
});
if (store.timeline !== undefined) {
  document.title = 'Timeline – tsrace';
  view.append(...traceView(store, store.timeline));
} else if (races.length === 0) {
  view.append(
    h(
      'div',
      { class: 'empty' },
      h('h1', {}, 'No data race was seen'),
      h('p', {}, 'That is not the same as none: only what ran was checked.'),
    ),
  );
} else select(Math.max(0, addressed()));
// what a benchmark or a test waits for
document.documentElement.dataset['ready'] = '';

function skip(event: Event): void {
  event.preventDefault();
  view.focus();
}

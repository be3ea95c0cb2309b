/** Where the threads of the race come from, up to the main thread. */
import type { RaceReport, ThreadReport } from '../report/report.ts';
import { h } from './dom.ts';
import { stackOf } from './stack.ts';
import type { Store } from './store.ts';
import { capital, fileName } from './words.ts';

export function threadsOf(store: Store, race: RaceReport): HTMLElement {
  const found: ThreadReport[] = [];
  const add = (id: string | null): void => {
    const thread = id === null ? undefined : store.thread(id);
    if (thread !== undefined && !found.includes(thread)) found.push(thread);
  };
  for (const { thread } of race.accesses) add(thread);
  for (const thread of found) add(thread.parent);
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'threads' },
    h('h2', { id: 'threads' }, 'Threads'),
    ...found.flatMap((thread) => entry(store, race, thread)),
  );
}

function entry(
  store: Store,
  race: RaceReport,
  { id, state, parent, file, createdAt }: ThreadReport,
): HTMLElement[] {
  const role = race.accesses.find(({ thread }) => thread === id)?.role;
  const head = h(
    'h3',
    {},
    capital(store.nameOf(id)),
    h('span', { class: 'state' }, `${state}${role ? `, ${role} access` : ''}`),
  );
  if (parent === null) return [head];
  return [
    head,
    h(
      'p',
      { class: 'from' },
      `Made by ${store.nameOf(parent)}${file === '' ? '' : `, runs ${fileName(file)}`}`,
    ),
    stackOf(store, race, createdAt),
  ];
}

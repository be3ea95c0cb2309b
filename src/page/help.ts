/** The keys, in a dialog. */
import { h } from './dom.ts';

const KEYS: [keys: string[], what: string][] = [
  [['/'], 'search'],
  [['j', 'k'], 'next and previous race'],
  [['Esc'], 'leave the search, clear a selection, back to the list'],
  [['t'], 'to the timeline'],
  [['←', '→'], 'in the timeline: events of the thread, in their order'],
  [['↑', '↓'], 'in the timeline: the other threads'],
  [['Enter'], 'in the timeline: follow an arrow'],
  [['+', '−', '0'], 'in the timeline: zoom, show all'],
  [['r'], 'in the timeline: go to the race'],
  [['?'], 'these keys'],
];

export function openHelp(): void {
  const dialog = h(
    'dialog',
    { class: 'help', 'aria-label': 'Keyboard shortcuts', on: { close: () => dialog.remove() } },
    h('h2', {}, 'Keyboard shortcuts'),
    h(
      'dl',
      {},
      ...KEYS.flatMap(([keys, what]) => [
        h('dt', {}, ...keys.map((key) => h('kbd', {}, key))),
        h('dd', {}, what),
      ]),
    ),
    h('button', { type: 'button', class: 'button', on: { click: () => dialog.close() } }, 'Close'),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** The bytes of the race among their neighbours, and where the memory was made. */
import type { LocationReport, RaceReport } from '../report/report.ts';
import { h } from './dom.ts';
import { stackOf } from './stack.ts';
import type { Store } from './store.ts';

/** bytes of a line */
const LINE = 16;
const MOST_LINES = 3;

export function memoryOf(store: Store, race: RaceReport): HTMLElement {
  const { location } = race;
  const { view, index, byteOffset, byteLength, bufferByteLength, allocatedBy } = location;
  const range =
    byteLength === 1 ? `byte ${byteOffset}` : `bytes ${byteOffset} to ${byteOffset + byteLength - 1}`;
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'memory' },
    h('h2', { id: 'memory' }, 'Memory'),
    h(
      'p',
      {},
      h('b', {}, `${view}[${index}]`),
      `, ${range} of a SharedArrayBuffer of ${bufferByteLength.toLocaleString('en')} ${bufferByteLength === 1 ? 'byte' : 'bytes'}`,
    ),
    strip(location),
    ...(allocatedBy === null
      ? [h('p', { class: 'note' }, 'It is not known who made the buffer.')]
      : [h('h3', {}, `Made by ${store.nameOf(allocatedBy)}`), stackOf(store, race, location.allocatedAt)]),
  );
}

/** Whole lines of sixteen, as hex editors show memory. */
function strip({ byteOffset, byteLength, bufferByteLength }: LocationReport): HTMLElement {
  const first = Math.floor(byteOffset / LINE) * LINE;
  const wanted = Math.ceil((byteOffset + byteLength - first) / LINE);
  const lines = Math.max(1, Math.min(wanted, MOST_LINES));
  const rows: HTMLElement[] = [];
  for (let line = 0; line < lines; line++) {
    const from = first + line * LINE;
    if (from >= bufferByteLength) break;
    const cells = Array.from({ length: Math.min(LINE, bufferByteLength - from) }, (_, index) => {
      const byte = from + index;
      return h('span', {
        class: byte >= byteOffset && byte < byteOffset + byteLength ? 'byte racing' : 'byte',
      });
    });
    rows.push(
      h('div', { class: 'bytes' }, h('span', { class: 'offset' }, from.toLocaleString('en')), ...cells),
    );
  }
  const more = wanted > lines ? [h('p', { class: 'note' }, `and ${wanted - lines} lines more`)] : [];
  return h('div', { class: 'memory', 'aria-hidden': 'true' }, ...rows, ...more);
}

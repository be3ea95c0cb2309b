/** A stack, innermost frame first. A frame opens to its code; frames of libraries in a row open to themselves. */
import { grouped, groupName } from '../report/render/library.ts';
import type { Frame, RaceReport } from '../report/report.ts';
import { codeOf, type Role } from './code.ts';
import { h } from './dom.ts';
import type { Store } from './store.ts';
import { fileName, placeOf } from './words.ts';

const AROUND = 4;

export function stackOf(
  store: Store,
  race: RaceReport,
  frames: readonly Frame[],
  role: Role | 'frame' = 'frame',
): HTMLElement {
  if (frames.length === 0) return h('p', { class: 'note' }, 'No instrumented frame.');
  return h('ol', { class: 'stack' }, ...entries(store, race, frames, role));
}

function entries(
  store: Store,
  race: RaceReport,
  frames: readonly Frame[],
  role: Role | 'frame',
): HTMLElement[] {
  return grouped(frames).map((entry, index) => {
    if (!Array.isArray(entry)) {
      return h('li', {}, frameOf(store, race, entry, index === 0 ? role : 'frame'));
    }
    const list = h('ol', { class: 'stack' });
    const group = h(
      'details',
      {
        class: 'group',
        on: {
          toggle: () =>
            fillOnce(list, () => entry.map((frame) => h('li', {}, frameOf(store, race, frame, 'frame')))),
        },
      },
      h('summary', {}, groupName(entry)),
      list,
    );
    return h('li', {}, group);
  });
}

function frameOf(store: Store, race: RaceReport, frame: Frame, role: Role | 'frame'): HTMLElement {
  const label = [
    h('span', { class: 'function' }, frame.function),
    h(
      'span',
      { class: 'place', title: placeOf(frame) },
      h('span', { class: 'folder' }, frame.file.slice(0, frame.file.length - fileName(frame.file).length)),
      h('span', { class: 'file' }, `${fileName(frame.file)}:${frame.line}:${frame.column}`),
    ),
  ];
  if (store.excerpt(race, frame, 0) === undefined) return h('div', { class: 'frame closed' }, ...label);
  const body = h('div', { class: 'frame-code' });
  const mark = { line: frame.line, column: frame.column, role };
  return h(
    'details',
    {
      class: 'frame',
      on: { toggle: () => fillOnce(body, () => [codeOf(store, race, frame, [mark], AROUND)]) },
    },
    h('summary', {}, ...label),
    body,
  );
}

/** What is never opened is never made. */
function fillOnce(target: HTMLElement, make: () => HTMLElement[]): void {
  if (target.childElementCount === 0) target.append(...make());
}

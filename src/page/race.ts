/** One race, from the answer to the evidence. */
import type { AccessReport, RaceReport } from '../report/report.ts';
import { codeOf, type Mark } from './code.ts';
import { h } from './dom.ts';
import { memoryOf } from './memory.ts';
import { stackOf } from './stack.ts';
import type { Store } from './store.ts';
import { threadsOf } from './threads.ts';
import { timelineOf } from './timeline/timeline.ts';
import { whyOf } from './why.ts';
import { accessWords, capital, KINDS, placeOf, targetWords, times } from './words.ts';

/** lines before and after an access */
const AROUND = 5;

export function raceView(store: Store, race: RaceReport): HTMLElement[] {
  const timeline = h(
    'section',
    { class: 'card', 'aria-labelledby': 'timeline' },
    h('h2', { id: 'timeline' }, 'Timeline'),
  );
  timeline.append(timelineOf(store, race));
  return [
    headline(store, race),
    ...[whyOf(store, race)].filter((why) => why !== undefined),
    h('div', { class: 'accesses' }, ...race.accesses.map((access) => accessOf(store, race, access))),
    timeline,
    h('div', { class: 'origins' }, memoryOf(store, race), threadsOf(store, race)),
  ];
}

export const titleOf = (store: Store, { accesses: [current, previous], location }: RaceReport): string =>
  `${capital(kindOf(current))} of ${targetWords(location)} by ${store.nameOf(current.thread)} races with ${kindOf(previous)} by ${store.nameOf(previous.thread)}`;

const kindOf = ({ atomic, type }: AccessReport): string => `${atomic ? 'atomic ' : ''}${type}`;

function headline(store: Store, race: RaceReport): HTMLElement {
  const [current, previous] = race.accesses;
  return h(
    'header',
    { class: 'headline' },
    h(
      'h1',
      {},
      `${capital(kindOf(current))} of `,
      h('code', {}, targetWords(race.location)),
      ` by ${store.nameOf(current.thread)} races with ${kindOf(previous)} by ${store.nameOf(previous.thread)}`,
    ),
    h(
      'p',
      { class: 'meta' },
      h('span', { class: `kind ${race.kind}` }, KINDS[race.kind]),
      h('span', {}, `seen ${times(race.count)}`),
      h('span', { class: 'id', title: 'Stable from run to run' }, race.id),
      race.suppressed &&
        h('span', { class: 'suppressed' }, `known: ${race.suppressed.reason} (${race.suppressed.by})`),
      ...race.tests.map((test) => h('span', { class: 'test' }, test)),
    ),
  );
}

function accessOf(store: Store, race: RaceReport, access: AccessReport): HTMLElement {
  const [at] = access.frames;
  const { role } = access;
  const marks = race.accesses.flatMap((one): Mark[] => {
    const place = one.frames[0];
    if (place === undefined || place.file !== at?.file) return [];
    return [{ line: place.line, column: place.column, role: one.role }];
  });
  // its own mark wins where both are on one line
  marks.sort((a, b) => Number(b.role === role) - Number(a.role === role));
  const by = `${accessWords(access)} by ${store.nameOf(access.thread)}`;
  return h(
    'section',
    { class: `card access ${role}`, 'aria-labelledby': `access-${role}` },
    h(
      'h2',
      { id: `access-${role}` },
      h('span', { class: 'role' }, role),
      h('span', {}, by),
      access.test !== null && h('span', { class: 'test' }, access.test),
    ),
    at && h('p', { class: 'at' }, placeOf(at)),
    at ? codeOf(store, race, at, marks, AROUND) : h('p', { class: 'note' }, 'No instrumented frame.'),
    h('h3', {}, 'Stack'),
    stackOf(store, race, access.frames, role),
  );
}

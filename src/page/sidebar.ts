/** The list of races with its search, filters and order. */
import { DIAGNOSES } from '../report/diagnoses.ts';
import type { RaceReport } from '../report/report.ts';
import { h } from './dom.ts';
import { VirtualList } from './list.ts';
import { filesOf, Index, NO_QUERY, type Query, SORTS } from './query.ts';
import type { Store } from './store.ts';
import { capital, fileName, KINDS, targetWords } from './words.ts';

/** an option of a menu is not to fill the screen */
const LONGEST = 70;

export class Sidebar {
  readonly element: HTMLElement;
  readonly list: VirtualList;
  readonly search: HTMLInputElement;
  readonly #store: Store;
  readonly #index: Index;
  readonly #count = h('p', { class: 'count', role: 'status' });
  readonly #none = h('p', { class: 'none', hidden: true });
  #query: Query = { ...NO_QUERY };

  constructor(store: Store, choose: (race: number) => void) {
    this.#store = store;
    const { races } = store.document;
    this.#index = new Index(races);
    this.list = new VirtualList('Races', (race) => this.#row(races[race]!), choose);
    this.search = h('input', {
      type: 'search',
      class: 'search',
      placeholder: 'Search races',
      'aria-label': 'Search races',
      'aria-keyshortcuts': '/',
      autocomplete: 'off',
      spellcheck: 'false',
      on: {
        input: () => this.#change({ text: this.search.value }),
        keydown: (event: KeyboardEvent) => this.#searchKey(event),
      },
    });
    this.element = h(
      'nav',
      { class: 'sidebar', 'aria-label': 'Races' },
      h('div', { class: 'search-box' }, this.search, h('kbd', { 'aria-hidden': 'true' }, '/')),
      h('div', { class: 'filters' }, ...this.#filters()),
      this.#count,
      this.#none,
      this.list.element,
    );
    this.#change({});
  }

  #filters(): HTMLElement[] {
    const kinds = this.#index.values(({ kind }) => [kind]);
    const tests = this.#index.values(({ tests }) => tests);
    const files = this.#index.values(filesOf);
    const all = (label: string): [string, string] => ['', label];
    const counted = (text: string, n: number): string => `${cut(text)} (${n.toLocaleString('en')})`;
    return [
      this.#select('File', 'file', [
        all('All files'),
        ...files.map(([file, n]): [string, string] => [file, counted(file, n)]),
      ]),
      this.#select('Kind', 'kind', [
        all('All kinds'),
        ...kinds.map(([kind, n]): [string, string] => [kind, counted(KINDS[kind as RaceReport['kind']], n)]),
      ]),
      ...(tests.length === 0
        ? []
        : [
            this.#select('Test', 'test', [
              all('All tests'),
              ...tests.map(([test, n]): [string, string] => [test, counted(test, n)]),
            ]),
          ]),
      this.#select('Order', 'sort', Object.entries(SORTS)),
    ];
  }

  #select(label: string, name: keyof Query, options: [value: string, text: string][]): HTMLElement {
    // the value stays with the script: in an attribute it would be another one where characters are spelled out
    const select = h(
      'select',
      {
        'aria-label': label,
        on: { change: () => this.#change({ [name]: options[select.selectedIndex]![0] }) },
      },
      ...options.map(([, text], index) => h('option', { value: index }, text)),
    );
    return select;
  }

  #change(change: Partial<Query>): void {
    this.#query = { ...this.#query, ...change };
    const found = this.#index.find(this.#query);
    const all = this.#store.document.races.length;
    const [some, total] = [found.length.toLocaleString('en'), all.toLocaleString('en')];
    this.#count.replaceChildren(
      found.length === all ? `${total} ${all === 1 ? 'race' : 'races'}` : `${some} of ${total} races`,
    );
    this.#none.hidden = found.length > 0;
    this.#none.replaceChildren(all === 0 ? 'No data race was seen.' : 'No race matches.');
    this.list.element.hidden = found.length === 0;
    this.list.show(found);
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      if (this.search.value === '') this.search.blur();
      this.search.value = '';
      this.#change({ text: '' });
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      this.list.element.focus();
      this.list.step(0);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #row(race: RaceReport): HTMLElement {
    const target = targetWords(race.location);
    const [current, previous] = race.accesses;
    const place = ({ frames: [at] }: RaceReport['accesses'][0]): string =>
      at ? `${fileName(at.file)}:${at.line}` : 'unknown place';
    const where =
      place(current) === place(previous) ? place(current) : `${place(current)} ↔ ${place(previous)}`;
    const threads = [current, previous].map(({ thread }) => this.#store.nameOf(thread)).join(' ↔ ');
    const what = race.why?.diagnosis ? capital(DIAGNOSES[race.why.diagnosis].title) : KINDS[race.kind];
    return h(
      'div',
      { class: race.suppressed ? 'row-text known' : 'row-text' },
      h(
        'p',
        { class: 'row-head' },
        h('span', { class: 'target' }, target),
        h('span', { class: 'seen', title: 'times seen' }, `×${race.count.toLocaleString('en')}`),
      ),
      h('p', { class: 'row-place' }, where),
      h('p', { class: 'row-more' }, h('span', { class: 'what' }, what), h('span', { class: 'who' }, threads)),
    );
  }
}

const cut = (text: string): string => (text.length > LONGEST ? `…${text.slice(1 - LONGEST)}` : text);

/**
 * The races found, as a listbox. Rows are of one height, and only those in sight exist: a thousand races are as quick
 * as ten.
 */
import { h } from './dom.ts';

const ROW = 78;
const MORE = 6;

export class VirtualList {
  readonly element: HTMLElement;
  readonly #inner = h('div', { class: 'rows', role: 'presentation' });
  readonly #make: (item: number) => HTMLElement;
  readonly #choose: (item: number) => void;
  readonly #rows = new Map<number, HTMLElement>();
  #items: readonly number[] = [];
  #selected = -1;
  #drawing = 0;

  constructor(label: string, make: (item: number) => HTMLElement, choose: (item: number) => void) {
    this.#make = make;
    this.#choose = choose;
    this.element = h(
      'div',
      {
        class: 'list',
        role: 'listbox',
        tabindex: 0,
        'aria-label': label,
        on: { scroll: () => this.#schedule(), keydown: (event: KeyboardEvent) => this.#key(event) },
      },
      this.#inner,
    );
    new ResizeObserver(() => this.#schedule()).observe(this.element);
  }

  get items(): readonly number[] {
    return this.#items;
  }

  show(items: readonly number[]): void {
    this.#items = items;
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#inner.style.height = `${items.length * ROW}px`;
    this.element.scrollTop = Math.min(
      this.element.scrollTop,
      Math.max(0, items.length * ROW - this.element.clientHeight),
    );
    this.#draw();
  }

  /** @param item one of the items; it is scrolled into sight */
  select(item: number): void {
    this.#selected = item;
    const at = this.#items.indexOf(item);
    if (at >= 0) {
      const [top, height] = [this.element.scrollTop, this.element.clientHeight];
      if (at * ROW < top) this.element.scrollTop = at * ROW;
      else if ((at + 1) * ROW > top + height) this.element.scrollTop = (at + 1) * ROW - height;
    }
    this.#draw();
  }

  /** Selects the item so many rows further; false at the end. */
  step(by: number): boolean {
    if (this.#items.length === 0) return false;
    const at = this.#items.indexOf(this.#selected);
    const to = Math.min(Math.max(at === -1 ? 0 : at + by, 0), this.#items.length - 1);
    if (to === at) return false;
    this.#choose(this.#items[to]!);
    return true;
  }

  #key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1);
    const by = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.#items.length,
      End: this.#items.length,
    }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.step(by);
  }

  #schedule(): void {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - MORE);
    const last = Math.min(
      this.#items.length,
      Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + MORE,
    );
    for (const [at, row] of this.#rows) {
      if (at >= first && at < last) continue;
      row.remove();
      this.#rows.delete(at);
    }
    for (let at = first; at < last; at++) {
      const item = this.#items[at]!;
      const row = this.#rows.get(at) ?? this.#add(at, item);
      row.setAttribute('aria-selected', `${item === this.#selected}`);
    }
    const selected = this.#rows.get(this.#items.indexOf(this.#selected));
    if (selected === undefined) this.element.removeAttribute('aria-activedescendant');
    else this.element.setAttribute('aria-activedescendant', selected.id);
  }

  #add(at: number, item: number): HTMLElement {
    const row = h(
      'div',
      {
        class: 'row',
        id: `row-${item}`,
        role: 'option',
        'aria-setsize': this.#items.length,
        'aria-posinset': at + 1,
        on: { click: () => this.#choose(item) },
      },
      this.#make(item),
    );
    row.style.transform = `translateY(${at * ROW}px)`;
    // in the order of the list, whichever way it was scrolled
    const next = [...this.#rows.keys()].filter((one) => one > at).sort((a, b) => a - b)[0];
    this.#inner.insertBefore(row, next === undefined ? null : this.#rows.get(next)!);
    this.#rows.set(at, row);
    return row;
  }
}

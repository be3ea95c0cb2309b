/**
 * The races of the page, in a corner of it, until the user closes it or they become more. It leaves the program alone:
 * its style and its elements are in a shadow tree of an element beside the body, it takes no focus and no key, and
 * what it shows is text.
 */
import { DIAGNOSES } from '../../report/diagnoses.ts';
import { printable } from '../../report/render/printable.ts';
import { describeAccess } from '../../report/render/text.ts';
import type { RaceReport, Report } from '../api.ts';
import { STYLE } from './overlay-style.ts';

const MOST = 5;
/** of sessionStorage: how many races there were when the user closed it */
const CLOSED = 'tsrace.closed';

export class Overlay {
  readonly #page: string | undefined;
  readonly #host: HTMLElement = document.createElement('tsrace-overlay');
  readonly #count: HTMLElement = element('p', { role: 'status' });
  readonly #list: HTMLElement = element('ul');
  readonly #more: HTMLElement = element('p');
  #reports: readonly Report[] = [];
  #closed: number = Number(stored() ?? 0);

  /** @param page where the development server shows all of them */
  constructor(page: string | undefined) {
    this.#page = page;
    const root = this.#host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const close = element('button', { type: 'button', 'aria-label': 'Close', title: 'Close (Escape)' }, [
      '✕',
    ]);
    close.addEventListener('click', () => this.#close());
    globalThis.addEventListener('keydown', ({ key, defaultPrevented }) => {
      if (key === 'Escape' && !defaultPrevented && this.#host.isConnected) this.#close();
    });
    const header = [this.#count, ...(page === undefined ? [] : [link(page, 'Report')]), close];
    root.append(
      element('section', { 'aria-label': 'tsrace' }, [element('header', {}, header), this.#list, this.#more]),
    );
  }

  show(reports: readonly Report[]): void {
    if (reports.length <= this.#closed) {
      this.#reports = reports;
      this.#host.remove();
      return;
    }
    // a program may replace all that is in its document
    if (!this.#host.isConnected) document.documentElement.append(this.#host);
    // who is in the middle of the list stays there
    if (idsOf(reports) === idsOf(this.#reports)) return;
    this.#reports = reports;
    const newest = reports.slice(-MOST).reverse();
    const left = reports.length - newest.length;
    this.#count.textContent = `${reports.length} data ${reports.length === 1 ? 'race' : 'races'}`;
    this.#list.replaceChildren(...newest.map((report) => this.#item(report)));
    this.#more.textContent = left > 0 ? `and ${left} more` : '';
  }

  #item(report: Report): HTMLElement {
    const { race } = report;
    const page = this.#page && `${this.#page}#race=${encodeURIComponent(race.id)}`;
    return element('li', {}, [
      page === undefined ? element('strong', {}, [titleOf(race)]) : link(page, titleOf(race)),
      ...race.accesses.map(({ role, frames: [at] }) =>
        element('p', {}, [
          describeAccess(report, role, ''),
          ...(at === undefined
            ? []
            : [element('code', {}, [`${printable(at.file)}:${at.line}:${at.column}`])]),
        ]),
      ),
    ]);
  }

  #close(): void {
    this.#closed = this.#reports.length;
    this.#host.remove();
    try {
      globalThis.sessionStorage.setItem(CLOSED, `${this.#closed}`);
    } catch {
      // not for this page, or full
    }
  }
}

function stored(): string | null {
  try {
    return globalThis.sessionStorage.getItem(CLOSED);
  } catch {
    return null;
  }
}

const idsOf = (reports: readonly Report[]): string => reports.map(({ race }) => race.id).join(' ');

const titleOf = ({ why, kind }: RaceReport): string =>
  why?.diagnosis ? DIAGNOSES[why.diagnosis].title : kind.replace('-', ' / ');

const link = (href: string, text: string): HTMLElement =>
  element('a', { href, target: '_blank', rel: 'noopener' }, [text]);

function element(
  name: string,
  attributes: Record<string, string> = {},
  children: readonly (HTMLElement | string)[] = [],
): HTMLElement {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

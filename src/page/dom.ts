/**
 * Elements are made here and nowhere else. Text becomes a text node, so nothing of a document is ever parsed as HTML;
 * control characters and those of direction are spelled out, as on a terminal. No attribute that loads or runs
 * something is ever set.
 */
import { printable } from '../report/render/printable.ts';

type Child = Node | string | number | false | null | undefined;

export interface Props {
  class?: string | undefined;
  on?: Record<string, (event: never) => void>;
  [attribute: string]: unknown;
}

/** Longer ones are made to take the page down: nobody reads them. */
const LONGEST = 2000;

const shown = (text: string): string =>
  text.length > LONGEST
    ? `${printable(text.slice(0, LONGEST), true)}… (${(text.length - LONGEST).toLocaleString('en')} characters more)`
    : printable(text, true);

const SVG = 'http://www.w3.org/2000/svg';

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag) as SVGElementTagNameMap[K], props, children);
}

function fill<E extends Element>(element: E, { on, ...attributes }: Props, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    element.setAttribute(name, value === true ? '' : name === 'd' ? String(value) : shown(String(value)));
  }
  for (const [type, listener] of Object.entries(on ?? {}))
    element.addEventListener(type, listener as EventListener);
  for (const child of children) {
    if (child === false || child === null || child === undefined) continue;
    element.append(typeof child === 'object' ? child : shown(String(child)));
  }
  return element;
}

/** Strokes on a grid of 16. */
export function icon(path: string, name = ''): SVGSVGElement {
  return svg(
    'svg',
    { class: `icon ${name}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    svg('path', { d: path }),
  );
}

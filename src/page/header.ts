/** The run that this report is of. */
import { h, icon, svg } from './dom.ts';
import { openHelp } from './help.ts';
import type { Store } from './store.ts';
import { themeToggle } from './theme.ts';

export function header({
  document: { command, startedAt, durationMs, races, summary, tool },
  timeline,
}: Store): HTMLElement {
  const seen = races.reduce((sum, { count }) => sum + count, 0);
  const fact = (value: string, what: string): HTMLElement =>
    h('span', { class: 'fact' }, h('b', {}, value), ` ${what}`);
  const many = (n: number, noun: string): [string, string] => [
    n.toLocaleString('en'),
    n === 1 ? noun : `${noun}s`,
  ];
  return h(
    'header',
    { class: 'top' },
    h('span', { class: 'logo' }, mark(), 'tsrace'),
    h('code', { class: 'command', title: command.join(' ') }, command.join(' ')),
    h(
      'div',
      { class: 'run' },
      ...(timeline === undefined
        ? [fact(...many(races.length, 'race')), fact(...many(seen, 'sighting'))]
        : [fact(...many(timeline.total, 'event'))]),
      fact(...many(summary.threads, 'thread')),
      timeline === undefined && fact(duration(durationMs), ''),
      h('time', { class: 'fact', datetime: startedAt, title: `tsrace ${tool.version}` }, date(startedAt)),
    ),
    h(
      'button',
      {
        class: 'icon-button',
        type: 'button',
        'aria-label': 'Keyboard shortcuts',
        title: 'Keyboard shortcuts (?)',
        on: { click: openHelp },
      },
      icon('M5.6 6a2.4 2.4 0 1 1 3.4 2.2c-.7.3-1 .8-1 1.6M8 12.4v.2'),
    ),
    themeToggle(),
  );
}

/** Two lanes that do not meet. */
const mark = (): SVGElement =>
  svg(
    'svg',
    { class: 'mark', viewBox: '0 0 20 20', 'aria-hidden': 'true' },
    svg('path', { class: 'previous', d: 'M2 6h7M13 6h5' }),
    svg('path', { class: 'current', d: 'M2 14h5M11 14h7' }),
    svg('path', { class: 'race', d: 'm11 3.6 2.4 2.4L11 8.4 8.6 6ZM9 11.6l2.4 2.4L9 16.4 6.6 14Z' }),
  );

const duration = (ms: number): string =>
  ms < 1000
    ? `${Math.round(ms)} ms`
    : ms < 60_000
      ? `${(ms / 1000).toFixed(1)} s`
      : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

function date(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime())
    ? text.slice(0, 40)
    : at.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

/** Source lines with numbers; those of the race are marked. */
import type { AccessReport, Frame, RaceReport } from '../report/report.ts';
import { h } from './dom.ts';
import { highlight, type Token } from './highlight.ts';
import type { Store } from './store.ts';
import { fileName } from './words.ts';

export type Role = AccessReport['role'];

export interface Mark {
  line: number;
  column: number;
  role: Role | 'frame';
}

/** An access is spelled `view[…]`, `object.field[…]++` or is a call. */
const ACCESS = /^[#\w$.!?]+(?:\[[^\]]*\])?!?(?:\+\+|--)?/;

/** The lines around a frame, or a word about why there are none. */
export function codeOf(
  store: Store,
  race: RaceReport,
  at: Frame,
  marks: Mark[],
  around: number,
): HTMLElement {
  const excerpt = store.excerpt(race, at, around);
  if (excerpt === undefined) {
    return h(
      'p',
      { class: 'no-code' },
      `The source of ${fileName(at.file)} is not in this report, and was not found where the page was made.`,
    );
  }
  const tokens = highlight(excerpt.lines);
  const digits = `${excerpt.from + excerpt.lines.length}`.length;
  const lines = excerpt.lines.map((_, index) => {
    const number = excerpt.from + index;
    const mark = marks.find(({ line }) => line === number);
    return h(
      'div',
      { class: mark ? `line marked ${mark.role}` : 'line' },
      h('span', { class: 'number', 'aria-hidden': 'true' }, `${number}`.padStart(digits)),
      h('span', { class: 'text' }, ...painted(tokens[index]!, mark)),
    );
  });
  const label = `${fileName(at.file)}, lines ${excerpt.from} to ${excerpt.from + excerpt.lines.length - 1}`;
  const code = h('pre', { class: 'code', tabindex: 0, role: 'region', 'aria-label': label }, ...lines);
  if (!excerpt.changed) return code;
  return h(
    'div',
    {},
    h('p', { class: 'note' }, 'This file was changed after the run: the lines may be others.'),
    code,
  );
}

function painted(tokens: readonly Token[], mark: Mark | undefined): (HTMLElement | string)[] {
  const line = tokens.map(({ text }) => text).join('');
  if (line === '') return ['\u200b'];
  const from = mark === undefined ? -1 : mark.column - 1;
  const until = from < 0 ? -1 : from + Math.max(1, ACCESS.exec(line.slice(from))?.[0].length ?? 1);
  const spans: (HTMLElement | string)[] = [];
  let at = 0;
  for (const { kind, text } of tokens) {
    const end = at + text.length;
    for (const [start, stop] of pieces(at, end, from, until)) {
      const here = start >= from && stop <= until;
      const names = [kind === 'plain' ? '' : kind, here ? 'here' : ''].filter(Boolean).join(' ');
      const piece = line.slice(start, stop);
      spans.push(names === '' ? piece : h('span', { class: names }, piece));
    }
    at = end;
  }
  return spans;
}

/** A token, cut where the mark begins and ends. */
function pieces(at: number, end: number, from: number, until: number): [number, number][] {
  const cuts = [at, ...[from, until].filter((cut) => cut > at && cut < end), end];
  return cuts.slice(1).map((cut, index) => [cuts[index]!, cut]);
}

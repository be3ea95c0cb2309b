/**
 * The races of a run as Markdown, for the summary of a job. Names, paths and code come from anybody: each stands in
 * an HTML element, with all of its punctuation as character references, so it is neither Markdown nor HTML there,
 * and no mention and no link either.
 */
import { DIAGNOSES } from '../diagnoses.ts';
import { type Frame, type RaceDocument, type RaceReport, type ThreadReport, threadName } from '../report.ts';
import { excerptsOf } from './excerpts.ts';
import { printable } from './printable.ts';
import { PLAIN, renderText } from './text.ts';

/** GitHub refuses a summary of more than 1 MiB, all of it. */
const MOST_BYTES = 512 * 1024;
const MOST_RACES = 100;

export function renderMarkdown({ races, threads, summary }: RaceDocument): string {
  const known = races.filter(({ suppressed }) => suppressed !== undefined).length;
  const fresh = races.filter(({ suppressed }) => suppressed === undefined);
  const parts = [
    `### tsrace: ${fresh.length === 0 ? 'no' : fresh.length} data race${fresh.length === 1 ? '' : 's'}\n\n`,
  ];
  if (known > 0) parts.push(`${known} known (suppressed, or in the baseline)\n\n`);
  let size = 0;
  let shown = 0;
  for (const race of fresh.slice(0, MOST_RACES)) {
    const part = section(race, threads);
    size += Buffer.byteLength(part);
    if (size > MOST_BYTES) break;
    parts.push(part);
    shown++;
  }
  if (shown < fresh.length) parts.push(`${fresh.length - shown} more are not shown here.\n\n`);
  const checked = `${summary.accessesChecked} accesses to ${summary.sharedBuffers} shared buffers by ${summary.threads} threads were checked.`;
  return `${parts.join('')}${checked}\n\n`;
}

function section(race: RaceReport, threads: readonly ThreadReport[]): string {
  const why = race.why?.diagnosis ? DIAGNOSES[race.why.diagnosis] : undefined;
  const rows = race.accesses.map(({ role, type, atomic, thread, test, frames: [frame] }) => {
    const access = `${role} ${atomic ? 'atomic ' : ''}${type}`;
    return `| ${access} | ${code(threadName(thread, threads))} | ${frame ? code(place(frame)) : ''} | ${frame ? code(frame.function) : ''} | ${test === null ? '' : code(test)} |`;
  });
  const involved = threads.filter(({ id }) => race.accesses.some(({ thread }) => thread === id));
  const text = renderText({ race, threads: involved, excerpts: excerptsOf(race) }, { paint: PLAIN });
  return [
    `#### ${why ? why.title : 'data race'} on ${code(`${race.location.name || race.location.view}[${race.location.index}]`)}`,
    '',
    '| access | thread | place | function | test |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    ...(why ? [why.hint.join(' '), ''] : []),
    `Seen ${race.count} time${race.count === 1 ? '' : 's'}; id ${code(race.id)}.`,
    '',
    '<details><summary>Report</summary>',
    '',
    // one element to its end, whatever lines are in it
    `<pre>${html(text)}</pre>`,
    '',
    '</details>',
    '',
    '',
  ].join('\n');
}

const place = ({ file, line, column }: Frame): string => `${file}:${line}:${column}`;

const code = (text: string): string => `<code>${html(printable(text.slice(0, 500)))}</code>`;

const html = (text: string): string =>
  text.replace(/[!-,./:-@[-`{-~]/g, (char) => `&#${char.charCodeAt(0)};`);

/**
 * Races as workflow commands, which GitHub shows at the lines of a pull request. Of one step it shows ten errors.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
import { explain } from '../explain.ts';
import { type Frame, type RaceDocument, type RaceReport, threadName } from '../report.ts';
import { printable } from './printable.ts';
import { type Checkout, repositoryPath } from './repository-path.ts';
import { describeAccess } from './text.ts';

const MOST = 10;

export function renderAnnotations(
  { races, threads }: Pick<RaceDocument, 'races' | 'threads'>,
  checkout: Checkout,
): string {
  const fresh = races.filter(({ suppressed }) => suppressed === undefined);
  const lines = fresh.slice(0, MOST).map((race) => {
    const report = { race, threads, excerpts: [] };
    const [current, previous] = race.accesses;
    const why = explain(report);
    const message = [
      `${describeAccess(report, 'current', '')} races with ${describeAccess(report, 'previous', '')}`,
      ...current.frames.slice(0, 1).map((frame) => `current access: ${at(frame)}`),
      ...previous.frames.slice(0, 1).map((frame) => `previous access: ${at(frame)}`),
      ...threads
        .filter(({ id, parent }) => parent !== null && race.accesses.some(({ thread }) => thread === id))
        .flatMap(({ id, createdAt: [made] }) =>
          made === undefined ? [] : [`${printable(threadName(id, threads))} created: ${at(made)}`],
        ),
      ...(why?.lines ?? []).map((line) => printable(line)),
      ...(why?.hint ?? []),
    ].join('\n');
    const place = placeOf(race, checkout);
    const properties = [
      ...place,
      `title=${property(why?.headline ? `Data race: ${why.headline}` : 'Data race')}`,
    ];
    return `::error ${properties.join(',')}::${data(message)}\n`;
  });
  const more = fresh.length - lines.length;
  if (more > 0) {
    const told = `${more} more data ${more === 1 ? 'race has' : 'races have'} no annotation (GitHub shows ${MOST} of a step): see the log`;
    lines.push(`tsrace: ${told}\n`);
  }
  return lines.join('');
}

const at = ({ function: name, file, line, column }: Frame): string =>
  `${printable(name)} (${printable(file)}:${line}:${column})`;

/** Of the frame that a pull request can show: the access itself may be in a dependency. */
function placeOf({ accesses }: RaceReport, checkout: Checkout): string[] {
  for (const { frames } of accesses) {
    for (const { file, line, column } of frames) {
      const path = repositoryPath(file, checkout);
      if (path === undefined || /(?:^|\/)node_modules\//.test(path)) continue;
      return [`file=${property(printable(path))}`, `line=${line}`, `col=${column}`];
    }
  }
  return [];
}

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

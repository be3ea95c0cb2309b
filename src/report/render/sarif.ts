/**
 * The races of a document as SARIF 2.1.0, for code scanning: a result for each race, located at one of its accesses,
 * with the other as a related location and the stacks of both as the two thread flows of a code flow.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { explain } from '../explain.ts';
import {
  type AccessReport,
  type Frame,
  type RaceDocument,
  type RaceReport,
  type ThreadReport,
  threadName,
} from '../report.ts';
import { printable } from './printable.ts';
import { type Checkout, repositoryPath, wholePath } from './repository-path.ts';
import { describeAccess, describeLocation } from './text.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const ROOT = '%SRCROOT%';
/** more are not shown by those who read the file */
const MOST_FRAMES = 1000;

type Kind = RaceReport['kind'];

const RULES: Readonly<Record<Kind, { name: string; short: string; full: string }>> = {
  'write-write': {
    name: 'DataRaceWriteWrite',
    short: 'Two threads write the same shared memory without an order between them.',
    full: 'Which value stays depends on the schedule, and an update can be lost.',
  },
  'read-write': {
    name: 'DataRaceReadWrite',
    short: 'A thread reads shared memory while another writes it, without an order between them.',
    full: 'What is read depends on the schedule, and may be older than what was already announced.',
  },
  'atomic-plain': {
    name: 'DataRaceAtomicPlain',
    short: 'An atomic and a plain access to the same shared memory have no order between them.',
    full: 'The plain access takes no part in the order that Atomics make; both sides have to use Atomics.',
  },
  'atomic-overlap': {
    name: 'DataRaceAtomicOverlap',
    short: 'Two atomic accesses of different widths overlap, without an order between them.',
    full: 'Atomic accesses are atomic for the very same bytes only: the value can be put together of both.',
  },
};
const KINDS = Object.keys(RULES) as Kind[];

export function renderSarif(document: RaceDocument, checkout: Checkout): string {
  const { tool, races, threads, summary, startedAt, durationMs } = document;
  const limits = summary.uninstrumented.filter(({ what }) => what === 'detector');
  const started = time(Date.parse(startedAt));
  const ended = time(Date.parse(startedAt) + durationMs);
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            version: tool.version,
            rules: KINDS.map((kind) => ({
              id: ruleOf(kind),
              name: RULES[kind].name,
              shortDescription: { text: RULES[kind].short },
              fullDescription: { text: RULES[kind].full },
              help: { text: `${RULES[kind].full} ${HELP}`, markdown: `${RULES[kind].full} ${HELP}` },
              defaultConfiguration: { level: 'error' },
              properties: { tags: ['concurrency', 'external/cwe/cwe-362'], precision: 'very-high' },
            })),
          },
        },
        invocations: [
          {
            executionSuccessful: true,
            ...(started && { startTimeUtc: started }),
            ...(started && ended && { endTimeUtc: ended }),
            ...(limits.length > 0 && {
              toolExecutionNotifications: limits.map(({ why }) => ({
                level: 'warning',
                message: { text: plain(`Not everything was checked: ${why}`) },
              })),
            }),
          },
        ],
        originalUriBaseIds: { [ROOT]: { description: { text: 'The root of the repository.' } } },
        columnKind: 'utf16CodeUnits',
        results: races.map((race) => resultOf(race, threads, checkout)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

const HELP =
  'Add an order between the two accesses: a message, an Atomics.store that an Atomics.load reads from, a lock, or the exit of a worker. Time is not an order.';

const ruleOf = (kind: Kind): string => `data-race/${kind}`;

const time = (ms: number): string | undefined =>
  Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : undefined;

function resultOf(race: RaceReport, threads: readonly ThreadReport[], checkout: Checkout): object {
  const report = { race, threads: [...threads], excerpts: [] };
  const [first, second] = inOrder(race.accesses);
  const place = (frame: Frame | undefined, message?: string, id?: number): object => ({
    ...(id !== undefined && { id }),
    ...(frame !== undefined && {
      physicalLocation: physical(frame, race, checkout),
      logicalLocations: [{ name: frame.function, kind: 'function' }],
    }),
    ...(message !== undefined && { message: { text: plain(message) } }),
  });
  const texts = {
    current: describeAccess(report, 'current', ''),
    previous: describeAccess(report, 'previous', ''),
  };
  const primary = first.frames[0] ?? second.frames[0];
  const related = [place(second.frames[0], capital(texts[second.role]), 1)];
  for (const { id, parent, createdAt } of threads) {
    if (parent === null || !race.accesses.some(({ thread }) => thread === id)) continue;
    const text = `${capital(threadName(id, threads))} created by ${threadName(parent, threads)}`;
    if (createdAt[0] !== undefined) related.push(place(createdAt[0], text, related.length + 1));
  }
  const { allocatedAt } = race.location;
  if (allocatedAt[0] !== undefined)
    related.push(place(allocatedAt[0], `Memory: ${describeLocation(report)}`, related.length + 1));
  const why = explain(report);
  const advice = [
    ...(why?.headline ? [`${capital(why.headline)}.`] : []),
    ...(why?.lines ?? []),
    ...(why?.hint ?? []),
  ];
  return {
    ruleId: ruleOf(race.kind),
    ruleIndex: KINDS.indexOf(race.kind),
    level: 'error',
    message: {
      text: `${plain(`Data race: ${texts[first.role]}`)} races with [${linkText(texts[second.role])}](1).${plain(advice.map((one) => ` ${one}`).join(''))}`,
    },
    locations: [place(primary)],
    relatedLocations: related,
    codeFlows: [
      {
        message: { text: 'The stacks of the two accesses, which nothing orders.' },
        threadFlows: [first, second].map(({ role, thread, frames }) => ({
          id: thread,
          message: { text: plain(capital(texts[role])) },
          locations: flow(frames, texts[role], place),
        })),
      },
    ],
    partialFingerprints: {
      ...(race.stableId !== undefined && { 'stableId/v1': race.stableId }),
      'id/v1': race.id,
    },
    ...(race.suppressed && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: plain(race.suppressed.reason) }],
    }),
    occurrenceCount: Math.max(1, race.count),
    properties: { tests: race.tests, ...(race.why?.diagnosis && { diagnosis: race.why.diagnosis }) },
  };
}

/**
 * Which access came second is up to the schedule, while an alert has one place: the write's, and of two writes the
 * first one's in the source.
 */
function inOrder([a, b]: RaceReport['accesses']): [AccessReport, AccessReport] {
  const key = ({ type, frames: [at] }: AccessReport): [boolean, string, number, number] =>
    at === undefined ? [true, '\uffff', 0, 0] : [type === 'read', at.file, at.line, at.column];
  const [one, two] = [key(a), key(b)];
  const differs = one.findIndex((part, i) => part !== two[i]);
  return differs >= 0 && one[differs]! > two[differs]! ? [b, a] : [a, b];
}

/** A stack in the order of execution: the access comes last. */
function flow(
  frames: readonly Frame[],
  access: string,
  place: (frame: Frame | undefined, message?: string) => object,
): object[] {
  if (frames.length === 0) return [{ location: place(undefined, access) }];
  return frames
    .slice(0, MOST_FRAMES)
    .map((frame, depth) => ({
      location: place(frame, depth === 0 ? access : `calls, in ${frame.function}`),
      importance: depth === 0 ? 'essential' : 'important',
    }))
    .reverse();
}

function physical({ file, line, column }: Frame, race: RaceReport, checkout: Checkout): object {
  const source = race.sources?.find((one) => one.file === file && line - one.from in one.lines);
  const text = source?.lines[line - source.from];
  return {
    artifactLocation: artifact(file, checkout),
    region: {
      startLine: Math.max(1, line),
      startColumn: Math.max(1, column),
      ...(text !== undefined && { snippet: { text } }),
    },
  };
}

function artifact(file: string, checkout: Checkout): object {
  const path = repositoryPath(file, checkout);
  if (path !== undefined) return { uri: encoded(path), uriBaseId: ROOT };
  const whole = wholePath(file, checkout.prefix);
  if (whole !== undefined) return { uri: `file://${encoded(whole.replace(/^(?!\/)/, '/'))}` };
  // `[eval]`, `data:…`, or a hostile `javascript:…`: no colon is left to make it a scheme
  return { uri: encodeURIComponent(file.slice(0, 200).toWellFormed()) };
}

const encoded = (path: string): string => path.toWellFormed().split('/').map(encodeURIComponent).join('/');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** In a message braces are doubled, and a `](` of the program's names would make a link of them. */
const plain = (text: string): string => printable(text).replace(/[{}]/g, '$&$&').replaceAll('](', '] (');

const linkText = (text: string): string => plain(text).replace(/[[\]\\]/g, '\\$&');

/**
 * A race as the error of a test: the current access is its stack, the previous one its cause, and what made the
 * threads and the memory the cause of that. Places are of the original source.
 */
import { describeAccess, describeLocation, excerptLines, PLAIN, renderText } from '../report/render/text.ts';
import { type Frame, type Report, threadName } from '../report/report.ts';

export const NAME = 'DataRaceError';

/** A frame as vitest prints it. */
interface StackFrame {
  method: string;
  file: string;
  line: number;
  column: number;
}

export interface RaceError extends Error {
  stack: string;
  /** what vitest takes for the parsed stack: it would look for these places in the code that vite made */
  stacks: StackFrame[];
  cause?: RaceError;
}

/**
 * @param prefix what reports leave out of file names
 * @param test the test that fails; other tests, and hooks, are named
 * @param showsCode whether the runner shows the source of that file itself
 */
export function raceError(
  report: Report,
  prefix: string,
  test: string,
  showsCode: (file: string) => boolean,
): RaceError {
  const { race, threads } = report;
  const [current, previous] = race.accesses;
  const path = (file: string): string => (/^(?:\/|\[|[A-Za-z]+:)/.test(file) ? file : prefix + file);

  function error(name: string, message: string, frames: readonly Frame[], cause?: RaceError): RaceError {
    const stacks = frames.map((frame) => ({
      method: frame.function,
      file: path(frame.file),
      line: frame.line,
      column: frame.column,
    }));
    const lines = stacks.map((at) => `    at ${at.method} (${at.file}:${at.line}:${at.column})`);
    const stack = [`${name}: ${message}`, ...lines].join('\n');
    return Object.assign(new Error(message), { name, stack, stacks, ...(cause && { cause }) });
  }

  const shown = current.frames[0] !== undefined && showsCode(path(current.frames[0].file));
  // of a worker's stack the runner knows no file: it goes on where the worker was made
  const made = shown ? [] : (threads.find(({ id }) => id === current.thread)?.createdAt ?? []);
  const frames = [
    ...current.frames,
    ...made.map((frame, i) => (i === 0 ? { ...frame, function: `new Worker in ${frame.function}` } : frame)),
  ];

  let cause: RaceError | undefined;
  if (race.location.allocatedAt.length > 0)
    cause = error('Memory', describeLocation(report), race.location.allocatedAt);
  for (const { id, parent, createdAt } of [...threads].reverse()) {
    if (parent === null || !race.accesses.some(({ thread }) => thread === id)) continue;
    if (id === current.thread && made.length > 0) continue;
    const message = `created by ${threadName(parent, threads)}`;
    cause = error(capital(threadName(id, threads)), message, createdAt, cause);
  }
  const before = describeAccess(report, 'previous', test);
  const headline = `${describeAccess(report, 'current', test)} races with ${before}`;
  const message = [headline, ...(shown ? [] : excerptLines(report))].join('\n');
  return error(NAME, message, frames, error('Previous access', before, previous.frames, cause));
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Races as one error for a runner that prints message and stack. */
export function plainRaceError(reports: readonly Report[], prefix: string, test: string): Error {
  const [first] = reports as [Report];
  const { stack, message } = raceError(first, prefix, test, () => true);
  const texts = reports.map((report) => renderText(report, { paint: PLAIN }));
  const full = `${message}\n${texts.join('')}`;
  return Object.assign(new Error(full), { name: NAME, stack: stack.replace(message, () => full) });
}

/**
 * What a run checked and what it did not, in lines: for whoever has to judge what it means that no race was seen. The
 * document has all of it.
 */
import { type RaceDocument, threadName } from '../report.ts';
import { printable } from './printable.ts';

const SHOWN = 20;

export function renderSummary({ races, threads, summary }: RaceDocument): string {
  const { accessesChecked, sharedBuffers, syncEvents, edges, files = [], uninstrumented } = summary;
  const lines = [
    `Checked: ${count(accessesChecked, 'access', 'accesses')} to ${count(sharedBuffers, 'shared buffer')} by ${count(summary.threads, 'thread')}; repeats within an epoch are not counted.`,
  ];
  if (syncEvents !== undefined && edges !== undefined)
    lines.push(
      `Order: ${count(edges, 'edge')} between threads, of ${count(syncEvents, 'synchronisation event')} (messages, Atomics, locks, starts and ends of threads).`,
    );

  const sum = (of: (file: (typeof files)[number]) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  const one = files.flatMap(({ file, oneThread }) => oneThread.map((site) => ({ file, ...site })));
  const many = sum((file) => file.manyThreads.length);
  lines.push(
    `Of ${count(
      sum((file) => file.sites),
      'place',
    )} in ${count(files.length, 'file')} where elements are accessed (Atomics apart), ${one.length + many} touched shared memory: ${many} in several threads, ${one.length} in one only.`,
  );
  if (one.length > 0) lines.push('In one thread only:');
  lines.push(
    ...one
      .slice(0, SHOWN)
      .map(
        ({ file, line, column, name, thread }) =>
          `  ${printable(file)}:${line}:${column}  ${printable(name)}  (${printable(threadName(thread, threads))})`,
      ),
    ...rest(one.length),
  );

  const modules = uninstrumented.filter(({ what }) => what !== 'detector');
  if (modules.length > 0) lines.push('Not instrumented:');
  lines.push(
    ...modules.slice(0, SHOWN).map(({ what, why }) => `  ${printable(what)}: ${printable(why)}`),
    ...rest(modules.length),
  );
  lines.push(
    races.length === 0
      ? 'No race was seen in what ran; that is not a proof that there is none.'
      : 'What did not run was not checked.',
  );
  return `${lines.join('\n')}\n`;
}

const rest = (n: number): string[] =>
  n > SHOWN ? [`  and ${n - SHOWN} more: --json FILE has them all`] : [];

const count = (n: number, noun: string, nouns = `${noun}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? noun : nouns}`;

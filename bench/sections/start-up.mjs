// What tsrace adds to the start of a program of one file, with nothing cached (the first run after an install) and with
// a warm cache, and to the start of a worker.
import { ms, plusMs, repeats } from '../cells.mjs';
import { launch, launchForJson } from '../launch.mjs';
import { median } from '../numbers.mjs';
import { interleaved } from '../rounds.mjs';
import { measureRows } from '../rows.mjs';

/** A start is short and varies: three times the rounds of the others. */
const MORE = 3;
const WORKERS = 20;

async function measure(project, options) {
  const oneFile = project.program('one-file.mjs');
  const workers = project.program('workers.mjs');
  const started = async (traced) => (await launch(project, traced, oneFile)).milliseconds;
  const startedWorker = async (traced) =>
    (await launchForJson(project, traced, workers, [options.quick ? 1 : WORKERS])).milliseconds;
  const items = [
    [
      'program',
      async () => {
        const measured = await interleaved(
          { ...options, rounds: options.quick ? 1 : MORE * options.rounds },
          {
            plain: () => started(false),
            // fills the cache for the next
            cold: () => {
              project.emptyCache();
              return started(true);
            },
            warm: () => started(true),
          },
        );
        return row('program', measured, ['cold', 'warm']);
      },
    ],
    [
      'worker',
      async () => {
        const measured = await interleaved(options, {
          plain: () => startedWorker(false),
          warm: () => startedWorker(true),
        });
        return row('worker', measured, ['warm']);
      },
    ],
  ];
  const rows = await measureRows('start-up', items, ({ added }) => plusMs(added.warm));
  return { rows };
}

/** What is added: the median of the differences within a round. */
function row(name, measured, traced) {
  const { plain } = measured.samples;
  const added = (variant) => median(measured.samples[variant].map((x, round) => x - plain[round]));
  return {
    name,
    plain: median(plain),
    added: Object.fromEntries(traced.map((variant) => [variant, added(variant)])),
    ...measured,
  };
}

const NAMES = { program: 'a program of one file', worker: 'a worker, to its first message' };

const tables = ({ rows }) => [
  {
    title: 'Start-up: what tsrace adds',
    head: ['start of', 'plain', 'warm cache', 'nothing cached', 'rounds repeated'],
    rows: rows.map(({ name, failed, ...row }) =>
      failed
        ? [NAMES[name], 'failed', '', '', '']
        : [
            NAMES[name],
            ms(row.plain),
            plusMs(row.added.warm),
            row.added.cold === undefined ? '' : plusMs(row.added.cold),
            repeats(row),
          ],
    ),
  },
];

export const startUp = { measure, tables };

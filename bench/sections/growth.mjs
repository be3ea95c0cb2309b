// How the slowdown grows with the number of threads (of the same work), with the size of a buffer, and with the number
// of access sites.
import { freemem } from 'node:os';
import { secondsTable, times } from '../cells.mjs';
import { programWithSites } from '../many-sites.mjs';
import { measureRows } from '../rows.mjs';
import { timePair } from '../timed.mjs';
import { transpileKernels } from '../transpile.mjs';

const THREADS = [2, 4, 8, 16, 32];
const MIB = [1, 4, 16, 64, 256, 1024];
const SITES = [10, 100, 1000, 10000];

const BARRIER = 'barrier';
/** all threads together */
const AXPY = { size: 262144, reps: 400 };
const LOCKS = 200000;
/** MiB that are read in all, each pass an epoch */
const READ = 2048;
const EPOCHS = 2000;

async function measure(project, options) {
  const main = transpileKernels(project);
  const { quick } = options;
  const some = (list) => (quick ? list.slice(0, 2) : list);
  const kernel = (name, program, size, threads, reps, warmUpSize, mode = []) => {
    const warmUp = [program, warmUpSize, threads, 1, ...mode];
    return timePair(
      project,
      options,
      name,
      main,
      quick ? warmUp : [program, size, threads, reps, ...mode],
      warmUp,
    );
  };
  const rowsOf = (title, list, one) =>
    measureRows(
      title,
      list.map((n) => [String(n), () => one(n)]),
      ({ slowdown }) => times(slowdown),
    );
  return {
    passes: await rowsOf('threads that pass a barrier', some(THREADS), (n) =>
      kernel(String(n), 'axpy', AXPY.size, n, AXPY.reps, 4096, [BARRIER]),
    ),
    locks: await rowsOf('threads that take a lock', some(THREADS), (n) =>
      kernel(String(n), 'mutex', LOCKS / n, n, 1, 64),
    ),
    sizes: await rowsOf('MiB', some(MIB.filter(fits)), (n) =>
      kernel(`${n} MiB`, 'sum', n * 2 ** 18, 2, READ / n, 4096, [BARRIER]),
    ),
    sites: await rowsOf('sites', some(SITES), (n) => {
      const program = project.write(`programs/sites-${n}.mjs`, programWithSites(n));
      return timePair(project, options, String(n), program, [quick ? 10 : EPOCHS], [10]);
    }),
  };
}

/** A machine that swaps measures its disk. */
const fits = (mib) => 3 * mib * 2 ** 20 < freemem();

const tables = ({ passes, locks, sizes, sites }) => [
  secondsTable(
    'Growth with the number of threads: `axpy`, a barrier after every repetition',
    'threads',
    passes,
  ),
  secondsTable('Growth with the number of threads: `mutex`', 'threads', locks),
  secondsTable('Growth with the size of the buffer: `sum`, a barrier after every repetition', 'size', sizes),
  secondsTable('Growth with the number of access sites', 'sites', sites),
];

export const growth = { measure, tables };
